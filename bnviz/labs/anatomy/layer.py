"""One BN layer on one feature, step by step.

Shape legend: N samples, P pairs.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.core.functional.checks import check_batch_size
from bnviz.labs.anatomy.settings import Settings

NEEDS = ("gamma", "beta", "eps", "divide", "momentum")
"""The settings that `layer` depends on."""
STEPS = ("the batch", "mean μ", "variance σ²", "standardize: x̂", "scale and shift: y", "remember")
"""What each step of the computation is called."""


@dataclass(frozen=True, eq=False)
class Layer:
    """All numbers of one pass in training mode.

    Attributes
    ----------
    x, centred, x_hat, y : arrays, shape (N,)
        Before, after the mean is taken out, standardized, scaled and shifted. All but ``x`` are
        NaN where the layer refuses the batch.
    mean, var, unbiased : float
        Of the batch: the variance that normalizes, and the one that is stored.
    divisor : float
        What the centred values are divided by.
    gamma, beta : float
        The scale and the shift that were used.
    running : array, shape (2, 2)
        Mean and variance, before and after: ``running[0]`` are the means.
    refusal : str
        PyTorch's own words where a batch of one is refused, else nothing.
    """

    x: Array
    centred: Array
    x_hat: Array
    y: Array
    mean: float
    var: float
    unbiased: float
    divisor: float
    gamma: float
    beta: float
    running: Array
    refusal: str

    @property
    def bound(self) -> float:
        """Return the largest size of a standardized value: the root of N - 1."""
        return float(np.sqrt(len(self.x) - 1))


def layer(x: Array, settings: Settings, *, identity: bool = False) -> Layer:
    """Send one feature of a batch, shape (N,), through the layer.

    With ``identity`` gamma and beta are those that give this batch back.

    Examples
    --------
    >>> layer(np.array([3.0, 300.0]), Settings()).y.round(6)
    array([-1.,  1.])
    """
    try:
        check_batch_size((len(x), 1))
    except ValueError as error:
        return _refused(x, settings, str(error))
    mean, var = float(x.mean()), float(x.var())
    root = float(np.sqrt(var + settings.eps))
    gamma, beta = (root, mean) if identity else (settings.gamma, settings.beta)
    y_N1, done = bn.forward(x[:, None], np.array([gamma]), np.array([beta]), settings.eps)
    x_hat, y, divisor = done.x_hat_NC[:, 0], y_N1[:, 0], root
    if settings.divide == "var":  # the slip of some texts
        divisor = var + settings.eps
        x_hat = (x - mean) / divisor
        y = gamma * x_hat + beta
    after = bn.update_running(np.zeros(1), np.ones(1), done, settings.momentum)
    return Layer(
        x=x,
        centred=x - mean,
        x_hat=x_hat,
        y=y,
        mean=mean,
        var=var,
        unbiased=var * len(x) / (len(x) - 1),
        divisor=divisor,
        gamma=gamma,
        beta=beta,
        running=np.column_stack([[0.0, 1.0], np.concatenate(after)]),
        refusal="",
    )


def _refused(x: Array, settings: Settings, why: str) -> Layer:
    nothing, nan = np.full(len(x), np.nan), float("nan")
    start = np.array([[0.0, 0.0], [1.0, 1.0]])
    return Layer(
        x, nothing, nothing, nothing, float(x.mean()), nan, nan, nan,
        settings.gamma, settings.beta, start, why,
    )  # fmt: skip


def measure(settings: Settings) -> Layer:
    """Normalize the reader's batch."""
    return layer(np.array(settings.values), settings, identity=settings.identity)
