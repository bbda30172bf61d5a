"""Sums over axes, and the types that the normalizers share."""

import math
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array

Axes = tuple[int, ...]
# Of neighbouring axes: the size before them, their own size, the size after them, and ones.
Run = tuple[int, int, int, Array]

LONG_ROW = 128  # values from which on a dot product for each row is quicker
LARGE = 2**16  # values from which on a product of that size is not worth its memory


class Plan(NamedTuple):
    """How to sum arrays of one shape over some axes: in runs of neighbouring axes, last one first.

    The divisor makes a mean of the sum. It is an array, as NumPy divides quicker by one.
    """

    runs: tuple[Run, ...]
    kept_shape: tuple[int, ...]
    divisor: Array


def count_over(shape: tuple[int, ...], axes: Axes) -> int:
    """Return the number of values that are summed into one.

    Examples
    --------
    >>> count_over((32, 3, 8, 8), axes=(-4, -2, -1))
    2048
    """
    return math.prod([shape[axis] for axis in axes])


def sum_over(a: Array, axes: Axes) -> Array:
    """Sum over axes counted from the end, and keep them with length 1.

    As ``a.sum(axis=axes, keepdims=True)``, for float32 or float64. A sum is a product with a vector
    of ones. BLAS does that faster than ``a.sum`` does, and in float32 down a very long column also
    more exactly.

    Raises
    ------
    ValueError
        If an axis is not negative, out of range or given twice.

    Examples
    --------
    >>> sum_over(np.array([[1.0, 2.0], [3.0, 4.0]]), axes=(-2,))
    array([[4., 6.]])
    """
    return _sum(a, _plan(a.shape, axes, a.dtype))


def sum_of_products(a: Array, b: Array, axes: Axes) -> Array:
    """Sum ``a * b`` over axes, as :func:`sum_over`.

    The arrays are of one shape and one dtype. The product of large arrays never exists as a whole.
    Long rows are multiplied and summed in one go (a dot product); of columns, some rows are
    multiplied and summed before the next.

    Examples
    --------
    >>> a = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> sum_of_products(a, a, axes=(-2,))
    array([[10., 20.]])
    """
    return _sum_of_products(a, b, _plan(a.shape, axes, a.dtype))


def mean_over(a: Array, axes: Axes) -> Array:
    """Take the mean over axes counted from the end; see :func:`sum_over`.

    The mean of nothing is 0, not 0 / 0.

    Examples
    --------
    >>> mean_over(np.array([[1.0, 2.0], [3.0, 4.0]]), axes=(-2,))
    array([[2., 3.]])
    """
    plan = _plan(a.shape, axes, a.dtype)
    mean = _sum(a, plan)
    mean /= plan.divisor
    return mean


def mean_of_products(a: Array, b: Array, axes: Axes) -> Array:
    """Take the mean of ``a * b`` over axes counted from the end; see :func:`sum_of_products`.

    Examples
    --------
    >>> a = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> mean_of_products(a, a, axes=(-2,))
    array([[ 5., 10.]])
    """
    plan = _plan(a.shape, axes, a.dtype)
    mean = _sum_of_products(a, b, plan)
    mean /= plan.divisor
    return mean


def _sum(a: Array, plan: Plan) -> Array:
    """Sum over one run after the other."""
    if not plan.runs:
        a = a.copy()
    for before, n, after, ones in plan.runs:
        if after == 1:
            a = a.reshape(before, n).dot(ones)
        elif before == 1:
            a = ones.dot(a.reshape(n, after))
        else:
            a = np.matmul(ones, a.reshape(before, n, after))
    return a.reshape(plan.kept_shape)


def _sum_of_products(a: Array, b: Array, plan: Plan) -> Array:
    """Multiply and sum over the first run as fits its shape, then sum over the others."""
    if not plan.runs:
        return a * b
    before, n, after, _ = plan.runs[0]
    if after == 1 and n >= LONG_ROW:
        product = np.vecdot(a.reshape(before, n), b.reshape(before, n))
    elif before == 1 and a.size > LARGE:
        a, b = a.reshape(n, after), b.reshape(n, after)
        parts = [slice(first, first + 1024) for first in range(0, n, 1024)]
        product = sum(np.einsum("nc,nc->c", a[part], b[part]) for part in parts)
    else:
        return _sum(a * b, plan)
    return _sum(product, plan._replace(runs=plan.runs[1:]))


@lru_cache(maxsize=64)
def _plan(shape: tuple[int, ...], axes: Axes, dtype: np.dtype[Any]) -> Plan:
    """Merge neighbouring axes into runs. It is done once for each kind of sum."""
    if len(set(axes)) < len(axes) or not all(-len(shape) <= axis < 0 for axis in axes):
        raise ValueError(f"axes must be different and from {-len(shape)} to -1, got {axes}")
    kept = list(shape)
    sizes: list[tuple[int, int, int]] = []
    for axis in sorted(axes, reverse=True):
        n, kept[axis] = kept[axis], 1
        after = math.prod(kept[axis:])
        if sizes and after == sizes[-1][2]:  # nothing is kept between this axis and the last run
            n *= sizes.pop()[1]
        sizes.append((math.prod(kept[:axis]), n, after))
    runs = tuple((before, n, after, np.ones(n, dtype)) for before, n, after in sizes if n != 1)
    return Plan(runs, tuple(kept), np.array(count_over(shape, axes) or 1, dtype))


def floating(a: Array, name: str) -> Array:
    """Return ``a`` in row-major memory, float16 as float32; refuse what is not floating."""
    a = np.asarray(a)
    if a.dtype.kind != "f":
        raise ValueError(f"{name} must be an array of floats, got {a.dtype}")
    return np.ascontiguousarray(a, np.float32 if a.dtype == np.float16 else None)
