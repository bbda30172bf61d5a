"""Noise of batch statistics: how far a batch's mean and variance are from those of all data.

Letters: **m** values share one statistic (N for a table, N·H·W for images), mu and sigma are the
mean and standard deviation of the population that they are drawn from.

All values are taken as drawn at random. The pixels of one image are not: neighbours resemble each
other, so that N·H·W of them carry more noise than these formulas say. Nor are batches that hold
only a few of the classes.
"""

import math

from bnviz.core.domain import require, require_count


def batch_mean_std(batch_size: int, *, population: int | None = None) -> float:
    """Return the standard deviation of the batch mean.

    Parameters
    ----------
    batch_size : int
        m, 1 or more.
    population : int, optional
        Number of values of the whole data set, if the batch is drawn from it without replacement,
        as in an epoch; 2 or more, and at least m. The default is a draw with replacement, or from
        a population without end.

    Returns
    -------
    float
        In units of sigma.

    Notes
    -----
    To halve the noise takes four times as many values. The shape of the distribution does not
    matter. Without replacement the noise is smaller, and 0 where the batch is all there is.

    How sure: proved. Source: Cochran 1977, Theorem 2.2 (there in terms of the variance with
    divisor N - 1).

    Examples
    --------
    >>> batch_mean_std(4), batch_mean_std(16)
    (0.5, 0.25)
    >>> batch_mean_std(16, population=16)
    0.0
    """
    require_count("batch_size", batch_size, least=1)
    left = _share_left(batch_size, population)
    return math.sqrt(left / batch_size)


def batch_var_cv(batch_size: int, kurtosis: float = 3.0) -> float:
    """Return the coefficient of variation of the batch variance: its spread over its mean.

    Parameters
    ----------
    batch_size : int
        m, 2 or more.
    kurtosis : float
        Mean fourth power of the standardized values, 1 or more: 3 for a normal distribution, 1.8
        for a uniform one, 9 for an exponential one.

    Returns
    -------
    float
        Without unit; the same for the biased and the unbiased variance.

    Notes
    -----
    For a normal distribution it is ``sqrt(2 / (m - 1))``. The usual shorthand,
    ``sqrt((kurtosis - 1) / m)``, is the limit of large batches: for four normal values it says
    0.71, and right is 0.82.

    The standard deviation of the biased variance in units of sigma squared is this times
    its mean, ``(m - 1) / m``.

    How sure: proved, for values drawn with replacement. Source: Cramér 1946, section 27.4.

    Examples
    --------
    >>> batch_var_cv(9)
    0.5
    >>> batch_var_cv(9, kurtosis=9.0) > batch_var_cv(9)
    True
    """
    require_count("batch_size", batch_size, least=2)
    in_range = math.isfinite(kurtosis) and kurtosis >= 1
    require(in_range, "kurtosis", "a finite number of at least 1", kurtosis)
    m = batch_size
    return math.sqrt((kurtosis - (m - 3) / (m - 1)) / m)


def _share_left(batch_size: int, population: int | None) -> float:
    """Return the finite population factor (N - m) / (N - 1), which is 1 without a population."""
    if population is None:
        return 1.0
    require_count("population", population, least=max(batch_size, 2))
    return (population - batch_size) / (population - 1)
