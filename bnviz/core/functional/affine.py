"""The last words of the sentence: scale by gamma and shift by beta."""

from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.sums import Axes, sum_of_products, sum_over


def scale_and_shift(x_hat: Array, gamma: Array | None, beta: Array | None) -> Array:
    """Return ``gamma * x_hat + beta`` as a new array.

    Parameters
    ----------
    x_hat : array
        Never modified.
    gamma, beta : array that broadcasts against ``x_hat``, or None

    Examples
    --------
    >>> scale_and_shift(np.array([[-1.0, 1.0]]), np.array([2.0, 3.0]), None)
    array([[-2.,  3.]])
    """
    y = x_hat.copy() if gamma is None else x_hat * gamma.astype(x_hat.dtype, copy=False)
    if beta is not None:
        y += beta.astype(y.dtype, copy=False)
    return y


def scale_and_shift_backward(
    dy: Array, x_hat: Array, gamma: Array | None, axes: Axes
) -> tuple[Array, Array, Array]:
    """Carry a gradient back through :func:`scale_and_shift`.

    Parameters
    ----------
    dy, x_hat : array
        Of one shape.
    gamma : array or None
    axes : tuple of negative int
        The axes along which gamma is one and the same number, counted from the end.

    Returns
    -------
    dx_hat : array
        Shaped as ``dy``; ``dy`` itself where gamma is None.
    dgamma, dbeta : array
        With ``axes`` kept as length 1.

    Notes
    -----
    The axes of gamma are not those of the statistics, but for batch norm. Layer norm takes the
    mean over the features and has one gamma for each of them.

    Examples
    --------
    >>> dy_NC, x_hat_NC = np.array([[1.0, 0.0], [1.0, 5.0]]), np.array([[-1.0, 1.0], [1.0, -1.0]])
    >>> dx_hat_NC, dgamma, dbeta = scale_and_shift_backward(dy_NC, x_hat_NC, None, axes=(-2,))
    >>> dgamma, dbeta
    (array([[ 0., -5.]]), array([[2., 5.]]))
    """
    dgamma, dbeta = sum_of_products(dy, x_hat, axes), sum_over(dy, axes)
    return dy if gamma is None else dy * gamma, dgamma, dbeta


def kept(parameter: Array | None, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array | None:
    """Return a copy of gamma or beta in the dtype of the work, shaped to broadcast."""
    return None if parameter is None else np.array(parameter, dtype).reshape(shape)
