"""Batch norm whose scale and shift follow from a condition: a class, a sentence, a style.

Letters: **N** batch, **C** channels, **H W** space, **K** classes.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.affine import scale_and_shift, scale_and_shift_backward
from bnviz.core.functional.batch import BatchNormCache, batch_norm, batch_norm_backward
from bnviz.core.functional.checks import incoming


class ConditionalBatchNormCache(NamedTuple):
    """What :func:`conditional_batch_norm_backward` has to know about the forward pass."""

    batch: BatchNormCache
    gamma: Array  # (N, C, 1, 1) beside (N, C, H, W)


def conditional_batch_norm(
    x: Array,
    gamma: Array,
    beta: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    *,
    training: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[Array, ConditionalBatchNormCache]:
    """Normalize as batch norm, then scale and shift each sample by what its condition says.

    Parameters
    ----------
    x, running_mean, running_var, training, momentum, eps
        As in :func:`batch_norm`.
    gamma, beta : array, shape (N, C)
        A row for each sample, made from its condition by another layer.

    Notes
    -----
    The mean and the variance are those of the whole batch, whatever the conditions in it are. Only
    gamma and beta differ from sample to sample.

    For classes, gamma and beta are rows of a table: ``gamma = table_KC[labels_N]``. The gradient
    of the table is then ``np.add.at(dtable_KC, labels_N, dgamma)``.

    Source: Dumoulin, Shlens & Kudlur 2017, equation 5 (there on instance norm); de Vries et al.
    2017 (on batch norm).

    Examples
    --------
    >>> gamma_NC = np.array([[1.0, 1.0], [5.0, 0.0]])
    >>> x_NC = np.array([[1.0, 1.0], [3.0, 3.0]])
    >>> y_NC, _ = conditional_batch_norm(x_NC, gamma_NC, np.zeros((2, 2)), eps=0.0)
    >>> y_NC
    array([[-1., -1.],
           [ 5.,  0.]])
    """
    x = np.asarray(x)
    for name, p in (("gamma", gamma), ("beta", beta)):
        if np.shape(p) != x.shape[:2]:
            raise ValueError(
                f"{name} must have the shape {x.shape[:2]}, one row for each sample, "
                f"got {np.shape(p)}"
            )
    running = (running_mean, running_var)
    _, cache = batch_norm(x, None, None, *running, training=training, momentum=momentum, eps=eps)
    x_hat = cache.x_hat
    per_sample = x.shape[:2] + (1,) * (x.ndim - 2)
    scale, shift = (np.array(p, x_hat.dtype).reshape(per_sample) for p in (gamma, beta))
    y = scale_and_shift(x_hat, scale, shift).astype(x.dtype, copy=False)
    return y, ConditionalBatchNormCache(cache, scale)


def conditional_batch_norm_backward(
    dy: Array, cache: ConditionalBatchNormCache
) -> tuple[Array, Array, Array]:
    """Return the gradients of the loss with respect to the input, the scales and the shifts.

    Returns
    -------
    dx : array
    dgamma, dbeta : array, shape (N, C)
        Sums over space only.

    Notes
    -----
    gamma differs from sample to sample, so it enters before the mean over the batch is taken out.
    An upstream gradient that is the same for all samples therefore does not vanish.

    Examples
    --------
    >>> rows = np.ones((2, 1)), np.zeros((2, 1))
    >>> _, cache = conditional_batch_norm(np.array([[1.0], [3.0]]), *rows)
    >>> _, dgamma, _ = conditional_batch_norm_backward(np.array([[1.0], [4.0]]), cache)
    >>> dgamma.round(4)
    array([[-1.],
           [ 4.]])
    """
    x_hat, gamma = cache.batch.x_hat, cache.gamma
    dy = incoming(dy, x_hat.shape, x_hat.dtype)
    space = tuple(range(2 - x_hat.ndim, 0))
    dx_hat, dgamma, dbeta = scale_and_shift_backward(dy, x_hat, gamma, space)
    dx, _, _ = batch_norm_backward(dx_hat, cache.batch)
    return dx, dgamma.reshape(x_hat.shape[:2]), dbeta.reshape(x_hat.shape[:2])
