"""What the layers share that may keep running statistics: batch, instance and renorm."""

import math
from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_size
from bnviz.core.nn.module import Module, float_dtype


class TrackingNorm(Module):
    """Hold parameters and running statistics of C channels; the base of :class:`BatchNorm`.

    The classes below it say which function normalizes. Their parameters are explained there.
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
        check_eps(eps)
        if momentum is not None and not math.isfinite(momentum):
            raise ValueError(f"momentum must be a finite number or None, got {momentum}")
        shape, dtype = (num_features,), float_dtype(dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = np.ones(shape, dtype) if affine else None
        self.bias = np.zeros(shape, dtype) if affine and bias else None
        self.running_mean = np.zeros(shape, dtype) if track_running_stats else None
        self.running_var = np.ones(shape, dtype) if track_running_stats else None
        self.num_batches_tracked = np.array(0) if track_running_stats else None

    @abstractmethod
    def normalize(
        self, x: Array, running: tuple[Array | None, Array | None], training: bool, momentum: float
    ) -> tuple[Array, Any]:
        """Give the output and the cache, by the function of the class."""

    @abstractmethod
    def normalize_backward(self, dy: Array, cache: Any) -> tuple[Array, Array, Array]:
        """Give ``dx``, ``dgamma`` and ``dbeta``, by the function of the class."""

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
        needed = records or not uses_batch
        running = (self.running_mean, self.running_var) if needed else (None, None)
        y, self._memory = self.normalize(x, running, uses_batch, self._weight_of_new_batch())
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
        dx, dgamma, dbeta = self.normalize_backward(dy, self._remembered())
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


def check_eps(eps: float) -> None:
    """Refuse an eps that is not above 0: a layer that trains meets 0 / 0 sooner or later."""
    if not (math.isfinite(eps) and eps > 0):
        raise ValueError(f"eps must be a finite number above 0, got {eps}")
