"""Many networks at once: the same trainer along a replica axis.

The replicas stand side by side in the columns of one array, ``(N, R * C)``. Activations and batch
normalization then need no new code: they see R times as many units. Only the matrix products look
at the replicas one by one, as ``(R, N, C)`` views of the same memory, without a copy.

Shape legend: R replicas, N batch, D inputs, C width, U = R * C, L hidden layers, K classes,
M examples, S steps.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy import matmul
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train import kernels
from bnviz.core.train.engine import Engine, plain_sgd
from bnviz.core.train.trainer import check_examples

CACHE_BYTES = 100_000
OWN = ("lr", "momentum", "eps", "weight_decay", "dropout_seed")
"""Fields of ``Spec`` that may differ among the replicas of a chunk."""


def chunk_size(batch_size: int, width: int) -> int:
    """Return how many replicas to train together: one (N, R * C) array then stays in the cache.

    Examples
    --------
    >>> chunk_size(batch_size=32, width=32), chunk_size(batch_size=32, width=64)
    (24, 12)
    """
    return max(1, min(128, CACHE_BYTES // (4 * batch_size * width)))


def by_replica(array: Array, n_replicas: int) -> Array:
    """View columns that stand side by side, (..., N, R * C), as (..., R, N, C)."""
    return np.moveaxis(array.reshape(*array.shape[:-1], n_replicas, -1), -2, -3)


class Replicas(Engine):
    """Train R networks of one shape together.

    Parameters
    ----------
    spec : Spec
        What the replicas share. Its own value holds where no list is given.
    weights : list of arrays, shape (R, D, C)
        Initial weights of all replicas, a layer an entry.
    x_MD : array of float, shape (M, D)
    labels_M : array of int, shape (M,)
    order : array of int, shape (S, N) or (R, S, N)
        The examples of each step: one order for all, or one for each replica.
    dtype : dtype-like
    **own : sequence of R numbers, optional
        A value for each replica, under the name of a field of ``Spec``: ``lr``, ``momentum`` (an
        entry may be None, the cumulative average), ``eps``, ``weight_decay``, ``dropout_seed``.

    Attributes
    ----------
    diverged_at_R : array of int, shape (R,)
        The first step of each replica whose gradient was not a number, because a logit was not a
        finite one; 0 where there was none. The weights of such a replica are NaN afterwards, and
        the others go on.

    Raises
    ------
    ValueError
        On shapes that do not fit, on values that ``Spec`` would refuse, and on a field that the
        replicas must share.

    Notes
    -----
    Numbers agree with ``Trainer`` up to rounding: the sums run in another order.
    """

    def __init__(
        self,
        spec: Spec,
        weights: Sequence[Array],
        x_MD: Array,
        labels_M: NDArray[np.integer],
        order: NDArray[np.integer],
        *,
        dtype: np.dtype | type = np.float32,
        **own: Sequence[float | None] | None,
    ) -> None:
        check_examples(spec, x_MD, labels_M, order)
        r = self.n_replicas = len(weights[0])
        if order.ndim > 3 or (order.ndim == 3 and len(order) != r):
            raise ValueError(f"order must have the shape (S, N) or ({r}, S, N), got {order.shape}")
        parameters = Parameters.start(spec, weights, dtype, (r,))
        each = _specs(spec, r, own)
        seeds = [one.dropout_seed for one in each]
        super().__init__(spec, parameters, Parameters(spec, dtype, (r,)), order, seeds)
        self._lr_R = np.array([one.lr for one in each], dtype)
        rates_R = [np.nan if one.momentum is None else one.momentum for one in each]
        self._rate_U = np.repeat(np.array(rates_R, dtype), spec.width)
        self._cumulative_U = np.isnan(self._rate_U)
        self._any_cumulative = bool(self._cumulative_U.any())
        self.diverged_at_R = np.zeros(r, np.intp)
        self._allocate_batch(x_MD, labels_M)
        eps_U = np.repeat(np.array([one.eps for one in each], dtype), spec.width)
        decay_R = np.array([one.weight_decay for one in each], dtype)
        self._prepare_optimizer(self._lr_R, decay_R)
        self.bind(self._x, self._target_KRN, eps_U)

    def _allocate_batch(self, x_MD: Array, labels_M: NDArray[np.integer]) -> None:
        spec, lead = self.spec, self.order.shape[:-2]
        self._x_MD = np.ascontiguousarray(x_MD, self.dtype)
        self._target_KM = np.ascontiguousarray(np.eye(spec.n_classes, dtype=self.dtype)[labels_M].T)
        self._x = np.zeros((*lead, self.n, spec.n_inputs), self.dtype)
        self._target_KRN = np.zeros((spec.n_classes, *(lead or (1,)), self.n), self.dtype)
        self._target = self._target_KRN if lead else self._target_KRN[:, 0]

    def _bind_linear(self, layer: int, x: Array, dx: Array | None, grad: Array) -> kernels.Bound:
        r, z = self.n_replicas, self.linear[layer]
        weight, dweight = self.weights[layer]
        bias, dbias = (_flat(p.biases[layer]) for p in (self.parameters, self.gradient))
        if layer == 0 and self.order.ndim == 2:
            # All replicas read the same examples: their weights side by side make one product.
            weight_DU, dweight_DU = (
                np.moveaxis(w, 0, 1).reshape(len(x.T), -1) for w in (weight, dweight)
            )
            return kernels.bind_linear(x, weight_DU, bias, z, grad, None, dweight_DU, dbias)
        if layer > 0:
            x = by_replica(x, r)
        dx = None if dx is None else by_replica(dx, r)
        product = _bind_products(x, weight, by_replica(z, r), by_replica(grad, r), dx, dweight)
        if bias is None or dbias is None:
            return product
        return _with_bias(product, bias, z, grad, dbias)

    def _bind_logits(self, x: Array, dx: Array) -> kernels.Bound:
        r, (weight, dweight) = self.n_replicas, self.weights[-1]
        self.logits = np.zeros((r, self.n, self.spec.n_classes), self.dtype)
        x, dx = by_replica(x, r), by_replica(dx, r)
        return _bind_products(x, weight, self.logits, self.logits, dx, dweight)

    def _bind_loss(self, target: Array) -> Callable[[], None]:
        """Bind bias, softmax and their gradient; classes first: a short last axis is slow."""
        r, n, k = self.logits.shape
        logits_KRN, work_KRN = self.logits.transpose(2, 0, 1), np.zeros((k, r, n), self.dtype)
        bias_KR1, dbias_KR = (p.biases[-1].T for p in (self.parameters, self.gradient))  # type: ignore[union-attr]
        bias_KR1, ones_N = bias_KR1[..., None], np.ones(n, self.dtype)
        scale_R = self._lr_R / n if plain_sgd(self.spec) else np.full(r, 1 / n, self.dtype)
        scale_RN = np.repeat(scale_R[:, None], n, 1)
        softmax = kernels.bind_softmax_gradient(work_KRN, target, scale_RN, axis=0)

        def gradient() -> None:
            np.add(logits_KRN, bias_KR1, work_KRN)
            softmax()
            logits_KRN[...] = work_KRN
            dbias_KR[...] = work_KRN.dot(ones_N)

        return gradient

    def _load(self, step: int) -> None:
        examples = self.order[..., step, :]
        self._x_MD.take(examples, 0, self._x, "clip")
        self._target_KM.take(examples, 1, self._target, "clip")

    def _rate(self, n_seen: int) -> float | Array:
        if self._any_cumulative:
            self._rate_U[self._cumulative_U] = 1 / n_seen
        return self._rate_U

    def _note_divergence(self) -> bool:
        lost_R = np.isnan(self.gradient.biases[-1][:, 0])  # type: ignore[index]
        if not lost_R.any():
            return False
        self.diverged_at_R[lost_R & (self.diverged_at_R == 0)] = self.n_done + 1
        return bool(lost_R.all())

    def state(self) -> dict[str, Any]:
        """Return a copy of all that changes, so that a run can go on elsewhere."""
        return super().state() | {"diverged_at_R": self.diverged_at_R.copy()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from the ``state()`` of replicas that were made with the same arguments."""
        super().restore(state)
        self.diverged_at_R[...] = state["diverged_at_R"]


