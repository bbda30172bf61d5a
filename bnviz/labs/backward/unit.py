"""One unit and its batch: forward, backward, and the parts of the gradient.

Letters: **N** the samples of the batch, m of them. ``d`` + name is the gradient of the loss.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.labs.backward.settings import CONSTANT, LARGEST, ONE, PROPORTIONAL, Settings

NEEDS = ("upstream", "batch_size", "mode", "constants", "sample", "gamma", "eps", "seed")
"""The settings that `unit` depends on."""
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
    var, inv_std : float
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
        """Return what is taken from each sample along x_hat."""
        return self.x_hat_N * self.slope

    @property
    def rest_N(self) -> Array:
        """Return what remains of dx_hat without both parts."""
        return self.dx_hat_N - self.mean_part - self.x_hat_part_N

    @property
    def removed(self) -> float:
        """Return the share, 0 to 1, of the squared dx_hat that both parts take; NaN of nothing."""
        total = float(self.dx_hat_N @ self.dx_hat_N)
        return 1 - float(self.rest_N @ self.rest_N) / total if total else float("nan")


def draw(settings: Settings) -> Array:
    """Return the batch of the unit, shape (m,)."""
    rng = np.random.default_rng([settings.seed, _X])
    return _first(rng.normal(MEAN, np.sqrt(VAR), LARGEST), settings)


def _first(drawn_N: Array, settings: Settings) -> Array:
    """Return the first samples of the largest batch, rounded to one decimal.

    So a sample keeps its value when the batch size changes, and what a reader sees is all there is.
    """
    return np.round(drawn_N, 1)[: settings.batch_size] + 0.0


def from_above(settings: Settings) -> Array:
    """Return the gradient of the loss at the output of each sample, shape (m,)."""
    m = settings.batch_size
    if settings.upstream == CONSTANT:
        return np.ones(m)
    if settings.upstream == PROPORTIONAL:
        return draw(settings)
    if settings.upstream == ONE:
        return np.where(np.arange(m) == settings.chosen, 1.0, 0.0)
    return _first(np.random.default_rng([settings.seed, _DY]).normal(size=LARGEST), settings)


def forward(
    settings: Settings, x_NC: Array, gamma_C: Array, beta_C: Array | None = None
) -> tuple[Array, bn.Forward]:
    """Normalize in the mode of the settings; each column is a unit of its own."""
    beta_C = np.zeros_like(gamma_C) if beta_C is None else beta_C
    if settings.training:
        return bn.forward(x_NC, gamma_C, beta_C, settings.eps)
    running = np.full_like(gamma_C, MEAN), np.full_like(gamma_C, VAR)
    return evaluate(x_NC, gamma_C, beta_C, running, settings.eps)


def evaluate(
    x_NC: Array, gamma_C: Array, beta_C: Array, running: tuple[Array, Array], eps: float
) -> tuple[Array, bn.Forward]:
    """Normalize with running mean and variance, and keep what a backward pass needs."""
    mean_C, var_C = running
    inv_std_C = 1 / np.sqrt(var_C + eps)
    done = bn.Forward((x_NC - mean_C) * inv_std_C, gamma_C, inv_std_C, mean_C, var_C)
    return bn.evaluate(x_NC, gamma_C, beta_C, mean_C, var_C, eps), done


def with_constants(dy_NC: Array, done: bn.Forward) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta as if mean and variance were constants.

    In evaluation they are, and this is right. In training it is the mistake.

    Examples
    --------
    >>> x_NC = np.array([[1.0], [2.0], [6.0]])
    >>> _, done = bn.forward(x_NC, np.ones(1), np.zeros(1), eps=0.0)
    >>> dx_NC, _, _ = with_constants(np.ones((3, 1)), done)
    >>> dx_NC.ravel().round(3)  # each is 1 / std, and not 0
    array([0.463, 0.463, 0.463])
    """
    dx_NC = dy_NC * done.gamma_C * done.inv_std_C
    return dx_NC, (dy_NC * done.x_hat_NC).sum(axis=0), dy_NC.sum(axis=0)


def right(settings: Settings, dy_NC: Array, done: bn.Forward) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta in the mode of the settings."""
    return bn.backward(dy_NC, done) if settings.training else with_constants(dy_NC, done)


def backward(settings: Settings, dy_NC: Array, done: bn.Forward) -> tuple[Array, Array, Array]:
    """Return dx, dgamma and dbeta as the settings ask for them, right or wrong."""
    if settings.constants:
        return with_constants(dy_NC, done)
    return right(settings, dy_NC, done)


def unit(settings: Settings) -> Unit:
    """Send a batch forward and its gradient back."""
    x_N, dy_N, gamma_C = draw(settings), from_above(settings), np.array([settings.gamma])
    x_NC, dy_NC, running = x_N[:, None], dy_N[:, None], (np.array([MEAN]), np.array([VAR]))
    _, done = forward(settings, x_NC, gamma_C)
    _, evaluated = evaluate(x_NC, gamma_C, np.zeros(1), running, settings.eps)
    x_hat_N, dx_hat_N = done.x_hat_NC[:, 0], settings.gamma * dy_N
    return Unit(
        x_N=x_N,
        dy_N=dy_N,
        x_hat_N=x_hat_N,
        dx_hat_N=dx_hat_N,
        var=float(done.var_C[0]),
        inv_std=float(done.inv_std_C[0]),
        mean_part=float(dx_hat_N.mean()),
        slope=float((dx_hat_N * x_hat_N).mean()),
        dx_N=backward(settings, dy_NC, done)[0][:, 0],
        dx_true_N=right(settings, dy_NC, done)[0][:, 0],
        dx_constants_N=with_constants(dy_NC, done)[0][:, 0],
        dx_eval_N=with_constants(dy_NC, evaluated)[0][:, 0],
    )
