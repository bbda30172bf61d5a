"""RMS normalization: layer norm that divides by the size and does not subtract the mean.

Letters: **N** samples, **D** features; ``x_ND`` has the shape (N, D).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift, scale_and_shift_backward
from bnviz.core.functional.checks import check_numbers, check_trailing, incoming
from bnviz.core.functional.sums import Axes, floating, mean_of_products


class RMSNormCache(NamedTuple):
    """What :func:`rms_norm_backward` has to know about the forward pass."""

    x_hat: Array
    inv_rms: Array
    gamma: Array | None
    axes: Axes
    dtype: np.dtype[Any]


def rms_norm(
    x: Array,
    normalized_shape: int | Iterable[int],
    gamma: Array | None = None,
    *,
    eps: float | None = None,
) -> tuple[Array, RMSNormCache]:
    """Divide each sample by its root mean square, then scale each feature.

    Parameters
    ----------
    x : array, shape (..., *normalized_shape)
    normalized_shape : int or sequence of int
        Sizes of the last axes, which share one root mean square.
    gamma : array, shape normalized_shape, or None
    eps : float or None
        Added to the mean square, inside the square root. None is PyTorch's default: the distance
        from 1 to the next number of the dtype in which the work is done (1.2e-7 in float32).

    Raises
    ------
    ValueError
        If normalized_shape is empty, or ``x`` does not end in it.

    Notes
    -----
    ::

        x_hat = x / sqrt(mean(x^2) + eps)
        y     = gamma * x_hat

    What surprises people:

    * It is not the one sentence of this package: no mean is taken out. Adding the same number to
      all features therefore changes ``y``; multiplying them does not, up to eps.
    * There is no beta.
    * The default eps is far below the usual 1e-5. Other projects use 1e-6 or 1e-5.
    * On samples whose mean is 0 it is layer norm without beta.

    Source: Zhang & Sennrich 2019, equation 4.

    Examples
    --------
    >>> y_ND, _ = rms_norm(np.array([[3.0, 4.0], [30.0, 40.0]]), 2)
    >>> y_ND.round(4)
    array([[0.8485, 1.1314],
           [0.8485, 1.1314]])
    """
    x = np.asarray(x)
    shape = check_trailing(x.shape, normalized_shape, gamma=gamma)
    axes, values = tuple(range(-len(shape), 0)), floating(x, "x")
    eps = float(np.finfo(values.dtype).eps) if eps is None else float(eps)
    check_numbers(eps)
    mean_square = mean_of_products(values, values, axes)
    inv_rms = np.reciprocal(np.sqrt(mean_square + eps))
    x_hat = values * inv_rms
    gamma = kept(gamma, x_hat.dtype, shape)
    y = scale_and_shift(x_hat, gamma, None).astype(x.dtype, copy=False)
    return y, RMSNormCache(x_hat, inv_rms, gamma, axes, x.dtype)


def rms_norm_backward(dy: Array, cache: RMSNormCache) -> tuple[Array, Array]:
    """Return the gradients of the loss with respect to the input and the scale.

    Returns
    -------
    dx : array
    dgamma : array, shape normalized_shape

    Notes
    -----
    Only the component along ``x_hat`` leaves the gradient, not its mean::

        dx = inv_rms * (dx_hat - x_hat * mean(dx_hat * x_hat))

    Examples
    --------
    >>> x_ND = np.array([[3.0, 4.0]])
    >>> _, cache = rms_norm(x_ND, 2)
    >>> dx, dgamma = rms_norm_backward(np.array([[1.0, 0.0]]), cache)
    >>> bool(abs((dx * x_ND).sum()) < 1e-8)
    True
    """
    x_hat, inv_rms, gamma, axes, dtype = cache
    dy = incoming(dy, x_hat.shape, x_hat.dtype)
    samples = tuple(range(-x_hat.ndim, axes[0]))
    dx_hat, dgamma, _ = scale_and_shift_backward(dy, x_hat, gamma, samples)
    along_x_hat = x_hat * mean_of_products(dx_hat, x_hat, axes)
    dx = np.subtract(dx_hat, along_x_hat, out=along_x_hat)
    dx *= inv_rms
    return dx.astype(dtype, copy=False), dgamma.reshape(x_hat.shape[axes[0] :])
