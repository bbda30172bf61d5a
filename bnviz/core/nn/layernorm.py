"""Layer and RMS normalization as layers; neither has running statistics."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import layer_norm, layer_norm_backward, rms_norm, rms_norm_backward
from bnviz.core.functional.checks import check_size
from bnviz.core.nn.tracking import Norm, check_eps


class LayerNorm(Norm):
    """Normalize each sample over its last axes; see :func:`layer_norm`.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Sizes of the last axes. PyTorch accepts sizes of 0, too.
    eps, elementwise_affine, bias, dtype
        As in all layers.

    Attributes
    ----------
    normalized_shape : tuple of int
    weight, bias : array, shape normalized_shape, or None

    Notes
    -----
    Training and evaluation are the same. Source: Ba, Kiros & Hinton 2016; defaults and names as in
    ``torch.nn``.

    Examples
    --------
    >>> LayerNorm(2)(np.array([[1.0, 3.0]])).round(4)
    array([[-1.,  1.]])
    """

    normalize_backward = staticmethod(layer_norm_backward)

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        check_eps(eps)
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._start_affine(self.normalized_shape, elementwise_affine, bias, dtype)

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (..., *normalized_shape)."""
        y, cache = layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)
        return self._remember(y, cache)


class RMSNorm(Norm):
    """Divide each sample by its root mean square; see :func:`rms_norm`.

    Parameters
    ----------
    normalized_shape, elementwise_affine, dtype
        As in :class:`LayerNorm`. There is no bias.
    eps : float or None
        Added to the mean square. None, the default, is 1.2e-7 in float32 and 2.2e-16 in float64, as
        in PyTorch.

    Notes
    -----
    Training and evaluation are the same. Source: Zhang & Sennrich 2019; defaults and names as in
    ``torch.nn``.

    Examples
    --------
    >>> RMSNorm(2)(np.array([[3.0, 4.0]])).round(4)
    array([[0.8485, 1.1314]])
    """

    PARAMETERS = ("weight",)
    normalize_backward = staticmethod(rms_norm_backward)

    def __init__(
        self,
        normalized_shape: int | Iterable[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        if eps is not None:
            check_eps(eps)
        self.normalized_shape = _shape(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._start_affine(self.normalized_shape, elementwise_affine, False, dtype)

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (..., *normalized_shape)."""
        y, cache = rms_norm(x, self.normalized_shape, self.weight, eps=self.eps)
        return self._remember(y, cache)


def _shape(normalized_shape: int | Iterable[int]) -> tuple[int, ...]:
    """Return a tuple of sizes; refuse an empty one and sizes below 1."""
    if isinstance(normalized_shape, Iterable):
        shape = tuple(normalized_shape)
    else:
        shape = (normalized_shape,)
    if not shape:
        raise ValueError("normalized_shape must name at least one axis, got ()")
    for size in shape:
        check_size("each size in normalized_shape", size)
    return shape
