"""Sums over axes, and the types that the normalizers share."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Axes = tuple[int, ...]
Run = tuple[int, int, int]  # of neighbouring axes: size before it, its own size, size after it


def count_over(shape: tuple[int, ...], axes: Axes) -> int:
    """Give the number of values that are summed into one.

    Examples
    --------
    >>> count_over((32, 3, 8, 8), axes=(-4, -2, -1))
    2048
    """
    return math.prod([shape[axis] for axis in axes])


def sum_over(a: Array, axes: Axes) -> Array:
    """Sum over axes counted from the end, and keep them with length 1.

    Parameters
    ----------
    a : array
        float32 or float64.
    axes : tuple of negative int
        The axes to sum over.

    Returns
    -------
    array
        As ``a.sum(axis=axes, keepdims=True)``.

    Raises
    ------
    ValueError
        If an axis is not negative, out of range or given twice.

    Notes
    -----
    A sum is a product with a vector of ones. BLAS does that faster than ``a.sum`` does, and in
    float32 down a very long column also more exactly.

    Examples
    --------
    >>> sum_over(np.array([[1.0, 2.0], [3.0, 4.0]]), axes=(-2,))
    array([[4., 6.]])
    """
    runs, kept_shape = _runs(a.shape, axes)
    if not runs:
        return a.copy()
    for before, n, after in runs:
        ones = _ones(n, a.dtype)
        if after == 1:
            a = a.reshape(before, n).dot(ones)
        elif before == 1:
            a = ones.dot(a.reshape(n, after))
        else:
            a = np.matmul(ones, a.reshape(before, n, after))
    return a.reshape(kept_shape)


@lru_cache(maxsize=256)
def _runs(shape: tuple[int, ...], axes: Axes) -> tuple[tuple[Run, ...], tuple[int, ...]]:
    """Merge neighbouring axes into runs, the last one first; also give the shape of the sum."""
    if len(set(axes)) < len(axes) or not all(-len(shape) <= axis < 0 for axis in axes):
        raise ValueError(f"axes must be different and from {-len(shape)} to -1, got {axes}")
    kept = list(shape)
    runs: list[Run] = []
    for axis in sorted(axes, reverse=True):
        n = kept[axis]
        kept[axis] = 1
        if axis + 1 in axes:
            n *= runs.pop()[1]
        runs.append((math.prod(kept[:axis]), n, math.prod(kept[axis:])))
    return tuple(run for run in runs if run[1] != 1), tuple(kept)


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype[Any]) -> Array:
    """Give a vector of ones, made once."""
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def floating(a: Array, name: str) -> Array:
    """Give ``a`` in row-major memory, float16 as float32; refuse what is not floating."""
    a = np.asarray(a)
    if a.dtype.kind != "f":
        raise ValueError(f"{name} must be an array of floats, got {a.dtype}")
    return np.ascontiguousarray(a, np.float32 if a.dtype == np.float16 else None)
