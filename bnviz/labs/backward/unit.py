"""One unit and its batch: forward, backward, and the parts of the gradient.

Letters: **N** the samples of the batch, m of them. ``d`` + name is the gradient of the loss.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.core.functional import BatchNormCache
from bnviz.labs.backward.settings import CONSTANT, LARGEST, ONE, PROPORTIONAL, Settings

MEAN, VAR = 2.0, 9.0
"""Of the population from which x is drawn; in eval mode the running statistics."""
_X, _DY = 0, 1  # streams of random numbers


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit with a batch of m samples, and three gradients at its input.

    Attributes
    ----------
    x_N, dy_N : arrays, shape (m,)
        Input, and gradient of the loss at the output.
    x_hat_N : array, shape (m,)
        Normalized in the mode of the settings.
    dx_hat_N : array, shape (m,)
        ``gamma * dy``: what arrives at the normalized values.
    mean, var, inv_std : float
        Of the batch, or in eval mode the running ones.
    mean_part : float
        ``mean(dx_hat)``; the same is taken from every sample.
    slope : float
        ``mean(dx_hat * x_hat)``; this times its x_hat is taken from every sample.
    dx_N : array, shape (m,)
        Gradient at the input as the settings ask for it.
    dx_true_N : array, shape (m,)
        The right gradient in this mode.
    dx_constants_N : array, shape (m,)
        With the statistics of this mode treated as constants.
    dx_eval_N : array, shape (m,)
        The right gradient in eval mode, whatever the mode is.
    """

    x_N: Array
    dy_N: Array
    x_hat_N: Array
    dx_hat_N: Array
    mean: float
    var: float
    inv_std: float
    mean_part: float
    slope: float
    dx_N: Array
    dx_true_N: Array
    dx_constants_N: Array
    dx_eval_N: Array

    @property
    def x_hat_part_N(self) -> Array:
        """What is taken from each sample along x_hat."""
        return self.x_hat_N * self.slope

    @property
    def rest_N(self) -> Array:
        """What remains of dx_hat without both parts."""
        return self.dx_hat_N - self.mean_part - self.x_hat_part_N

    @property
    def removed(self) -> float:
        """Share of the squared length of dx_hat that the two parts take, 0 to 1; NaN of nothing."""
        total = float(self.dx_hat_N @ self.dx_hat_N)
        return 1 - float(self.rest_N @ self.rest_N) / total if total else float("nan")


def draw(settings: Settings) -> tuple[Array, Array]:
    """Draw a batch and the gradient that comes from above.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    x_N, dy_N : arrays, shape (m,)
        Rounded to one decimal, so that what a reader sees is all there is.

    Notes
    -----
    The largest batch is drawn and its first samples are used, so that a sample keeps its value when
    the batch size changes.

    Examples
    --------
    >>> x_N, dy_N = draw(Settings(batch_size=2))
    >>> x_N, dy_N
    (array([2.4, 1.6]), array([1., 1.]))
    """
    m = settings.batch_size
    noise_N = np.random.default_rng([settings.seed, _X]).normal(MEAN, np.sqrt(VAR), LARGEST)
    x_N = np.round(noise_N, 1)[:m] + 0.0  # never -0.0
    if settings.upstream == CONSTANT:
        return x_N, np.ones(m)
    if settings.upstream == PROPORTIONAL:
        return x_N, x_N.copy()
    if settings.upstream == ONE:
        return x_N, np.eye(m)[settings.chosen]
    drawn_N = np.random.default_rng([settings.seed, _DY]).normal(size=LARGEST)
    return x_N, np.round(drawn_N, 1)[:m] + 0.0


def forward(
    settings: Settings, x_NC: Array, gamma_C: Array, beta_C: Array | None = None
) -> tuple[Array, BatchNormCache]:
    """Normalize in the mode of the settings; each column is a unit of its own.

    Examples
    --------
    >>> y_NC, cache = forward(Settings(mode="eval", eps=1e-8), np.array([[5.0]]), np.ones(1))
    >>> y_NC.round(6), cache.batch_statistics
    (array([[1.]]), False)
    """
    n_units = x_NC.shape[1]
    running = np.full(n_units, MEAN), np.full(n_units, VAR)
    return F.batch_norm(
        x_NC, gamma_C, beta_C, *running, training=settings.training, eps=settings.eps
    )


def as_constants(cache: BatchNormCache) -> BatchNormCache:
    """Make the backward pass treat the statistics as constants.

    Examples
    --------
    >>> x_NC = np.array([[1.0], [2.0], [6.0]])
    >>> _, cache = F.batch_norm(x_NC, eps=0.0)
    >>> dx_NC, _, _ = F.batch_norm_backward(np.ones((3, 1)), as_constants(cache))
    >>> dx_NC.ravel().round(3)  # each is 1 / std, and not 0
    array([0.463, 0.463, 0.463])
    """
    return cache._replace(batch_statistics=False)


def backward(settings: Settings, dy_NC: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Give dx, dgamma and dbeta as the settings ask for them."""
    return F.batch_norm_backward(dy_NC, as_constants(cache) if settings.constants else cache)


def unit(settings: Settings) -> Unit:
    """Send a batch forward and its gradient back.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Unit

    Examples
    --------
    The same for all: nothing arrives below.

    >>> float(abs(unit(Settings()).dx_N).max()) < 1e-15
    True
    """
    x_N, dy_N = draw(settings)
    x_NC, dy_NC, gamma_C = x_N[:, None], dy_N[:, None], np.array([settings.gamma])
    _, cache = forward(settings, x_NC, gamma_C)
    _, evaluated = F.batch_norm(
        x_NC, gamma_C, None, np.array([MEAN]), np.array([VAR]), training=False, eps=settings.eps
    )
    x_hat_N, dx_hat_N = cache.x_hat[:, 0], settings.gamma * dy_N
    var = float(x_N.var()) if settings.training else VAR

    def dx(kept: BatchNormCache) -> Array:
        return F.batch_norm_backward(dy_NC, kept)[0][:, 0]

    return Unit(
        x_N=x_N,
        dy_N=dy_N,
        x_hat_N=x_hat_N,
        dx_hat_N=dx_hat_N,
        mean=float(x_N.mean()) if settings.training else MEAN,
        var=var,
        inv_std=float(1 / np.sqrt(var + settings.eps)),
        mean_part=float(dx_hat_N.mean()),
        slope=float((dx_hat_N * x_hat_N).mean()),
        dx_N=backward(settings, dy_NC, cache)[0][:, 0],
        dx_true_N=dx(cache),
        dx_constants_N=dx(as_constants(cache)),
        dx_eval_N=dx(evaluated),
    )
