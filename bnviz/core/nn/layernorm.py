"""Layer and RMS normalization as layers; neither has running statistics."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import layer_norm, layer_norm_backward, rms_norm, rms_norm_backward
from bnviz.core.functional.checks import check_size
from bnviz.core.nn.module import Module, float_dtype
from bnviz.core.nn.tracking import check_eps


class LayerNorm(Module):
    """Normalize each sample over its last axes; see :func:`layer_norm`.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Sizes of the last axes, each at least 1.
    eps : float
        Added to the variance, inside the square root; more than 0.
    elementwise_affine : bool
        Whether to learn ``weight`` (gamma) and ``bias`` (beta), one for each feature.
    bias : bool
        False learns the weight alone.
    dtype : dtype
        Of the parameters. The output has the dtype of the input.

    Attributes
    ----------
    normalized_shape : tuple of int
    weight, bias : array, shape normalized_shape, or None

    Raises
    ------
    ValueError
        If normalized_shape is empty or holds a size below 1, or eps is not above 0. In
        ``forward``, if the input does not end in normalized_shape.

    Notes
    -----
    Training and evaluation are the same. Source: Ba, Kiros & Hinton 2016; defaults and names as in
    ``torch.nn``. PyTorch accepts ``eps=0`` and sizes of 0.

    Examples
    --------
    >>> LayerNorm(2)(np.array([[1.0, 3.0]])).round(4)
    array([[-1.,  1.]])
    """

    PARAMETERS = ("weight", "bias")

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
        self.eps, self.elementwise_affine, dtype = eps, elementwise_affine, float_dtype(dtype)
        affine = elementwise_affine
        self.weight = np.ones(self.normalized_shape, dtype) if affine else None
        self.bias = np.zeros(self.normalized_shape, dtype) if affine and bias else None

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (..., *normalized_shape)."""
        y, self._memory = layer_norm(x, self.normalized_shape, self.weight, self.bias, eps=self.eps)
        return y

    def backward(self, dy: Array) -> Array:
        """Give ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``."""
        dx, dgamma, dbeta = layer_norm_backward(dy, self._remembered())
        gradients = {"weight": dgamma, "bias": dbeta}
        self.grads = {name: gradients[name] for name in self.parameters()}
        return dx


class RMSNorm(Module):
    """Divide each sample by its root mean square; see :func:`rms_norm`.

    Parameters
    ----------
    normalized_shape : int or sequence of int
        Sizes of the last axes, each at least 1.
    eps : float or None
        Added to the mean square, inside the square root; more than 0. None, the default, is
        1.2e-7 in float32 and 2.2e-16 in float64, as in PyTorch.
    elementwise_affine : bool
        Whether to learn ``weight`` (gamma), one for each feature.
    dtype : dtype
        Of the weight. The output has the dtype of the input.

    Attributes
    ----------
    normalized_shape : tuple of int
    weight : array, shape normalized_shape, or None

    Raises
    ------
    ValueError
        If normalized_shape is empty or holds a size below 1, or eps is not above 0. In
        ``forward``, if the input does not end in normalized_shape.

    Notes
    -----
    Training and evaluation are the same, and there is no bias. Source: Zhang & Sennrich 2019;
    defaults and names as in ``torch.nn``. PyTorch accepts ``eps=0`` and sizes of 0.

    Examples
    --------
    >>> RMSNorm(2)(np.array([[3.0, 4.0]])).round(4)
    array([[0.8485, 1.1314]])
    """

    PARAMETERS = ("weight",)

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
        self.eps, self.elementwise_affine, dtype = eps, elementwise_affine, float_dtype(dtype)
        self.weight = np.ones(self.normalized_shape, dtype) if elementwise_affine else None

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (..., *normalized_shape)."""
        y, self._memory = rms_norm(x, self.normalized_shape, self.weight, eps=self.eps)
        return y

    def backward(self, dy: Array) -> Array:
        """Give ``dx``; put the gradient of ``weight`` into ``grads``."""
        dx, dgamma = rms_norm_backward(dy, self._remembered())
        self.grads = {"weight": dgamma} if self.weight is not None else {}
        return dx


def _shape(normalized_shape: int | Iterable[int]) -> tuple[int, ...]:
    """Give a tuple of sizes; refuse an empty one and sizes below 1."""
    if isinstance(normalized_shape, Iterable):
        shape = tuple(normalized_shape)
    else:
        shape = (normalized_shape,)
    if not shape:
        raise ValueError("normalized_shape must name at least one axis, got ()")
    for size in shape:
        check_size("each size in normalized_shape", size)
    return shape
