"""Group normalization as a layer; it has no running statistics."""

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import group_norm, group_norm_backward
from bnviz.core.functional.checks import check_size
from bnviz.core.nn.module import Module, float_dtype
from bnviz.core.nn.tracking import check_eps


class GroupNorm(Module):
    """Normalize each sample within groups of channels; see :func:`group_norm`.

    Parameters
    ----------
    num_groups : int
        G, at least 1; must divide the number of channels.
    num_channels : int
        C, at least 1.
    eps : float
        Added to the variance, inside the square root; more than 0.
    affine : bool
        Whether to learn ``weight`` (gamma) and ``bias`` (beta), one for each channel.
    bias : bool
        False learns the weight alone.
    dtype : dtype
        Of the parameters. The output has the dtype of the input.

    Attributes
    ----------
    weight, bias : array, shape (C,), or None

    Raises
    ------
    ValueError
        If a number is below 1, G does not divide C, or eps is not above 0. In ``forward``: on a
        wrong number of channels, or where a group has only one value.

    Notes
    -----
    Training and evaluation are the same. Source: Wu & He 2018; defaults and names as in
    ``torch.nn``. PyTorch accepts ``eps=0``.

    Examples
    --------
    >>> GroupNorm(2, 4)(np.array([[1.0, 3.0, 100.0, 500.0]])).round(4)
    array([[-1.,  1., -1.,  1.]])
    """

    PARAMETERS = ("weight", "bias")

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        check_size("num_groups", num_groups)
        check_size("num_channels", num_channels)
        if num_channels % num_groups:
            raise ValueError(
                f"num_groups must divide the {num_channels} channels, got {num_groups}"
            )
        check_eps(eps)
        dtype = float_dtype(dtype)
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self.weight = np.ones(num_channels, dtype) if affine else None
        self.bias = np.zeros(num_channels, dtype) if affine and bias else None

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (N, C) or (N, C, ...)."""
        if np.ndim(x) < 2 or np.shape(x)[1] != self.num_channels:
            raise ValueError(
                f"x must have the shape (N, {self.num_channels}, ...), got {np.shape(x)}"
            )
        y, self._memory = group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)
        return y

    def backward(self, dy: Array) -> Array:
        """Give ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``."""
        dx, dgamma, dbeta = group_norm_backward(dy, self._remembered())
        gradients = {"weight": dgamma, "bias": dbeta}
        self.grads = {name: gradients[name] for name in self.parameters()}
        return dx
