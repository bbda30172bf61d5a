"""Synchronized batch normalization: one batch on several devices, one mean and one variance.

The devices are simulated: a shard is the part of the batch that one of them holds. What they
exchange is written as a sum over the shards (an *all-reduce*); nothing else crosses over.

Letters: **K** shards, **N** samples of a shard, **C** channels.
"""

from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift
from bnviz.core.functional.axes import standardize
from bnviz.core.functional.batch import batch_norm_axes, record
from bnviz.core.functional.checks import check_batch_norm, check_numbers, incoming
from bnviz.core.functional.sums import Axes, count_over, floating, sum_over
from bnviz.core.stats.variance import Moments, merge


class SyncBatchNormCache(NamedTuple):
    """What :func:`sync_batch_norm_backward` has to know about the forward pass."""

    x_hats: list[Array]
    gain: Array  # gamma * inv_std, the same for all shards; float64
    n: int  # values per channel in all shards together
    axes: Axes
    dtype: np.dtype[Any]


def sync_batch_norm(
    shards: Sequence[Array],
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[list[Array], SyncBatchNormCache]:
    """Normalize each shard with the statistics of all shards together.

    Parameters
    ----------
    shards : sequence of K arrays, shape (N, C) or (N, C, ...)
        Of one dtype and number of axes. N and the sizes of space may differ from shard to shard,
        and N may be 1 or 0.
    gamma, beta, running_mean, running_var, momentum, eps
        As in :func:`batch_norm`, the same on all devices. The running statistics move once.

    Returns
    -------
    ys : list of K arrays
    cache : SyncBatchNormCache

    Raises
    ------
    ValueError
        If there are no shards, or they differ in dtype, channels or number of axes, or have one
        value per channel in all.

    Notes
    -----
    Equal to batch norm of the whole batch, to rounding: each value counts once, so a shard weighs
    as many as it has per channel. What surprises people:

    * Plain batch norm on several devices is *not* that. There each device normalizes its own
      shard, as :func:`ghost_batch_norm` does.
    * A mean of the shards' variances would be too small; what is exchanged is count, mean and
      squared distances (Chan, Golub & LeVeque 1983). Here it is done in float64.
    * Evaluation needs no exchange: use :func:`batch_norm` on each shard.

    Examples
    --------
    >>> shards = [np.array([[1.0], [2.0]]), np.array([[6.0]])]
    >>> ys, _ = sync_batch_norm(shards)
    >>> bool(abs(sum(y.sum() for y in ys)) < 1e-12)
    True
    """
    shards = [np.asarray(x) for x in shards]
    _check_shards(shards)
    check_batch_norm(shards[0].shape, gamma, beta, running_mean, running_var)
    check_numbers(eps, momentum)
    axes, per_channel = batch_norm_axes(shards[0].ndim), (-1,) + (1,) * (shards[0].ndim - 2)
    total = reduce(merge, [_moments(x, axes) for x in shards])
    if total.n == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got 1 in all shards"
        )
    record(total.mean, total.var, total.n, (running_mean, running_var), momentum)
    inv_std = 1 / np.sqrt(total.var + float(eps))
    gamma, beta = (kept(p, np.dtype(np.float64), per_channel) for p in (gamma, beta))
    work = floating(shards[0], "x").dtype
    x_hats = [((x - total.mean) * inv_std).astype(work) for x in shards]
    ys = [scale_and_shift(x_hat, gamma, beta).astype(shards[0].dtype) for x_hat in x_hats]
    gain = inv_std if gamma is None else inv_std * gamma
    return ys, SyncBatchNormCache(x_hats, gain, total.n, axes, shards[0].dtype)


def sync_batch_norm_backward(
    dys: Sequence[Array], cache: SyncBatchNormCache
) -> tuple[list[Array], Array, Array]:
    """Return the gradients of the loss with respect to the shards, the scale and the shift.

    Returns
    -------
    dxs : list of K arrays
    dgamma, dbeta : array, shape (C,)
        Sums over all shards.

    Raises
    ------
    ValueError
        If there is not one ``dy`` for each shard.

    Notes
    -----
    The sums of ``dy`` and ``dy * x_hat`` are exchanged, as count, mean and squared distances were
    on the way forward. A device that used its own sums would get a wrong ``dx``.

    Training frameworks leave dgamma and dbeta local and add them up with all other gradients
    later. Here they are complete.

    Examples
    --------
    >>> _, cache = sync_batch_norm([np.array([[1.0], [2.0]]), np.array([[6.0]])])
    >>> dxs, _, dbeta = sync_batch_norm_backward([np.ones((2, 1)), np.ones((1, 1))], cache)
    >>> bool(abs(dxs[0]).max() < 1e-15), dbeta
    (True, array([3.]))
    """
    x_hats, gain, n, axes, dtype = cache
    if len(dys) != len(x_hats):
        raise ValueError(
            f"there must be one dy for each of the {len(x_hats)} shards, got {len(dys)}"
        )
    pairs = [(incoming(dy, x.shape, x.dtype), x) for dy, x in zip(dys, x_hats, strict=True)]
    dbeta = np.sum([sum_over(dy.astype(np.float64), axes) for dy, _ in pairs], axis=0)
    dgamma = np.sum([sum_over((dy * x).astype(np.float64), axes) for dy, x in pairs], axis=0)
    mean, share = dbeta / (n or 1), dgamma / (n or 1)
    dxs = [(gain * (dy - mean - x * share)).astype(dtype) for dy, x in pairs]
    dgamma, dbeta = (g.reshape(-1).astype(x_hats[0].dtype) for g in (dgamma, dbeta))
    return dxs, dgamma, dbeta


def _moments(x: Array, axes: Axes) -> Moments:
    """Return what one device sends to the others: count, mean and squared distances, in float64."""
    s, n = standardize(floating(x, "x").astype(np.float64), axes), count_over(x.shape, axes)
    return Moments(n, s.mean, s.var * n)


def _check_shards(shards: Sequence[Array]) -> None:
    """Refuse shards that do not make one batch."""
    if not shards:
        raise ValueError("shards must hold at least one array, got none")
    if len({(x.dtype, x.ndim, x.shape[1:2]) for x in shards}) > 1:
        raise ValueError(
            "shards may differ in the number of samples and the sizes of space only, got "
            f"{[(str(x.dtype), x.shape) for x in shards]}"
        )
