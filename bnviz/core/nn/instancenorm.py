"""Instance normalization as layers."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional import instance_norm, instance_norm_backward
from bnviz.core.nn.tracking import TrackingNorm


class InstanceNorm(TrackingNorm):
    """Normalize each channel of each sample over space.

    The base of the three classes below, which differ in the inputs they accept.

    Parameters
    ----------
    num_features : int
        Number of channels C, at least 1.
    eps : float
        Added to the variance, inside the square root; more than 0.
    momentum : float or None
        Weight of the new batch in the running statistics. None gives every batch the same weight.
    affine : bool
        Whether to learn ``weight`` (gamma) and ``bias`` (beta). **False by default**, unlike in
        batch norm.
    track_running_stats : bool
        **False by default**: evaluation then does what training does.
    bias : bool
        False learns the weight alone.
    dtype : dtype
        Of the parameters and running statistics. The output has the dtype of the input.

    Attributes
    ----------
    weight, bias, running_mean, running_var : array, shape (C,), or None
    num_batches_tracked : int64 array without axes, or None
        Counts the forward passes in training.

    Raises
    ------
    ValueError
        If ``num_features`` is below 1, eps is not above 0, or momentum is not finite. In
        ``forward``: on a wrong number of axes or channels, or where space has only one value.

    Notes
    -----
    Differences from ``torch.nn``:

    * PyTorch has the counter too, but never moves it, and so reads ``momentum=None`` as 0.
    * PyTorch takes an input without the axis N as one sample, and without ``affine`` it only
      warns of a wrong number of channels. Here both are refused.

    Source: Ulyanov, Vedaldi & Lempitsky 2016; defaults and names as in ``torch.nn``.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        *,
        bias: bool = True,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, bias=bias, dtype=dtype
        )

    def normalize(
        self, x: Array, running: tuple[Array | None, Array | None], training: bool, momentum: float
    ) -> tuple[Array, Any]:
        """Give the output of :func:`instance_norm`."""
        return instance_norm(
            x,
            self.weight,
            self.bias,
            *running,
            training=training,
            momentum=momentum,
            eps=self.eps,
        )

    def normalize_backward(self, dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        """Give the gradients of :func:`instance_norm_backward`."""
        return instance_norm_backward(dy, cache)


class InstanceNorm1d(InstanceNorm):
    """Instance normalization of inputs (N, C, L); parameters as in :class:`InstanceNorm`.

    Examples
    --------
    >>> InstanceNorm1d(1)(np.array([[[1.0, 3.0]], [[10.0, 30.0]]])).round(4).ravel()
    array([-1.,  1., -1.,  1.])
    """

    NDIMS = (3,)


class InstanceNorm2d(InstanceNorm):
    """Instance normalization of images (N, C, H, W); parameters as in :class:`InstanceNorm`.

    Examples
    --------
    >>> image_NCHW = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> InstanceNorm2d(2)(image_NCHW).mean(axis=(2, 3))
    array([[0., 0.]])
    """

    NDIMS = (4,)


class InstanceNorm3d(InstanceNorm):
    """Instance normalization of volumes (N, C, D, H, W); parameters as in :class:`InstanceNorm`.

    Examples
    --------
    >>> InstanceNorm3d(2)(np.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 2, 2, 2)
    """

    NDIMS = (5,)
