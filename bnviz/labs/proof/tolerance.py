"""How far apart two right answers may be.

Two programs that add in different orders differ by rounding alone. How much depends on the
precision, on the length of the sums, and on the size of the numbers that are added on the way,
which may be far larger than the result: that is where digits are lost.
"""

from math import sqrt

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.proof.problem import Problem
from bnviz.labs.proof.settings import Settings

ALLOWANCE = 16
"""Roundings granted to a short computation."""


def tolerances(problem: Problem, settings: Settings) -> dict[str, float]:
    """Return the largest difference that rounding explains, for each quantity.

    It is ``(16 + sqrt(n)) * epsilon * size``: n is the number of values in the longest sum, epsilon
    the distance from 1 to the next number of the precision, and size that of the largest number
    that is added on the way to the quantity.

    Notes
    -----
    The root of n, because rounding errors of different signs mostly cancel: it is the bound that
    holds with high probability, while n itself is the worst case (Higham & Mary 2019, *A New
    Approach to Probabilistic Rounding Error Analysis*).
    """
    x, dy = problem.arguments["x"], problem.dy
    per_sum = max(_shared(x, settings).shape[1], _per_gamma(dy, problem).shape[1])
    unit = (ALLOWANCE + sqrt(per_sum)) * float(np.finfo(dy.dtype).eps)
    return {name: unit * size for name, size in _sizes(problem, settings).items()}


def _sizes(problem: Problem, settings: Settings) -> dict[str, float]:
    """Return the size of the largest number that is added on the way to each quantity."""
    x, dy = problem.arguments["x"].astype(float), np.abs(problem.dy.astype(float))
    rows = _shared(x, settings)
    largest = np.abs(rows).max(axis=1)
    running_mean = np.abs(problem.arguments.get("running_mean", np.zeros(1)))
    running_var = problem.arguments.get("running_var", np.zeros(1))
    if settings.tracks and not settings.training:
        var, largest = running_var.astype(float), largest + running_mean
    else:
        var = np.square(rows).mean(axis=1) if settings.layer == "rms" else rows.var(axis=1)
    inv_std = 1 / np.sqrt(var + settings.eps)
    # By how much a rounding of x is multiplied on its way to x_hat, whose own size is near 1.
    lost = np.maximum(largest * inv_std, 1.0)
    gamma, beta = (np.abs(problem.arguments.get(n, np.zeros(1))).max() for n in ("gamma", "beta"))
    summed = _per_gamma(dy, problem).sum(axis=1).max()
    sizes = {
        "y": gamma * lost.max() + beta,
        "dx": gamma * (inv_std * lost).max() * dy.max(),
        "dgamma": summed * lost.max(),
        "dbeta": summed,
        "running_mean": running_mean.max() + largest.max(),
        "running_var": running_var.max() + (rows.var(axis=1) * lost).max(),
    }
    return {name: float(size) for name, size in sizes.items()}


def _shared(x: Array, settings: Settings) -> Array:
    """Return x with a row for each mean and variance."""
    if settings.tracks:
        return np.moveaxis(x, 1, 0).reshape(settings.channels, -1)
    if settings.layer in ("ln", "rms"):
        return x.reshape(-1, settings.channels)
    n_rows = settings.groups if settings.layer == "gn" else settings.channels
    return x.reshape(settings.batch_size * n_rows, -1)


def _per_gamma(a: Array, problem: Problem) -> Array:
    """Return an array like x with a row for each gamma."""
    axis = -1 if "normalized_shape" in problem.arguments else 1
    return np.moveaxis(a, axis, 0).reshape(problem.arguments["gamma"].size, -1)
