"""Batch normalization: one mean and one variance for each channel, over the batch and over space.

Letters: **N** batch, **C** channels (features), **H W** space; ``x_NC`` has the shape (N, C).
"""

from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift
from bnviz.core.functional.axes import (
    standardize,
    standardize_backward,
    standardize_with,
)
from bnviz.core.functional.checks import (
    check_batch_norm,
    check_batch_size,
    check_numbers,
    incoming,
)
from bnviz.core.functional.sums import Axes, count_over, sum_of_products, sum_over


class BatchNormCache(NamedTuple):
    """What :func:`batch_norm_backward` has to know about the forward pass."""

    x_hat: Array
    gain: Array  # gamma * inv_std: by how much a small change of x is multiplied
    axes: Axes
    batch_statistics: bool  # False: the statistics were constants
    dtype: np.dtype[Any]


def batch_norm(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, BatchNormCache]:
    """Normalize each channel over the batch and over space, then scale and shift it.

    Parameters
    ----------
    x : array, shape (N, C) or (N, C, ...)
    gamma, beta : array, shape (C,), or None
    running_mean, running_var : array, shape (C,), or None
        **Updated in place** in training, read in evaluation.
    training : bool
        True normalizes with the statistics of this batch, False with the running ones.
    momentum : float
        Weight of the **new** batch in the running statistics, as in PyTorch.
    eps : float
        Added to the variance, inside the square root.

    Returns
    -------
    y : array
    cache : BatchNormCache

    Notes
    -----
    What surprises people:

    * The batch is normalized with the *biased* variance (divided by n), but the *unbiased* one
      (by n - 1) goes into ``running_var``.
    * In training the running statistics are only recorded. They do not touch ``y``.
    * "Momentum" has two opposite meanings::

          PyTorch, here  running = (1 - m) * running + m * batch   m = 0.1   unbiased variance
          Keras 3        running = m * running + (1 - m) * batch   m = 0.99  biased variance
          the paper      mean over many batches, weights frozen              unbiased variance

      Older Keras stored the unbiased variance where TensorFlow's fused kernel did the work, on
      images: 1.667 for 1, 2, 3, 4, where Keras 3 stores 1.25 (tensorflow/tensorflow#55545).

    Where libraries differ, this is the choice made here:

    * Any finite momentum is computed, also outside 0 to 1, as in PyTorch and Keras 3.15.
    * PyTorch 2.13 refuses ``eps=0`` in training. Here it is computed, because it makes scale
      invariance exact.
    * With infinity in a channel its running mean is infinite and its running variance NaN, as in
      PyTorch.
    * A channel whose variance is beyond the dtype (in float32, deviations from about 1e19 on)
      comes out as beta, with an infinite running variance, as in PyTorch. A constant channel of
      1e30 comes out as beta too, where PyTorch 2.13 gives the rounding of its mean, -2e24.

    Source: Ioffe & Szegedy 2015, Algorithm 1; Algorithm 2, line 10, for the unbiased variance.

    Examples
    --------
    A batch of two becomes -1 and +1, whatever its values are:

    >>> y_NC, _ = batch_norm(np.array([[3.0], [300.0]]))
    >>> y_NC.round(6)
    array([[-1.],
           [ 1.]])
    """
    x = np.asarray(x)
    check_batch_norm(x.shape, gamma, beta, running_mean, running_var, training=training)
    check_numbers(eps, momentum)
    axes = batch_norm_axes(x.ndim)
    per_channel = (-1,) + (1,) * (x.ndim - 2)  # (C,) becomes (C, 1, 1) beside (N, C, H, W)
    if training:
        check_batch_size(x.shape)
        s = standardize(x, axes, float(eps))
        n = count_over(x.shape, axes)
        record(s.mean, s.var, n, (running_mean, running_var), momentum)
    elif running_mean is None or running_var is None:
        raise ValueError("training=False needs running_mean and running_var, got None")
    else:
        mean, var = running_mean.reshape(per_channel), running_var.reshape(per_channel)
        s = standardize_with(x, mean, var, float(eps))
    gamma, beta = (kept(parameter, s.x_hat.dtype, per_channel) for parameter in (gamma, beta))
    y = scale_and_shift(s.x_hat, gamma, beta)
    gain = s.inv_std if gamma is None else s.inv_std * gamma
    return y.astype(x.dtype, copy=False), BatchNormCache(s.x_hat, gain, axes, training, x.dtype)


def batch_norm_backward(dy: Array, cache: BatchNormCache) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Notes
    -----
    * In training ``dx`` sums to 0 over each channel, so a bias in the layer before never learns.
    * After ``training=False`` the statistics are constants, and ``dx = dy * gamma * inv_std``.
    * Batch norm does not bound gradients: ``dx`` grows as ``gamma / std``.

    Source: Ioffe & Szegedy 2015, section 3.

    Examples
    --------
    >>> x_NC = np.array([[1.0], [2.0], [6.0]])
    >>> _, cache = batch_norm(x_NC)
    >>> dx, dgamma, dbeta = batch_norm_backward(np.array([[1.0], [0.0], [0.0]]), cache)
    >>> bool(abs(dx.sum()) < 1e-15), dbeta
    (True, array([1.]))
    """
    x_hat, gain, axes, batch_statistics, dtype = cache
    dy = incoming(dy, x_hat.shape, x_hat.dtype)
    if batch_statistics:
        # gamma is constant along the axes, so it may travel with inv_std.
        dx, dbeta, dgamma = standardize_backward(dy, x_hat, gain, axes)
    else:
        dx, dbeta = dy * gain, sum_over(dy, axes)
        dgamma = sum_of_products(dy, x_hat, axes)
    return dx.astype(dtype, copy=False), dgamma.reshape(-1), dbeta.reshape(-1)


def batch_norm_axes(ndim: int) -> Axes:
    """Return the axes that batch norm reduces: all but the channel, counted from the end.

    Examples
    --------
    >>> batch_norm_axes(2)
    (-2,)
    >>> batch_norm_axes(4)
    (-4, -2, -1)
    """
    return (-ndim, *range(2 - ndim, 0))


def record(
    mean: Array,
    var: Array,
    n: int,
    running: tuple[Array | None, Array | None],
    momentum: float,
) -> None:
    """Move running statistics towards those of a batch, in place.

    Parameters
    ----------
    mean, var : array of C values
        Of the batch; the variance is the biased one.
    n : int
        Values per channel, which make the variance unbiased. 0 records nothing.
    running : pair of arrays, shape (C,), or of None
        ``running_mean`` and ``running_var``, **updated in place**.
    momentum : float

    Examples
    --------
    >>> running = np.zeros(1), np.ones(1)
    >>> record(np.array([4.0]), np.array([1.0]), 2, running, momentum=0.1)
    >>> running
    (array([0.4]), array([1.1]))
    """
    running_mean, running_var = running
    if running_mean is None or running_var is None or n == 0:
        return
    running_mean *= 1 - momentum
    running_mean += momentum * mean.reshape(-1)
    running_var *= 1 - momentum
    running_var += (momentum * n / (n - 1)) * var.reshape(-1)
