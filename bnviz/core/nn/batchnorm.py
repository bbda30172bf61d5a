"""Batch normalization as layers with running statistics."""

from bnviz.core.functional import batch_norm, batch_norm_backward
from bnviz.core.nn.tracking import TrackingNorm


class BatchNorm(TrackingNorm):
    """Normalize each channel over the batch, and keep running statistics for evaluation.

    The base of the three classes below, which differ in the inputs they accept.

    Parameters
    ----------
    num_features : int
        Number of channels C.
    eps, affine, bias, dtype
        As in all layers.
    momentum : float or None
        Weight of the new batch in the running statistics. None gives every batch the same weight
        (the cumulative average).
    track_running_stats : bool
        False keeps no running statistics: evaluation then also uses those of the batch. Set to
        False on an existing layer, it stops the recording, as in PyTorch.

    Attributes
    ----------
    weight, bias, running_mean, running_var : array, shape (C,), or None
    num_batches_tracked : int64 array without axes, or None
        Counts the forward passes in training, those of an empty batch too, as in PyTorch. A batch
        of one value per channel is refused and not counted.

    Notes
    -----
    Source: Ioffe & Szegedy 2015, Algorithms 1 and 2; defaults and names as in ``torch.nn``.
    """

    normalize = staticmethod(batch_norm)
    normalize_backward = staticmethod(batch_norm_backward)


class BatchNorm1d(BatchNorm):
    """Batch normalization of inputs (N, C) or (N, C, L); parameters as in :class:`BatchNorm`.

    Examples
    --------
    >>> import numpy as np
    >>> norm = BatchNorm1d(1, dtype=np.float64)
    >>> norm(np.array([[3.0], [5.0]])).round(4)
    array([[-1.],
           [ 1.]])
    >>> norm.running_mean, norm.running_var
    (array([0.4]), array([1.1]))
    >>> norm.eval()(np.array([[3.0], [5.0]])).round(4)
    array([[2.479 ],
           [4.3859]])
    """

    NDIMS = (2, 3)


class BatchNorm2d(BatchNorm):
    """Batch normalization of images (N, C, H, W); parameters as in :class:`BatchNorm`.

    Examples
    --------
    >>> import numpy as np
    >>> image_NCHW = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> BatchNorm2d(2)(image_NCHW).mean(axis=(0, 2, 3))
    array([0., 0.])
    """

    NDIMS = (4,)


class BatchNorm3d(BatchNorm):
    """Batch normalization of volumes (N, C, D, H, W); parameters as in :class:`BatchNorm`.

    Examples
    --------
    >>> import numpy as np
    >>> BatchNorm3d(2)(np.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 2, 2, 2)
    """

    NDIMS = (5,)
