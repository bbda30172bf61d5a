"""Layer normalization: one mean and one variance for each sample, over its features.

Letters: **N** samples, **D** features; ``x_ND`` has the shape (N, D).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift, scale_and_shift_backward
from bnviz.core.functional.axes import standardize, standardize_backward
from bnviz.core.functional.checks import check_numbers, check_trailing, incoming
from bnviz.core.functional.sums import Axes


class LayerNormCache(NamedTuple):
    """What :func:`layer_norm_backward` has to know about the forward pass."""

    x_hat: Array
    inv_std: Array
    gamma: Array | None
    axes: Axes  # of the statistics; gamma is constant along all the others
    dtype: np.dtype[Any]


def layer_norm(
    x: Array,
    normalized_shape: int | Iterable[int],
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[Array, LayerNormCache]:
    """Normalize each sample over its last axes, then scale and shift each feature.

    Parameters
    ----------
    x : array, shape (..., *normalized_shape)
    normalized_shape : int or sequence of int
        Sizes of the last axes, which share one mean and one variance: (D,) for a table, the width
        of the model for a transformer, (C, H, W) for whole images.
    gamma, beta : array, shape normalized_shape, or None
    eps : float

    Raises
    ------
    ValueError
        If normalized_shape is empty, or ``x`` does not end in it.

    Notes
    -----
    ::

        x_hat = (x - mean) / sqrt(var + eps)     over the features of one sample
        y     = gamma * x_hat + beta             one gamma and one beta for each feature

    What surprises people:

    * The statistics are of a *sample*, gamma and beta of a *feature*. In batch norm both are of a
      channel.
    * There is nothing to remember for evaluation. A batch of one is fine, and training and
      evaluation are the same function.
    * It cannot be folded into a linear layer: the statistics depend on the input.
    * On images, over (C, H, W), it is not group norm with one group, though the statistics are the
      same: there gamma is of a channel, here of each single value. Over C at each pixel, with C
      as the last axis, the statistics differ too.
    * A single value (D = 1) gives beta, as in PyTorch.

    Source: Ba, Kiros & Hinton 2016, equations 3 and 4.

    Examples
    --------
    >>> y_ND, _ = layer_norm(np.array([[1.0, 3.0], [10.0, 30.0]]), 2, eps=0.0)
    >>> y_ND
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    x = np.asarray(x)
    shape = check_trailing(x.shape, normalized_shape, gamma=gamma, beta=beta)
    check_numbers(eps)
    axes = tuple(range(-len(shape), 0))
    s = standardize(x, axes, float(eps))
    gamma, beta = (kept(p, s.x_hat.dtype, shape) for p in (gamma, beta))
    y = scale_and_shift(s.x_hat, gamma, beta).astype(x.dtype, copy=False)
    return y, LayerNormCache(s.x_hat, s.inv_std, gamma, axes, x.dtype)


def layer_norm_backward(dy: Array, cache: LayerNormCache) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Returns
    -------
    dx : array
    dgamma, dbeta : array, shape normalized_shape

    Notes
    -----
    ``dx`` sums to 0 over each *sample*. So, unlike under batch norm, a bias in the layer before
    does learn: it moves the features of a sample apart.

    gamma differs along the axes of the statistics, so it must be multiplied in before the mean
    is taken out: ``mean(gamma * dy)``, not ``gamma * mean(dy)``.

    Examples
    --------
    >>> _, cache = layer_norm(np.array([[1.0, 2.0, 6.0]]), 3)
    >>> dx, dgamma, dbeta = layer_norm_backward(np.array([[1.0, 0.0, 0.0]]), cache)
    >>> bool(abs(dx.sum()) < 1e-15), dbeta
    (True, array([1., 0., 0.]))
    """
    x_hat, inv_std, gamma, axes, dtype = cache
    dy = incoming(dy, x_hat.shape, x_hat.dtype)
    samples = tuple(range(-x_hat.ndim, axes[0]))
    dx_hat, dgamma, dbeta = scale_and_shift_backward(dy, x_hat, gamma, samples)
    dx, _, _ = standardize_backward(dx_hat, x_hat, inv_std, axes)
    shape = x_hat.shape[axes[0] :]
    return dx.astype(dtype, copy=False), dgamma.reshape(shape), dbeta.reshape(shape)
