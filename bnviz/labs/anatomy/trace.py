"""All numbers that the anatomy of a BN layer shows.

Shape legend: N samples, T steps of the computation, P pairs.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnviz.core import functional as F
from bnviz.labs.anatomy.layer import Array, Layer, layer
from bnviz.labs.anatomy.settings import Settings

STEPS = ("the batch", "mean μ", "variance σ²", "standardize: x̂", "scale and shift: y", "remember")
"""What each step of the computation is called."""
N_PAIRS = 200


@dataclass(frozen=True, eq=False)
class Trace:
    """The reader's batch, a drawn one, another one, and many pairs.

    Attributes
    ----------
    settings : Settings
    steps : array of int, shape (T,)
        The steps of the computation, 0 to 5.
    n_steps : int
    own : Layer
        The reader's batch.
    drawn : Layer
        A batch from the normal distribution that the reader set.
    other : array, shape (2, N)
        The drawn batch's values and what the *own* batch's layer makes of them when they come in a
        batch of their own, with the own batch's gamma and beta.
    pairs : array, shape (2, P)
        Half the distance of two drawn values, and the x_hat of the larger one.
    """

    settings: Settings
    steps: NDArray[np.intp]
    n_steps: int
    own: Layer
    drawn: Layer
    other: Array
    pairs: Array

    @property
    def step_labels(self) -> list[str]:
        """What each step is called on the stage."""
        return [f"{k}. {name}" if k else name for k, name in enumerate(STEPS)]


def run(settings: Settings) -> Trace:
    """Normalize the reader's batch and the drawn ones.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        Same settings, same bytes.

    Examples
    --------
    >>> run(Settings(values=(3.0, 300.0))).own.x_hat.round(6)
    array([-1.,  1.])
    """
    rng = np.random.default_rng(settings.seed)
    drawn_N = rng.normal(settings.mean, settings.std, settings.size)
    own = layer(np.array(settings.values), settings)
    plain = replace(settings, identity=False)
    n_steps = len(STEPS) - 1
    return Trace(
        settings=settings,
        steps=np.arange(n_steps + 1),
        n_steps=n_steps,
        own=own,
        drawn=layer(drawn_N, plain),
        other=np.stack([drawn_N, _through(drawn_N, own, settings)]),
        pairs=_pairs(rng, settings),
    )


def _through(x_N: Array, own: Layer, settings: Settings) -> Array:
    """Send other values through the layer with the gamma and beta of the reader's batch."""
    if own.refusal:
        return np.full_like(x_N, np.nan)
    gamma, beta = np.array([own.gamma]), np.array([own.beta])
    y_N1, _ = F.batch_norm(x_N[:, None], gamma, beta, eps=settings.eps)
    y_N: Array = y_N1[:, 0].astype(np.float64)
    return y_N


def _pairs(rng: np.random.Generator, settings: Settings) -> Array:
    """Normalize many batches of two, from wide apart to nearly the same."""
    half_P = settings.std * 10.0 ** rng.uniform(-6, 1, N_PAIRS)
    centre_P = rng.normal(settings.mean, settings.std, N_PAIRS)
    x_2P = np.stack([centre_P - half_P, centre_P + half_P])
    x_hat_2P, _ = F.batch_norm(x_2P, eps=settings.eps)
    return np.stack([half_P, x_hat_2P[1]])
