"""Digits that get lost: the variance of numbers far from zero, by three ways in three types.

Shape legend: T types, W ways, O offsets, N values, F features.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.stats.variance import one_pass, two_pass, welford
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.epsilon.settings import Settings

TYPES = {"float16": np.float16, "float32": np.float32, "float64": np.float64}
WAYS = {"one pass": one_pass, "two passes": two_pass, "Welford": welford}
OFFSETS = tuple(float(f"{m:.4g}") for m in 10 ** np.linspace(0, 8, 17))
"""Means of a feature whose standard deviation is 1, two in a decade."""
N, N_FEATURES = 256, 16


@dataclass(frozen=True, eq=False)
class Precision:
    """How well each way does in each type.

    Attributes
    ----------
    error : array, shape (T, W, O)
        Median over the features of the relative error, against the exact variance of the numbers
        as the type stores them. Infinite or NaN where a sum is too large for the type; NaN where
        the numbers are, or are all the same once stored.
    found, exact : array, shape (T, W) and (T,)
        Variances of the first feature at the reader's offset; not finite as above.
    terms : array, shape (2,)
        Mean of the squares and square of the mean of the first feature, in float32.
    """

    error: Array
    found: Array
    exact: Array
    terms: Array


def measure(settings: Settings) -> Pieces:
    """Measure the variance of the same numbers at many distances from zero: a `Precision`."""
    error, found, exact = yield from ask(everywhere, settings.seed)
    column = OFFSETS.index(settings.offset)
    x_N = numbers(settings.seed)[:, column, 0].astype(np.float32)
    mean = x_N.mean(dtype=np.float32)
    return Precision(
        error=error,
        found=found[..., column],
        exact=exact[..., column],
        terms=np.array([np.square(x_N).mean(dtype=np.float32), mean * mean], np.float64),
    )


def numbers(seed: int) -> Array:
    """Return the numbers, shape (N, O, F), with those of a feature side by side in memory.

    NumPy then adds them in pairs of pairs, which keeps more digits than one after the other: what
    is lost is lost by the subtraction alone.
    """
    values_FN = np.random.default_rng([seed, 29]).normal(size=(N_FEATURES, N))
    return np.moveaxis(values_FN + np.array(OFFSETS)[:, None, None], -1, 0)


def everywhere(seed: int) -> tuple[Array, Array, Array]:
    """Return errors, variances of the first feature, and exact ones, by offset."""
    x_NOF = numbers(seed)
    rows = [_in_type(x_NOF, dtype) for dtype in TYPES.values()]
    error, found, exact = map(np.array, zip(*rows, strict=True))
    return error, found, exact


def _in_type(x_NOF: Array, dtype: type) -> tuple[Array, Array, Array]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        stored_NOF: NDArray[Any] = x_NOF.astype(dtype)
        # With the offset taken off, which costs no digit, float64 is exact enough for all types.
        apart_NOF = stored_NOF.astype(np.float64) - np.array(OFFSETS)[:, None]
        exact_OF = np.where(np.isfinite(stored_NOF).all(0), apart_NOF.var(0), np.nan)
        exact_OF[exact_OF == 0] = np.nan
        found_WOF = np.array([way(stored_NOF).var.astype(np.float64) for way in WAYS.values()])
        error_WO = np.median(np.abs(found_WOF / exact_OF - 1), axis=-1)
    return error_WO, found_WOF[..., 0], exact_OF[..., 0]
