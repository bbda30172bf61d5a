"""One network that really trains, quick enough for a slider.

All arrays are allocated once; a step is a list of bound NumPy calls (``kernels``). After any
number of steps the weights equal PyTorch's from the same start.

Shape legend: N batch, D inputs, C width, L hidden layers, K classes, M examples, S steps.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.engine import Engine, plain_sgd


class Trainer(Engine):
    """Train one network, a step at a time.

    Parameters
    ----------
    spec : Spec
    weights : list of arrays, shape (D, C)
        Initial weights, for example from ``init.mlp_weights``. They are copied.
    x_MD : array of float, shape (M, D)
    labels_M : array of int, shape (M,)
    order_SN : array of int, shape (S, N)
        The examples of each step, from ``batch_order`` or ``class_batch_order``.
    dtype : dtype-like
        float32, or float64 for comparisons.

    Attributes
    ----------
    gradient_scale : float
        With plain SGD the learning rate is folded into ``gradient``: divide by this to get the
        gradient of the mean loss, without weight decay. It is 1 for the other optimizers.
    diverged_at : int or None
        The first step whose gradient was not a number, because a logit was not a finite one. The
        network stays as it was before that step.

    Raises
    ------
    ValueError
        On shapes that do not fit, and on a batch of one where the norm looks at the batch.

    Notes
    -----
    The other attributes are those of ``Engine`` and ``BoundNetwork``, with U = C.

    A loss may overflow while its gradient is still finite: such a network goes on, as in PyTorch.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> from bnviz.core.train.batches import batch_order
    >>> spec = Spec(n_inputs=2, width=8, depth=2, n_classes=2)
    >>> x, labels = np.random.default_rng(0).normal(size=(64, 2)), np.arange(64) % 2
    >>> weights = mlp_weights(spec.sizes, "relu", 1.0, seed=0)
    >>> trainer = Trainer(spec, weights, x, labels, batch_order(64, 16, 20, seed=0))
    >>> trainer.advance(20)
    >>> trainer.n_done, trainer.diverged_at
    (20, None)
    """

    def __init__(
        self,
        spec: Spec,
        weights: Sequence[Array],
        x_MD: Array,
        labels_M: NDArray[np.integer],
        order_SN: NDArray[np.integer],
        *,
        dtype: np.dtype | type = np.float32,
    ) -> None:
        check_examples(spec, x_MD, labels_M, order_SN)
        if order_SN.ndim != 2:
            raise ValueError(f"order must have the shape (S, N), got {order_SN.shape}")
        parameters = Parameters.start(spec, weights, dtype)
        super().__init__(spec, parameters, Parameters(spec, dtype), order_SN, (spec.dropout_seed,))
        n = order_SN.shape[1]
        self._x_MD = np.ascontiguousarray(x_MD, dtype)
        self._target_MK = np.eye(spec.n_classes, dtype=dtype)[labels_M]
        self._x_ND = np.zeros((n, spec.n_inputs), dtype)
        self._target_NK = np.zeros((n, spec.n_classes), dtype)
        self.gradient_scale = spec.lr if plain_sgd(spec) else 1.0
        self._prepare_optimizer(spec.lr, spec.weight_decay)
        self.diverged_at: int | None = None
        self.bind(self._x_ND, self._target_NK)

    def _load(self, step: int) -> None:
        examples_N = self.order[step]
        self._x_MD.take(examples_N, 0, self._x_ND, "clip")
        self._target_MK.take(examples_N, 0, self._target_NK, "clip")

    def _note_divergence(self) -> bool:
        # A logit of NaN or +inf makes its whole row of the softmax, and so this sum, a NaN.
        canary = self.gradient.biases[-1][0]  # type: ignore[index]
        if canary == canary:
            return False
        self.diverged_at = self.n_done + 1
        return True

    def state(self) -> dict[str, Any]:
        """Return a copy of all that changes, so that a run can go on elsewhere."""
        return super().state() | {"diverged_at": self.diverged_at}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from the ``state()`` of a trainer that was made with the same arguments."""
        super().restore(state)
        self.diverged_at = state["diverged_at"]

    @property
    def batch(self) -> tuple[Array, Array]:
        """The last batch: its examples (N, D) and one-hot labels (N, K)."""
        return self._x_ND, self._target_NK


def check_examples(
    spec: Spec, x_MD: Array, labels_M: NDArray[np.integer], order: NDArray[np.integer]
) -> None:
    """Raise ValueError unless examples, labels and batch order fit the network and each other."""
    for name, array, kinds in (
        ("x", x_MD, "fiu"),
        ("labels", labels_M, "iu"),
        ("order", order, "iu"),
    ):
        what = "real" if kinds == "fiu" else "whole"
        if not isinstance(array, np.ndarray) or array.dtype.kind not in kinds:
            given = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"{name} must be an array of {what} numbers, got {given}")
    if not np.isfinite(x_MD).all():
        raise ValueError("x must be finite, got NaN or infinity")
    if x_MD.ndim != 2 or x_MD.shape[1] != spec.n_inputs:
        raise ValueError(f"x must have the shape (M, {spec.n_inputs}), got {x_MD.shape}")
    if labels_M.shape != x_MD.shape[:1]:
        raise ValueError(f"labels must have the shape ({len(x_MD)},), got {labels_M.shape}")
    if labels_M.min() < 0 or labels_M.max() >= spec.n_classes:
        raise ValueError(
            f"labels must lie between 0 and {spec.n_classes - 1}, "
            f"got {labels_M.min()} to {labels_M.max()}"
        )
    least, most = order.min(initial=0), order.max(initial=0)
    if order.ndim < 2 or order.shape[-1] < 1 or least < 0 or most >= len(x_MD):
        raise ValueError(
            f"order must have the shape (S, N) with entries from 0 to {len(x_MD) - 1}, "
            f"got {order.shape} with entries from {least} to {most}"
        )
    if spec.norm == "ghost" and order.shape[-1] % spec.ghost_size:
        raise ValueError(
            f"ghost_size must divide the {order.shape[-1]} examples of a batch, "
            f"got {spec.ghost_size}"
        )
    if spec.over_batch and order.shape[-1] == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, "
            f"got input size torch.Size([1, {spec.width}])"
        )
