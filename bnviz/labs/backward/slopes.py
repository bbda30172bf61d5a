"""Finite differences: the slope of the loss, found without any backward pass."""

from dataclasses import dataclass

import numpy as np

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.core.functional import BatchNormCache
from bnviz.core.gradcheck import central_differences, gradient_errors
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.unit import as_constants, backward, draw, forward

STEPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-9)
"""How far x is moved each way."""
USUAL = 1e-5
TOLERANCE = 1e-6
"""Relative to the largest slope. Steps of 1e-5 are right to about 1e-9 at these sizes."""
_COTANGENT = 2


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of the loss, and what two backward passes say.

    Attributes
    ----------
    dy_N : array, shape (m,)
        A random cotangent: the loss is ``(dy * y).sum()``.
    numeric_N : array, shape (m,)
        From central differences with steps of 1e-5.
    true_N, constants_N : arrays, shape (m,)
        From the right backward pass, and from the one that treats the statistics as constants.
    step_S : array, shape (S,)
        Sizes of the step.
    error_S, error_constants_S : arrays, shape (S,)
        Largest difference from the numeric slope for each size, over the largest slope that
        constants would give.
    """

    dy_N: Array
    numeric_N: Array
    true_N: Array
    constants_N: Array
    step_S: Array
    error_S: Array
    error_constants_S: Array

    @property
    def error(self) -> float:
        """The relative error of the right backward pass at the usual step."""
        return float(self.error_S[STEPS.index(USUAL)])

    @property
    def error_constants(self) -> float:
        """The same of the wrong one."""
        return float(self.error_constants_S[STEPS.index(USUAL)])


def slopes(settings: Settings) -> Slopes:
    """Move every x a little each way, and compare.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Slopes

    Notes
    -----
    The cotangent is random, whatever dy the settings ask for: under a dy of 1 for all the right
    gradient is zero, and a check would have nothing to compare.

    Examples
    --------
    >>> found = slopes(Settings())
    >>> found.error < 1e-8, found.error_constants > 0.1
    (True, True)
    """
    x_N, _ = draw(settings)
    x_NC, gamma_C = x_N[:, None].astype(np.float64), np.array([settings.gamma])
    dy_NC = np.random.default_rng([settings.seed, _COTANGENT]).normal(size=x_NC.shape)
    _, cache = forward(settings, x_NC, gamma_C)
    true_NC, _, _ = F.batch_norm_backward(dy_NC, cache)
    constants_NC, _, _ = F.batch_norm_backward(dy_NC, as_constants(cache))

    def output(moved_NC: Array) -> Array:
        return forward(settings, moved_NC, gamma_C)[0]

    numeric = {step: central_differences(output, x_NC, dy_NC, step) for step in STEPS}
    size = float(np.abs(constants_NC).max()) or 1.0

    def errors(dx_NC: Array) -> Array:
        return np.array([np.abs(dx_NC - numeric[step]).max() / size for step in STEPS])

    return Slopes(
        dy_N=dy_NC[:, 0],
        numeric_N=numeric[USUAL][:, 0],
        true_N=true_NC[:, 0],
        constants_N=constants_NC[:, 0],
        step_S=np.array(STEPS),
        error_S=errors(true_NC),
        error_constants_S=errors(constants_NC),
    )


@dataclass(frozen=True)
class Check:
    """What finite differences say of the backward pass that the settings ask for.

    Attributes
    ----------
    cotangent : int
        Seed of the random gradient at the output.
    errors : dict of str to float
        For ``dx``, ``dgamma`` and ``dbeta``: largest difference, over the largest slope of that
        input.
    n_passes : int
        Forward passes that were needed.
    """

    cotangent: int
    errors: dict[str, float]
    n_passes: int

    @property
    def passed(self) -> bool:
        """Whether every gradient passed."""
        return max(self.errors.values()) <= TOLERANCE


def check(settings: Settings, cotangent: int) -> Check:
    """Compare dx, dgamma and dbeta with finite differences under a cotangent of its own.

    Parameters
    ----------
    settings : Settings
    cotangent : int
        Seed of the random gradient at the output.

    Returns
    -------
    Check

    Examples
    --------
    >>> check(Settings(), 0).passed, check(Settings(constants=True), 0).passed
    (True, False)
    """
    inputs = {
        "x": draw(settings)[0][:, None],
        "gamma": np.array([settings.gamma]),
        "beta": np.zeros(1),
    }

    def normalize(x: Array, gamma: Array, beta: Array) -> tuple[Array, BatchNormCache]:
        return forward(settings, x, gamma, beta)

    def back(dy: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
        return backward(settings, dy, cache)

    errors = gradient_errors(normalize, back, inputs, seed=cotangent)
    return Check(
        cotangent=cotangent,
        errors={f"d{name}": error for name, error in errors.items()},
        n_passes=2 * sum(a.size for a in inputs.values()) + 1,
    )
