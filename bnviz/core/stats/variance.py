"""Four ways to compute a variance: two passes, value by value, merged parts, and one that fails.

All take the statistics over the first axis of floats, (N, ...), and stay in the dtype of the input,
so that a lab can show what rounding does to each. The normalizers use two passes
(``core/functional/axes.py``). ValueError says what is no array of floats with at least one axis.

Letters: **N** values that share one mean and one variance, **C** features.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array


class Moments(NamedTuple):
    """Number of values, mean and sum of squared distances from the mean: all that merging needs."""

    n: int
    mean: Array
    m2: Array

    @property
    def var(self) -> Array:
        """Return the biased variance (divided by the count; 0 where nothing was counted)."""
        return self.m2 / max(self.n, 1)


def two_pass(x_NC: Array) -> Moments:
    """Take the mean first, then the squared distances from it.

    Notes
    -----
    The rounding error of the mean is squared and so does not matter much; the corrected form in
    ``core/functional/axes.py`` removes it as well. The data are read twice.

    Source: Chan, Golub & LeVeque 1983, "the two-pass algorithm".

    Examples
    --------
    >>> two_pass(np.array([1.0, 3.0])).var
    np.float64(1.0)
    """
    x_NC = _floating(x_NC)
    n = len(x_NC)
    mean = x_NC.sum(axis=0) / max(n, 1)
    return Moments(n, mean, np.square(x_NC - mean).sum(axis=0))


def welford(x_NC: Array) -> Moments:
    """Take in one value at a time, in one pass that keeps its digits.

    Notes
    -----
    Each value is compared with the mean so far::

        mean += (x - mean) / n
        m2   += (x - mean before) * (x - mean after)

    Slow here, a Python loop over N. It is what merging does with a part of one value.

    Source: Welford 1962.

    Examples
    --------
    >>> welford(np.array([1.0, 3.0])).var
    np.float64(1.0)
    """
    x_NC = _floating(x_NC)
    mean, m2 = np.zeros_like(x_NC[:1].sum(axis=0)), np.zeros_like(x_NC[:1].sum(axis=0))
    for n, x_C in enumerate(x_NC, start=1):
        before = x_C - mean
        mean = mean + before / n
        m2 = m2 + before * (x_C - mean)
    return Moments(len(x_NC), mean, m2)


def merge(a: Moments, b: Moments) -> Moments:
    """Return the moments of two parts together, without looking at their values again.

    Notes
    -----
    Parts may be of any sizes, 0 too::

        d    = b.mean - a.mean
        mean = a.mean + d * b.n / n
        m2   = a.m2 + b.m2 + d^2 * a.n * b.n / n

    The last term is what the mean of the variances forgets: the parts also differ in their means.
    Devices that train together exchange these three numbers (sync batch norm).

    Source: Chan, Golub & LeVeque 1983, the pairwise algorithm.

    Examples
    --------
    >>> left, right = two_pass(np.array([1.0, 3.0])), two_pass(np.array([11.0, 13.0]))
    >>> both = merge(left, right)
    >>> both.mean, both.var
    (np.float64(7.0), np.float64(26.0))
    """
    n = a.n + b.n
    if not n:
        return a
    d = b.mean - a.mean
    # An infinite mean stays: d would make it NaN. [()] keeps a scalar one.
    mean = np.where(np.isfinite(d), a.mean + d * (b.n / n), a.mean + b.mean)[()]
    return Moments(n, mean, a.m2 + b.m2 + d * d * (a.n * b.n / n))


def one_pass(x_NC: Array) -> Moments:
    """Take the mean of the squares minus the square of the mean: **do not use this**.

    Notes
    -----
    Right in exact arithmetic, and wrong in a computer as soon as the mean is large beside the
    standard deviation: two large numbers are subtracted, and their difference lies in the digits
    that were rounded away; it may even be negative. In float32 the error is as large as the
    variance itself once the mean is 3000 times the standard deviation, in float64 at 70 million. It
    is here to be shown.

    Source: Chan, Golub & LeVeque 1983, "the textbook algorithm".

    Examples
    --------
    The variance of 10 000 and 10 002 is 1. In float32:

    >>> one_pass(np.array([10_000, 10_002], np.float32)).var
    np.float32(0.0)
    >>> two_pass(np.array([10_000, 10_002], np.float32)).var
    np.float32(1.0)
    """
    x_NC = _floating(x_NC)
    n = max(len(x_NC), 1)
    mean = x_NC.sum(axis=0) / n
    return Moments(len(x_NC), mean, (np.square(x_NC).sum(axis=0) / n - mean * mean) * n)


def _floating(x_NC: Array) -> Array:
    """Refuse what has no rounding to speak of, or no axis to take statistics over."""
    x_NC = np.asarray(x_NC)
    if x_NC.dtype.kind != "f" or x_NC.ndim < 1:
        raise ValueError(
            f"x must be an array of floats with at least one axis, got {x_NC.dtype} of the shape "
            f"{x_NC.shape}"
        )
    return x_NC
