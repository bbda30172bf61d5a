"""Ghost batch normalization: a large batch, normalized in small chunks.

Letters: **N** batch, **G** chunks, **B** samples of a chunk, **C** channels.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import kept, scale_and_shift
from bnviz.core.functional.axes import standardize
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
    check_size,
    incoming,
)
from bnviz.core.functional.sums import count_over


class GhostBatchNormCache(NamedTuple):
    """What :func:`ghost_batch_norm_backward` has to know about the forward pass."""

    chunks: BatchNormCache  # with arrays of shape (G, B, C, ...); in evaluation (N, C, ...)
    shape: tuple[int, ...]


def ghost_batch_norm(
    x: Array,
    chunk_size: int,
    gamma: Array | None = None,
    beta: Array | None = None,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, GhostBatchNormCache]:
    """Cut the batch into chunks and normalize each with its own statistics.

    Parameters
    ----------
    x : array, shape (N, C) or (N, C, ...)
    chunk_size : int
        B, samples of a chunk; must divide N. The first B samples are the first chunk.
    gamma, beta, running_mean, running_var, training, momentum, eps
        As in :func:`batch_norm`. gamma and beta are shared by the chunks. The running statistics
        move chunk by chunk; in evaluation the chunks make no difference.

    Raises
    ------
    ValueError
        If chunk_size is below 1 or does not divide N.

    Notes
    -----
    Each chunk is batch norm. One batch of N then has the noise of batches of B, and the gradient
    the average of N. What surprises people:

    * ``chunk_size=N`` is batch norm.
    * The running statistics move N / B times in a step, so they forget N / B times as fast.
    * On several devices this is what plain batch norm does anyway; see :func:`sync_batch_norm` for
      the opposite.

    Source: Hoffer, Hubara & Soudry 2017, Algorithm 1.

    Examples
    --------
    >>> x_NC = np.array([[1.0], [3.0], [10.0], [90.0]])
    >>> y_NC, _ = ghost_batch_norm(x_NC, 2, eps=0.0)
    >>> y_NC.ravel()
    array([-1.,  1., -1.,  1.])
    """
    x = np.asarray(x)
    check_batch_norm(x.shape, gamma, beta, running_mean, running_var, training=training)
    check_numbers(eps, momentum)
    if not training:
        y, cache = batch_norm(x, gamma, beta, running_mean, running_var, training=False, eps=eps)
        return y, GhostBatchNormCache(cache, x.shape)
    n_chunks = _number_of_chunks(len(x), chunk_size)
    check_batch_size((chunk_size, *x.shape[1:]))
    axes, per_channel = batch_norm_axes(x.ndim), (-1,) + (1,) * (x.ndim - 2)
    s = standardize(x.reshape(n_chunks, chunk_size, *x.shape[1:]), axes, float(eps))
    n = count_over(s.x_hat.shape, axes)
    for mean, var in zip(s.mean, s.var, strict=True):
        record(mean, var, n, (running_mean, running_var), momentum)
    gamma, beta = (kept(p, s.x_hat.dtype, per_channel) for p in (gamma, beta))
    y = scale_and_shift(s.x_hat, gamma, beta).reshape(x.shape).astype(x.dtype, copy=False)
    gain = s.inv_std if gamma is None else s.inv_std * gamma
    return y, GhostBatchNormCache(BatchNormCache(s.x_hat, gain, axes, True, x.dtype), x.shape)


def ghost_batch_norm_backward(dy: Array, cache: GhostBatchNormCache) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scale and the shift.

    Notes
    -----
    ``dx`` sums to 0 over each channel of each chunk.

    Examples
    --------
    >>> _, cache = ghost_batch_norm(np.array([[1.0], [3.0], [10.0], [90.0]]), 2)
    >>> dx, _, dbeta = ghost_batch_norm_backward(np.array([[1.0], [1.0], [5.0], [5.0]]), cache)
    >>> bool(np.abs(dx).max() < 1e-15), dbeta
    (True, array([12.]))
    """
    chunks, shape = cache
    dy = incoming(dy, shape, chunks.x_hat.dtype)
    dx, dgamma, dbeta = batch_norm_backward(dy.reshape(chunks.x_hat.shape), chunks)
    dgamma, dbeta = (g.reshape(-1, shape[1]).sum(axis=0) for g in (dgamma, dbeta))
    return dx.reshape(shape), dgamma, dbeta


def _number_of_chunks(n: int, chunk_size: int) -> int:
    """Return G; refuse chunks that do not fit."""
    check_size("chunk_size", chunk_size)
    if n % chunk_size:
        raise ValueError(f"chunk_size must divide the {n} samples, got {chunk_size}")
    return n // chunk_size
