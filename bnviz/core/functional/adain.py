"""Adaptive instance normalization: the content of one picture in the style of another.

Letters: **N** samples, **C** channels, **H W** space.
"""

from typing import Any, NamedTuple

import numpy as np

from bnviz.core.array import Array
from bnviz.core.functional.axes import Standardized, standardize, standardize_backward
from bnviz.core.functional.checks import check_channels, check_numbers, check_space, incoming
from bnviz.core.functional.sums import Axes, count_over


class AdaINCache(NamedTuple):
    """What :func:`adain_backward` has to know about the forward pass."""

    content: Standardized
    style: Standardized
    axes: Axes
    dtypes: tuple[np.dtype[Any], np.dtype[Any]]


def adain(x: Array, style: Array, *, eps: float = 1e-5) -> tuple[Array, AdaINCache]:
    """Transfer style: each channel of each sample gets its mean and deviation in ``style``.

    Parameters
    ----------
    x : array, shape (N, C, L), (N, C, H, W) or (N, C, D, H, W)
        The content.
    style : array, shape (N, C, ...)
        The sizes of its space may be others.
    eps : float
        Added to both variances.

    Raises
    ------
    ValueError
        If ``x`` and ``style`` differ in N or C or in the number of axes, or one of them has a
        single value of space.

    Notes
    -----
    ::

        y = std(style) * (x - mean(x)) / std(x) + mean(style)       over (H, W)

    It is instance norm whose gamma and beta are not learned: they are measured on another picture.
    The deviation is ``sqrt(var + eps)`` with the biased variance, so that a picture in its own
    style comes out unchanged; the authors' code takes the unbiased one.

    Source: Huang & Belongie 2017, equation 8.

    Examples
    --------
    >>> x_NCL, style_NCL = np.array([[[1.0, 3.0]]]), np.array([[[10.0, 10.0, 50.0, 50.0]]])
    >>> adain(x_NCL, style_NCL, eps=0.0)[0]
    array([[[10., 50.]]])
    """
    x, style = np.asarray(x), np.asarray(style)
    check_channels(x.shape)
    if (style.shape[:2], style.ndim) != (x.shape[:2], x.ndim):
        raise ValueError(
            f"style must have the shape (N, C, ...) of x but for its space: x has {x.shape}, "
            f"style {style.shape}"
        )
    check_space(x.shape)
    check_space(style.shape)
    check_numbers(eps)
    axes = tuple(range(2 - x.ndim, 0))
    content, target = (standardize(a, axes, float(eps)) for a in (x, style))
    y = content.x_hat / target.inv_std + target.mean
    return y.astype(x.dtype, copy=False), AdaINCache(content, target, axes, (x.dtype, style.dtype))


def adain_backward(dy: Array, cache: AdaINCache) -> tuple[Array, Array]:
    """Return the gradients of the loss with respect to the content and the style.

    Notes
    -----
    The style only acts through its mean and deviation, so ``dstyle`` has just two numbers for each
    channel: a constant, and a multiple of the standardized style.

    Examples
    --------
    >>> _, cache = adain(np.array([[[1.0, 3.0]]]), np.array([[[10.0, 20.0, 30.0, 40.0]]]))
    >>> dx, dstyle = adain_backward(np.ones((1, 1, 2)), cache)
    >>> bool(np.abs(dx).max() < 1e-15), dstyle.round(4)
    (True, array([[[0.5, 0.5, 0.5, 0.5]]]))
    """
    content, style, axes, dtypes = cache
    dy = incoming(dy, content.x_hat.shape, content.x_hat.dtype)
    dx, dmean, dstd = standardize_backward(dy, content.x_hat, content.inv_std / style.inv_std, axes)
    # The deviation is sqrt(var + eps), and d sqrt(var + eps) / dx = x_hat / n.
    dstyle = (dmean + dstd * style.x_hat) / (count_over(style.x_hat.shape, axes) or 1)
    return dx.astype(dtypes[0], copy=False), dstyle.astype(dtypes[1], copy=False)
