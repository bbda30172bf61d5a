"""Group normalization as a layer; it has no running statistics."""

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import group_norm, group_norm_backward
from bnviz.core.functional.checks import check_size
from bnviz.core.nn.tracking import Norm, check_eps


class GroupNorm(Norm):
    """Normalize each sample within groups of channels; see :func:`group_norm`.

    Parameters
    ----------
    num_groups : int
        G; must divide the number of channels.
    num_channels : int
        C.
    eps, affine, bias, dtype
        As in all layers.

    Attributes
    ----------
    weight, bias : array, shape (C,), or None

    Notes
    -----
    Training and evaluation are the same. Source: Wu & He 2018; defaults and names as in
    ``torch.nn``.

    Examples
    --------
    >>> GroupNorm(2, 4)(np.array([[1.0, 3.0, 100.0, 500.0]])).round(4)
    array([[-1.,  1., -1.,  1.]])
    """

    normalize_backward = staticmethod(group_norm_backward)

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
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine
        self._start_affine((num_channels,), affine, bias, dtype)

    def forward(self, x: Array) -> Array:
        """Normalize ``x`` of shape (N, C) or (N, C, ...)."""
        if np.ndim(x) < 2 or np.shape(x)[1] != self.num_channels:
            raise ValueError(
                f"x must have the shape (N, {self.num_channels}, ...), got {np.shape(x)}"
            )
        y, cache = group_norm(x, self.num_groups, self.weight, self.bias, eps=self.eps)
        return self._remember(y, cache)