def _specs(spec: Spec, n_replicas: int, own: Mapping[str, Sequence[Any] | None]) -> list[Spec]:
    """Return the description of each replica, which also checks its values."""
    given = {name: values for name, values in own.items() if values is not None}
    for name, values in given.items():
        if name not in OWN:
            raise ValueError(f"only {OWN} may differ among the replicas, got {name}")
        if len(values) != n_replicas:
            raise ValueError(f"{name} must hold {n_replicas} values, got {len(values)}")
    return [replace(spec, **{name: given[name][i] for name in given}) for i in range(n_replicas)]


def _flat(bias_RC: Array | None) -> Array | None:
    return None if bias_RC is None else bias_RC.reshape(-1)


def _bind_products(
    x_RND: Array,
    weight_RDC: Array,
    z_RNC: Array,
    grad_RNC: Array,
    dx_RND: Array | None,
    dweight_RDC: Array,
) -> kernels.Bound:
    """Bind ``z = x W`` of each replica, and its gradients."""
    x_RDN, weight_RCD = x_RND.swapaxes(-1, -2), weight_RDC.swapaxes(-1, -2)
    copy_RCD = np.ascontiguousarray(weight_RCD)

    def forward() -> None:
        matmul(x_RND, weight_RDC, z_RNC)

    def backward() -> None:
        matmul(x_RDN, grad_RNC, dweight_RDC)
        if dx_RND is not None:
            copy_RCD[...] = weight_RCD
            matmul(grad_RNC, copy_RCD, dx_RND)

    return forward, backward


def _with_bias(
    product: kernels.Bound, bias_U: Array, z_NU: Array, grad_NU: Array, dbias_U: Array
) -> kernels.Bound:
    multiply_forward, multiply_back = product
    bias_NU, ones_N = np.empty_like(z_NU), np.ones(len(z_NU), z_NU.dtype)

    def forward() -> None:
        multiply_forward()
        bias_NU[...] = bias_U
        np.add(z_NU, bias_NU, z_NU)

    def backward() -> None:
        multiply_back()
        ones_N.dot(grad_NU, dbias_U)

    return forward, backward
