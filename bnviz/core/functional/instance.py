"""Instance normalization: one mean and one variance for each sample and channel, over space.

Letters: **N** samples, **C** channels, **H W** space.
"""

import math

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.batch import BatchNormCache, batch_norm, batch_norm_backward, record
from bnviz.core.functional.checks import check_batch_norm, check_numbers, check_space
from bnviz.core.functional.group import GroupNormCache, group_norm, group_norm_backward
from bnviz.core.functional.sums import sum_over

InstanceNormCache = GroupNormCache | BatchNormCache


def instance_norm(
    x: Array,
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, InstanceNormCache]:
    """Normalize each channel of each sample over space, then scale and shift the channel.

    Parameters
    ----------
    x : array, shape (N, C, L), (N, C, H, W) or (N, C, D, H, W)
    gamma, beta, running_mean, running_var, momentum, eps
        As in :func:`batch_norm`. Running statistics are seldom used.
    training : bool
        True normalizes with the statistics of each sample. False needs the running ones and is
        batch norm in evaluation. (PyTorch calls it ``use_input_stats``.)

    Notes
    -----
    ::

        x_hat = (x - mean) / sqrt(var + eps)     over (H, W) of one sample and channel
        y     = gamma * x_hat + beta             one gamma and one beta for each channel

    It is group norm with as many groups as channels. What surprises people:

    * It takes the style of an image away (contrast and tint of each channel); it does not keep it.
    * Nothing depends on the batch, so evaluation normally uses the same function as training.
    * With running statistics evaluation is another function: the mean over the samples of their
      means and unbiased variances, as in PyTorch. Differences *between* samples do not enter
      ``running_var``, so it is below that of batch norm.

    Source: Ulyanov, Vedaldi & Lempitsky 2016.

    Examples
    --------
    The same picture twice, once with a tenth of the contrast:

    >>> x_NCL = np.array([[[1.0, 3.0]], [[0.1, 0.3]]])
    >>> y_NCL, _ = instance_norm(x_NCL, eps=0.0)
    >>> y_NCL.ravel()
    array([-1.,  1., -1.,  1.])
    """
    x = np.asarray(x)
    check_batch_norm(x.shape, gamma, beta, running_mean, running_var, training=training)
    check_numbers(eps, momentum)
    if not training:
        return batch_norm(x, gamma, beta, running_mean, running_var, training=False, eps=eps)
    check_space(x.shape)
    y, cache = group_norm(x, x.shape[1], gamma, beta, eps=eps)
    s = cache.groups
    mean, var = (sum_over(stat, (-3,)) / (len(x) or 1) for stat in (s.mean, s.var))
    n = math.prod(x.shape[2:]) if len(x) else 0
    record(mean, var, n, (running_mean, running_var), momentum)
    return y, cache


def instance_norm_backward(dy: Array, cache: InstanceNormCache) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Notes
    -----
    In training ``dx`` sums to 0 over each channel of each sample. After ``training=False`` the
    statistics are constants.

    Examples
    --------
    >>> _, cache = instance_norm(np.array([[[1.0, 3.0, 4.0]]]))
    >>> dx, _, _ = instance_norm_backward(np.ones((1, 1, 3)), cache)
    >>> bool(np.abs(dx).max() < 1e-15)
    True
    """
    if isinstance(cache, BatchNormCache):
        return batch_norm_backward(dy, cache)
    return group_norm_backward(dy, cache)
