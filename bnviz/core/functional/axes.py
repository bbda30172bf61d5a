"""The sentence that all normalizers share: take mean and variance over some axes, standardize.

Normalizers differ in the axes only, so this is written once. Axes are counted from the end; any
leading axis (many networks at once) then comes for free.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.sums import (
    Axes,
    count_over,
    floating,
    mean_of_products,
    mean_over,
    sum_of_products,
    sum_over,
)


class Standardized(NamedTuple):
    """Standardized values and their statistics, which keep the reduced axes with length 1."""

    x_hat: Array
    mean: Array
    var: Array
    inv_std: Array


def standardize(x: Array, axes: Axes, eps: float | Array = 1e-5) -> Standardized:
    """Subtract the mean and divide by the standard deviation, both taken over ``axes``.

    Parameters
    ----------
    x : array
        Of any shape.
    axes : tuple of negative int
        The axes whose values share one mean and one variance, counted from the end.
    eps : float, or array that broadcasts against the statistics

    Returns
    -------
    Standardized
        ``x_hat``, shaped as ``x``; ``mean``, ``var`` (biased: divided by n) and ``inv_std``, which
        is ``1 / sqrt(var + eps)``.

    Raises
    ------
    ValueError
        If ``x`` is not floating, or an axis is not negative, out of range or given twice.

    Notes
    -----
    * ``x_hat`` has the variance ``var / (var + eps)``, not exactly 1.
    * The variance is taken in a second pass, from ``x - mean``. The shortcut
      ``E[x^2] - E[x]^2`` has lost every digit in float32 once the mean is some thousand times the
      standard deviation.
    * Centring twice removes the rounding error of the mean itself: the corrected two-pass
      algorithm (Chan, Golub & LeVeque 1983). Centred once, a float32 feature that is constant at
      1234.5678 may come out as 0.04 and not as 0.
    * NaN or infinity spoils the values that share its statistics, and no others. The mean of 1 and
      infinity is infinity and their variance NaN, as in PyTorch.
    * Where the variance is beyond the dtype (in float32, deviations from about 1e19 on), it comes
      out as infinity and ``x_hat`` as 0, as in PyTorch. Standardize such values in float64.

    Source: Ioffe & Szegedy 2015, Algorithm 1, lines 1 to 3.

    Examples
    --------
    >>> x_NC = np.array([[1.0, 10.0], [3.0, 30.0]])
    >>> s = standardize(x_NC, axes=(-2,), eps=0.0)
    >>> s.mean
    array([[ 2., 20.]])
    >>> s.var
    array([[  1., 100.]])
    >>> s.x_hat
    array([[-1., -1.],
           [ 1.,  1.]])
    """
    x = floating(x, "x")
    mean = mean_over(x, axes)
    centred = x - mean
    rest = mean_over(centred, axes)  # what rounding left in: 0 in exact arithmetic
    rest[~np.isfinite(rest)] = 0.0  # the mean is infinite, and is not made NaN here
    centred -= rest
    var = mean_of_products(centred, centred, axes)
    inv_std = np.reciprocal(np.sqrt(var + eps))
    x_hat = np.multiply(centred, inv_std, out=centred)
    return Standardized(x_hat, mean + rest, var, inv_std)


def standardize_backward(
    dx_hat: Array, x_hat: Array, inv_std: Array, axes: Axes
) -> tuple[Array, Array, Array]:
    """Carry a gradient back through :func:`standardize`.

    Parameters
    ----------
    dx_hat, x_hat, inv_std : array
        The gradient, and what :func:`standardize` returned.
    axes : tuple of negative int
        The axes of the forward pass.

    Returns
    -------
    dx : array
        Shaped as ``dx_hat``.
    sum_dx_hat, sum_dx_hat_x_hat : array
        The sums of ``dx_hat`` and of ``dx_hat * x_hat``, the reduced axes kept with length 1.
        Where gamma is constant along the axes, a normalizer may hand in ``dy``, multiply ``dx``
        by gamma afterwards, and these two are ``dbeta`` and ``dgamma``.

    Notes
    -----
    Every value moves the mean and the variance of its fellows. So two things leave the gradient:
    its mean, and its component along ``x_hat``::

        dx = inv_std * (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat))

    A gradient that asks all values to move up by the same amount therefore vanishes. The formula
    is exact for any eps; the equations of Ioffe & Szegedy 2015, section 3, simplify to it.

    Examples
    --------
    >>> s = standardize(np.array([[1.0], [2.0], [6.0]]), axes=(-2,))
    >>> dx, _, _ = standardize_backward(np.ones((3, 1)), s.x_hat, s.inv_std, axes=(-2,))
    >>> bool(np.abs(dx).max() < 1e-15)
    True
    """
    sum_dx_hat = sum_over(dx_hat, axes)
    n = count_over(dx_hat.shape, axes) or 1
    sum_dx_hat_x_hat = sum_of_products(dx_hat, x_hat, axes)
    along_x_hat = x_hat * (sum_dx_hat_x_hat / n)
    dx = np.subtract(dx_hat, along_x_hat, out=along_x_hat)
    dx -= sum_dx_hat / n
    dx *= inv_std
    return dx, sum_dx_hat, sum_dx_hat_x_hat


def standardize_with(x: Array, mean: Array, var: Array, eps: float | Array = 1e-5) -> Standardized:
    """Standardize with statistics that are given, as batch norm does in evaluation.

    Parameters
    ----------
    x : array
    mean, var : array
        Shaped to broadcast against ``x``.
    eps : float, or array that broadcasts against the statistics

    Returns
    -------
    Standardized
        With the given statistics, in the dtype of ``x_hat``.

    Notes
    -----
    The statistics are constants here, so the gradient is ``dx = dx_hat * inv_std`` and nothing is
    taken out of it. To use that formula in training is the best known mistake with batch norm:
    the paper (section 2) tells how weights then grow without end while the loss stays the same.

    Examples
    --------
    >>> x_NC = np.array([[5.0], [7.0]])
    >>> standardize_with(x_NC, np.array([[5.0]]), np.array([[4.0]]), eps=0.0).x_hat
    array([[0.],
           [1.]])
    """
    x = floating(x, "x")
    mean, var = mean.astype(x.dtype), var.astype(x.dtype)
    inv_std = 1 / np.sqrt(var + eps)
    return Standardized((x - mean) * inv_std, mean, var, inv_std)
