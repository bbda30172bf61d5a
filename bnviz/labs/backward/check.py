"""Finite differences: the slope of the loss, found without any backward pass."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from bnviz.core.array import Array
from bnviz.core.gradcheck import Check, central_differences, gradient_errors
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.unit import backward, draw, forward, right, with_constants

STEPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-9)
"""How far x is moved each way."""
USUAL = 1e-5
_COTANGENT = 2


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of the loss, numeric and by two backward passes.

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
        """Return the relative error of the right backward pass at the usual step."""
        return float(self.error_S[STEPS.index(USUAL)])

    @property
    def error_constants(self) -> float:
        """Return that of the wrong one."""
        return float(self.error_constants_S[STEPS.index(USUAL)])


def measure(settings: Settings) -> Slopes:
    """Measure the slopes by moving every x a little each way, beside two backward passes.

    The cotangent is random, whatever dy the settings ask for: under a dy of 1 for all the right
    gradient is zero, and a check would have nothing to compare.
    """
    x_NC, gamma_C = draw(settings)[:, None], np.array([settings.gamma])
    dy_NC = np.random.default_rng([settings.seed, _COTANGENT]).normal(size=x_NC.shape)
    _, done = forward(settings, x_NC, gamma_C)
    true_NC, _, _ = right(settings, dy_NC, done)
    constants_NC, _, _ = with_constants(dy_NC, done)

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


def check(settings: Settings, cotangent: int) -> Check:
    """Check dx, dgamma and dbeta by finite differences, under a cotangent of its own."""
    x_NC, gamma_C = draw(settings)[:, None], np.array([settings.gamma])
    inputs = {"x_NC": x_NC, "gamma_C": gamma_C, "beta_C": np.zeros(1)}
    passes = partial(forward, settings), partial(backward, settings)
    errors = gradient_errors(*passes, inputs, seed=cotangent).values()
    return Check(
        cotangent=cotangent,
        errors=dict(zip(("dx", "dγ", "dβ"), errors, strict=True)),
        n_passes=2 * sum(a.size for a in inputs.values()) + 1,
    )
