"""The other witness: finite differences, which need no PyTorch."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bnviz.core import functional as F
from bnviz.core.gradcheck import Check, gradient_errors
from bnviz.labs.proof.problem import RUNNING, draw
from bnviz.labs.proof.settings import Settings

_LEARNED = ("x", "gamma", "beta")


@dataclass(frozen=True)
class Differences(Check):
    """What finite differences say of a backward pass.

    Attributes
    ----------
    shape : tuple of int
        Of the input that was used.
    largest_dx, largest_dx_of_sum : float
        Largest ``dx`` under the random cotangent, and under a plain sum of the outputs.
    """

    shape: tuple[int, ...]
    largest_dx: float
    largest_dx_of_sum: float


def differences(settings: Settings, cotangent: int = 0) -> Differences:
    """Move every input a little, and compare the slopes with the backward pass.

    The input is a small one, in float64; ``cotangent`` is the seed of the random gradient at the
    output.

    Examples
    --------
    >>> found = differences(Settings())
    >>> found.shape, found.passed
    ((4, 4, 2, 2), True)
    """
    small = replace(
        settings, batch_size=4, channels=4, space=2, groups=2, dtype="float64", offset=1.0
    )
    problem = draw(small)
    fixed = {n: a for n, a in problem.arguments.items() if n not in (*_LEARNED, *RUNNING)}
    learned = {n: problem.arguments[n] for n in _LEARNED if n in problem.arguments}
    forward_pass = getattr(F, problem.function)
    backward = getattr(F, f"{problem.function}_backward")

    def forward(**inputs: Any) -> tuple[Any, Any]:
        # Fresh copies: in training the running statistics are updated at every call.
        running = {n: problem.arguments[n].copy() for n in RUNNING if n in problem.arguments}
        return forward_pass(**inputs, **running, **fixed)

    errors = gradient_errors(forward, backward, learned, seed=cotangent)
    y, cache = forward(**learned)
    return Differences(
        shape=small.shape,
        cotangent=cotangent,
        errors={f"d{name}": error for name, error in errors.items()},
        n_passes=2 * sum(a.size for a in learned.values()) + 1,
        largest_dx=float(np.abs(backward(problem.dy, cache)[0]).max()),
        largest_dx_of_sum=float(np.abs(backward(np.ones_like(y), cache)[0]).max()),
    )
