"""Batch normalization as layers with running statistics."""

import math
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bnviz.core.functional import batch_norm, batch_norm_backward
from bnviz.core.functional.sums import Array
from bnviz.core.nn.module import Module, check_size, float_dtype


class BatchNorm(Module):
    """Normalize each channel over the batch, and keep running statistics for evaluation.

    The base of the three classes below, which differ in the inputs they accept.

    Parameters
    ----------
    num_features : int
        Number of channels C, at least 1.
    eps : float
        Added to the variance, inside the square root; more than 0.
    momentum : float or None
        Weight of the new batch in the running statistics. None gives every batch the same weight
        (the cumulative average).
    affine : bool
        Whether to learn ``weight`` (gamma) and ``bias`` (beta).
    track_running_stats : bool
        False keeps no running statistics: evaluation then also uses those of the batch. Set to
        False on an existing layer, it stops the recording, as in PyTorch.
    bias : bool
        False learns the weight alone.
    dtype : dtype
        Of the parameters and running statistics. The output has the dtype of the input.

    Attributes
    ----------
    weight, bias, running_mean, running_var : array, shape (C,), or None
    num_batches_tracked : int64 array without axes, or None
        Counts the forward passes in training, those of an empty batch too, as in PyTorch.

    Raises
    ------
    ValueError
        If ``num_features`` is below 1, eps is not above 0, or momentum is not finite. In
        ``forward``: on a wrong number of axes or channels, or one value per channel in training
        (such a batch is not counted).

    Notes
    -----
    ``eps=0`` is refused, though :func:`batch_norm` computes it: a layer that trains meets a
    constant channel sooner or later, and 0 / 0 would put NaN into its running statistics for good.
    PyTorch 2.13 accepts it here and refuses it in the first training step.

    Source: Ioffe & Szegedy 2015, Algorithms 1 and 2; defaults and names as in ``torch.nn``.
    """

    PARAMETERS = ("weight", "bias")
    BUFFERS = ("running_mean", "running_var", "num_batches_tracked")
    NDIMS: ClassVar[tuple[int, ...]]

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        check_size("num_features", num_features)
        _check_numbers(eps, momentum)
        shape, dtype = (num_features,), float_dtype(dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = np.ones(shape, dtype) if affine else None
        self.bias = np.zeros(shape, dtype) if affine and bias else None
        self.running_mean = np.zeros(shape, dtype) if track_running_stats else None
        self.running_var = np.ones(shape, dtype) if track_running_stats else None
        self.num_batches_tracked = np.array(0) if track_running_stats else None

    def forward(self, x: Array) -> Array:
        """Normalize ``x``; in training mode also record its statistics.

        Parameters
        ----------
        x : array, shape (N, C) or (N, C, ...)

        Returns
        -------
        array
            Shape and dtype of ``x``.
        """
        self._check_input(np.shape(x))
        uses_batch = self.training or self.running_mean is None
        records = self.training and self.track_running_stats
        running = (self.running_mean, self.running_var) if records or not uses_batch else ()
        y, self._memory = batch_norm(
            x,
            self.weight,
            self.bias,
            *running,
            training=uses_batch,
            momentum=self._weight_of_new_batch(),
            eps=self.eps,
        )
        if records and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
        return y

    def backward(self, dy: Array) -> Array:
        """Give ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``.

        Parameters
        ----------
        dy : array
            Shaped as the output of the last forward pass.

        Returns
        -------
        array
            Shape and dtype of ``x``.
        """
        dx, dgamma, dbeta = batch_norm_backward(dy, self._remembered())
        gradients = {"weight": dgamma, "bias": dbeta}
        self.grads = {name: gradients[name] for name in self.parameters()}
        return dx

    def reset_running_stats(self) -> None:
        """Set the running statistics to mean 0 and variance 1, and the counter to 0."""
        for name, a in self.buffers().items():
            a[...] = 1 if name == "running_var" else 0

    def _weight_of_new_batch(self) -> float:
        """Give momentum, or 1/t for the t-th batch where the average is cumulative."""
        if self.momentum is not None:
            return self.momentum
        return 0.0 if self.num_batches_tracked is None else 1 / (int(self.num_batches_tracked) + 1)

    def _check_input(self, shape: tuple[int, ...]) -> None:
        """Refuse another number of axes or of channels."""
        if len(shape) not in self.NDIMS:
            wanted = " or ".join(f"{ndim}D" for ndim in self.NDIMS)
            raise ValueError(f"expected {wanted} input (got {len(shape)}D input)")
        if shape[1] != self.num_features:
            raise ValueError(
                f"expected {self.num_features} channels (axis 1), got {shape[1]} in {shape}"
            )


class BatchNorm1d(BatchNorm):
    """Batch normalization of inputs (N, C) or (N, C, L); parameters as in :class:`BatchNorm`.

    Examples
    --------
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
    >>> image_NCHW = np.arange(8.0).reshape(1, 2, 2, 2)
    >>> BatchNorm2d(2)(image_NCHW).mean(axis=(0, 2, 3))
    array([0., 0.])
    """

    NDIMS = (4,)


class BatchNorm3d(BatchNorm):
    """Batch normalization of volumes (N, C, D, H, W); parameters as in :class:`BatchNorm`.

    Examples
    --------
    >>> BatchNorm3d(2)(np.ones((1, 2, 2, 2, 2))).shape
    (1, 2, 2, 2, 2)
    """

    NDIMS = (5,)


def _check_numbers(eps: float, momentum: float | None) -> None:
    """Refuse an eps that is not above 0 and a momentum that is not finite."""
    if not (math.isfinite(eps) and eps > 0):
        raise ValueError(f"eps must be a finite number above 0, got {eps}")
    if momentum is not None and not math.isfinite(momentum):
        raise ValueError(f"momentum must be a finite number or None, got {momentum}")
