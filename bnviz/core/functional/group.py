"""Group normalization: one mean and one variance for each sample and group of channels.

Letters: **N** samples, **C** channels, **G** groups, **H W** space.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift, scale_and_shift_backward
from bnviz.core.functional.axes import Standardized, standardize, standardize_backward
from bnviz.core.functional.batch import batch_norm_axes
from bnviz.core.functional.checks import check_channels, check_numbers, check_size, incoming
from bnviz.core.functional.sums import floating

WITHIN = (-1,)  # a group lies in one row, whatever the axes of the input are


class GroupNormCache(NamedTuple):
    """What :func:`group_norm_backward` has to know about the forward pass."""

    groups: Standardized  # x_hat has the shape (N, G, values of a group)
    gamma: Array | None  # (C, 1, 1) beside (N, C, H, W)
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def group_norm(
    x: Array,
    num_groups: int,
    gamma: Array | None = None,
    beta: Array | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[Array, GroupNormCache]:
    """Normalize each sample within groups of channels, then scale and shift each channel.

    Parameters
    ----------
    x : array, shape (N, C) or (N, C, ...)
    num_groups : int
        G, at least 1; must divide C. Channels that lie side by side form a group: of six
        channels in two groups, 0 to 2 and 3 to 5.
    gamma, beta : array, shape (C,), or None
    eps : float

    Raises
    ------
    ValueError
        If G does not divide C, or a group has only one value: its output would be beta, whatever
        the input is. PyTorch 2.13 refuses that only in a batch of one, and lets a dead layer pass
        in a larger one.

    Notes
    -----
    ::

        x_hat = (x - mean) / sqrt(var + eps)     over (C / G, H, W) of one sample and group
        y     = gamma * x_hat + beta             one gamma and one beta for each channel

    What surprises people:

    * G = C is instance norm. G = 1 has the statistics of layer norm over (C, H, W), but another
      gamma. Layer norm over C at each pixel has other statistics.
    * The order of the channels matters, although nothing else in a convolution depends on it.
    * Nothing depends on the batch: a batch of one is fine, and training and evaluation are the
      same function.

    Source: Wu & He 2018, equations 1, 2, 6 and 7.

    Examples
    --------
    >>> y_NC, _ = group_norm(np.array([[1.0, 3.0, 100.0, 500.0]]), 2)
    >>> y_NC.round(4)
    array([[-1.,  1., -1.,  1.]])
    """
    x = np.asarray(x)
    check_channels(x.shape, gamma=gamma, beta=beta)
    check_numbers(eps)
    values = _values_per_group(x.shape, num_groups)
    s = standardize(floating(x, "x").reshape(len(x), num_groups, values), WITHIN, float(eps))
    per_channel = (-1,) + (1,) * (x.ndim - 2)
    gamma, beta = (kept(p, s.x_hat.dtype, per_channel) for p in (gamma, beta))
    y = scale_and_shift(s.x_hat.reshape(x.shape), gamma, beta).astype(x.dtype, copy=False)
    return y, GroupNormCache(s, gamma, x.shape, x.dtype)


def group_norm_backward(dy: Array, cache: GroupNormCache) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Notes
    -----
    ``dx`` sums to 0 over each group of each sample.

    Examples
    --------
    >>> _, cache = group_norm(np.array([[1.0, 3.0, 4.0, 9.0]]), 2)
    >>> dx, _, dbeta = group_norm_backward(np.array([[1.0, 1.0, 5.0, 5.0]]), cache)
    >>> bool(np.abs(dx).max() < 1e-15), dbeta
    (True, array([1., 1., 5., 5.]))
    """
    s, gamma, shape, dtype = cache
    dy = incoming(dy, shape, s.x_hat.dtype)
    x_hat, elsewhere = s.x_hat.reshape(shape), batch_norm_axes(len(shape))
    dx_hat, dgamma, dbeta = scale_and_shift_backward(dy, x_hat, gamma, elsewhere)
    dx, _, _ = standardize_backward(dx_hat.reshape(s.x_hat.shape), s.x_hat, s.inv_std, WITHIN)
    return dx.reshape(shape).astype(dtype, copy=False), dgamma.reshape(-1), dbeta.reshape(-1)


def _values_per_group(shape: tuple[int, ...], num_groups: int) -> int:
    """Return the size of a group; refuse a number of groups that leaves none, or one value."""
    n_channels = shape[1]
    check_size("num_groups", num_groups)
    if n_channels % num_groups:
        raise ValueError(f"num_groups must divide the {n_channels} channels, got {num_groups}")
    values = n_channels // num_groups * math.prod(shape[2:])
    if values == 1:
        raise ValueError(f"Expected more than 1 value per group, got input size {shape}")
    return values
