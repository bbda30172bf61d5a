"""What the normalizing layers share: scale and shift, and for some of them running statistics."""

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_size, is_finite
from bnviz.core.nn.module import Module, float_dtype


class Norm(Module):
    """Hold what scales and shifts the normalized values; the base of all normalizing layers."""

    PARAMETERS: ClassVar[tuple[str, ...]] = ("weight", "bias")

    def _start_affine(
        self, shape: tuple[int, ...], affine: bool, bias: bool, dtype: npt.DTypeLike
    ) -> None:
        """Make gamma and beta, or None where they are not learned."""
        dtype = float_dtype(dtype)
        self.weight = np.ones(shape, dtype) if affine else None
        self.bias = np.zeros(shape, dtype) if affine and bias else None

    @staticmethod
    @abstractmethod
    def normalize_backward(dy: Array, cache: Any) -> tuple[Array, ...]:
        """Return ``dx`` and the gradients of the parameters, by the function of the class."""

    def backward(self, dy: Array) -> Array:
        """Return ``dx``; put the gradients of ``weight`` and ``bias`` into ``grads``."""
        dx, *gradients = self.normalize_backward(dy, self._remembered())
        learned = self.parameters()
        named = zip(self.PARAMETERS, gradients, strict=True)
        self.grads = {name: g for name, g in named if name in learned}
        return dx


class TrackingNorm(Norm):
    """Hold running statistics of C channels; the base of :class:`BatchNorm`."""

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
        if momentum is not None and not is_finite(momentum):
            raise ValueError(f"momentum must be a finite number or None, got {momentum!r}")
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats, shape = affine, track_running_stats, (num_features,)
        self._start_affine(shape, affine, bias, dtype)
        self.running_mean = np.zeros(shape, dtype) if track_running_stats else None
        self.running_var = np.ones(shape, dtype) if track_running_stats else None
        self.num_batches_tracked = np.array(0) if track_running_stats else None

    @abstractmethod
    def normalize(self, *arrays: Any, **options: Any) -> tuple[Array, Any]:
        """Return the output and the cache, by the function of the class."""

    def forward(self, x: Array) -> Array:
        """Normalize ``x``; in training mode also record its statistics."""
        self._check_input(np.shape(x))
        uses_batch = self.training or self.running_mean is None
        records = self.training and self.track_running_stats
        needed = records or not uses_batch
        running = (self.running_mean, self.running_var) if needed else (None, None)
        y, cache = self.normalize(
            x, self.weight, self.bias, *running,
            training=uses_batch, momentum=self._weight_of_new_batch(), eps=self.eps,
        )  # fmt: skip
        if records and self.num_batches_tracked is not None:
            self.num_batches_tracked += 1
        return self._remember(y, cache)

    def reset_running_stats(self) -> None:
        """Set the running statistics to mean 0 and variance 1, and the counter to 0."""
        for name, a in self.buffers().items():
            a[...] = 1 if name == "running_var" else 0

    def _weight_of_new_batch(self) -> float:
        """Return momentum, or 1/t for the t-th batch where the average is cumulative."""
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
    if not (is_finite(eps) and eps > 0):
        raise ValueError(f"eps must be a finite number above 0, got {eps!r}")
