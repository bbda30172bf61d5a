"""Instance normalization as layers."""

import numpy as np
import numpy.typing as npt

from bnviz.core.functional import instance_norm, instance_norm_backward
from bnviz.core.nn.tracking import TrackingNorm


class InstanceNorm(TrackingNorm):
    """Normalize each channel of each sample over space.

    The base of the three classes below, which differ in the inputs they accept. Parameters and
    attributes are those of :class:`BatchNorm`, but **affine and track_running_stats are False by
    default**: evaluation then does what training does.

    Notes
    -----
    Differences from ``torch.nn``:

    * PyTorch has the counter too, but never moves it, and so reads ``momentum=None`` as 0.
    * PyTorch takes an input without the axis N as one sample, and without ``affine`` it only
      warns of a wrong number of channels. Here both are refused.

    Source: Ulyanov, Vedaldi & Lempitsky 2016; defaults and names as in ``torch.nn``.
    """

    normalize = staticmethod(instance_norm)
    normalize_backward = staticmethod(instance_norm_backward)

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
    >>> import numpy as np
    >>> InstanceNorm3d(2)(np.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 2, 2, 2)
    """

    NDIMS = (5,)
