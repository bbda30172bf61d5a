"""Batch renormalization: batch norm in training that already answers as in evaluation.

Letters: **N** batch, **C** channels, **H W** space.
"""

from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift
from bnviz.core.functional.axes import Standardized, standardize, standardize_backward
from bnviz.core.functional.batch import (
    BatchNormCache,
    batch_norm,
    batch_norm_axes,
    batch_norm_backward,
    record,
)
from bnviz.core.functional.checks import (
    check_batch_norm,
    check_batch_size,
    check_numbers,
    incoming,
    is_number,
)
from bnviz.core.functional.sums import Axes, count_over


class BatchRenormCache(NamedTuple):
    """What :func:`batch_renorm_backward` has to know about the forward pass."""

    x_hat: Array  # before the correction
    gain: Array  # gamma * r * inv_std
    r: Array
    d: Array
    axes: Axes
    dtype: np.dtype[Any]


def batch_renorm(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    r_max: float = 3.0,
    d_max: float = 5.0,
    training: bool = True,
    momentum: float = 0.01,
    eps: float = 1e-5,
) -> tuple[Array, BatchRenormCache | BatchNormCache]:
    """Normalize with the batch, then correct towards the running statistics.

    Parameters
    ----------
    x, gamma, beta, training, eps
        As in :func:`batch_norm`.
    running_mean, running_var : array, shape (C,)
        Read in both modes, **updated in place** in training, after they were read.
    r_max : float
        The correction of the scale stays between 1 / r_max and r_max; at least 1, may be infinite.
    d_max : float
        The correction of the mean stays between -d_max and d_max; at least 0, may be infinite.
    momentum : float
        The paper's 0.01 is lower than that of batch norm: here the running statistics enter the
        output in training too.

    Raises
    ------
    ValueError
        If r_max is below 1 or d_max below 0, or the running statistics are missing.

    Notes
    -----
    ::

        r = sqrt(var + eps) / sqrt(running_var + eps)     clipped to [1 / r_max, r_max]
        d = (mean - running_mean) / sqrt(running_var + eps)         clipped to [-d_max, d_max]
        y = gamma * (x_hat * r + d) + beta

    What surprises people:

    * ``r_max=1, d_max=0`` is batch norm. Without limits the output is exactly that of evaluation.
    * Yet it is not evaluation: the gradient still goes through the mean and the variance of the
      batch. r and d are constants to it (the paper's "stop gradient"). So ``dx`` is *not* the
      derivative of ``y``, and finite differences agree only when r and d are held fixed.
    * The paper raises the limits slowly, after some thousand steps of plain batch norm.
    * The paper averages the *standard deviation* of the batches. Here the unbiased variance is
      averaged, as for batch norm; so a state serves both.

    Source: Ioffe 2017, section 3, Algorithm 1.

    Examples
    --------
    The running statistics say: the mean is 3, the deviation 2. Evaluation would answer 0 and 1:

    >>> x_NC, mean, var = np.array([[3.0], [5.0]]), np.array([3.0]), np.array([4.0])
    >>> y_NC, _ = batch_renorm(x_NC, None, None, mean, var, eps=0.0)
    >>> y_NC
    array([[0.],
           [1.]])
    """
    x = np.asarray(x)
    check_batch_norm(x.shape, gamma, beta, running_mean, running_var, training=training)
    check_numbers(eps, momentum)
    _check_limits(r_max, d_max)
    if running_mean is None or running_var is None:
        raise ValueError("batch renorm needs running_mean and running_var in training too")
    if not training:
        return batch_norm(x, gamma, beta, running_mean, running_var, training=False, eps=eps)
    check_batch_size(x.shape)
    axes, per_channel = batch_norm_axes(x.ndim), (-1,) + (1,) * (x.ndim - 2)
    s = standardize(x, axes, float(eps))
    mean, var = (stat.reshape(per_channel) for stat in (running_mean, running_var))
    r, d = _corrections(s, mean, np.sqrt(var + float(eps)), r_max, d_max)
    n = count_over(x.shape, axes)
    record(s.mean, s.var, n, (running_mean, running_var), momentum)
    gamma, beta = (kept(p, s.x_hat.dtype, per_channel) for p in (gamma, beta))
    y = scale_and_shift(s.x_hat * r + d, gamma, beta).astype(x.dtype, copy=False)
    gain = s.inv_std * r if gamma is None else s.inv_std * r * gamma
    return y, BatchRenormCache(s.x_hat, gain, r, d, axes, x.dtype)


def batch_renorm_backward(
    dy: Array, cache: BatchRenormCache | BatchNormCache
) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Notes
    -----
    As batch norm's, with r as one more factor in ``dx``, and with ``x_hat * r + d`` in ``dgamma``.
    ``dx`` still sums to 0 over each channel.

    Examples
    --------
    >>> _, cache = batch_renorm(np.array([[1.0], [4.0]]), None, None, np.zeros(1), np.ones(1))
    >>> dx, _, _ = batch_renorm_backward(np.ones((2, 1)), cache)
    >>> bool(np.abs(dx).max() < 1e-15)
    True
    """
    if isinstance(cache, BatchNormCache):
        return batch_norm_backward(dy, cache)
    x_hat, gain, r, d, axes, dtype = cache
    dy = incoming(dy, x_hat.shape, x_hat.dtype)
    dx, dbeta, sum_dy_x_hat = standardize_backward(dy, x_hat, gain, axes)
    dgamma = sum_dy_x_hat * r + dbeta * d
    return dx.astype(dtype, copy=False), dgamma.reshape(-1), dbeta.reshape(-1)


def _corrections(
    s: Standardized, running_mean: Array, running_std: Array, r_max: float, d_max: float
) -> tuple[Array, Array]:
    """Return r and d, clipped, in the dtype of ``x_hat``."""
    r = np.clip(1 / (s.inv_std * running_std), 1 / r_max, r_max)
    d = np.clip((s.mean - running_mean) / running_std, -d_max, d_max)
    return r.astype(s.x_hat.dtype), d.astype(s.x_hat.dtype)


def _check_limits(r_max: float, d_max: float) -> None:
    """Refuse limits that leave no room for r = 1 and d = 0; NaN too."""
    for name, limit, least in (("r_max", r_max, 1), ("d_max", d_max, 0)):
        if not (is_number(limit) and limit >= least):
            raise ValueError(f"{name} must be at least {least}, got {limit!r}")
