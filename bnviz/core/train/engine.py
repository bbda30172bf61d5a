"""What the trainer of one network and the trainer of many have in common: the step.

Both lay the batch out as ``(N, U)``: a row an example, a column a unit. For one network the units
are its C features; for R replicas they are R times C, side by side, so that one NumPy call serves
them all. Only the matrix products and the loss differ; the subclasses bind those.

Shape legend: N batch, C width, U units (C, or R * C), L hidden layers, R replicas.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy import add, multiply, subtract
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train import kernels
from bnviz.core.train.dropout import dropout_masks, n_masks
from bnviz.core.train.optim import Optimizer, optimizer


class Engine:
    """Run training steps over preallocated arrays; the base of ``Trainer`` and ``Replicas``.

    Attributes
    ----------
    parameters, gradient : Parameters
        The gradient is that of the last step, times ``gradient_scale``.
    linear, normalized, activated : arrays, shape (L, N, U)
        Of the last batch: output of the linear layers, of the norm (without one, an alias of
        ``linear``) and of the activation. They are views of one array, ``sites``.
    weights : list of pairs of arrays
        What the linear layers multiply by, and its gradient. They are the parameters' own, but for
        weight or spectral normalization.
    masks : array, shape (L or 1, N, U)
        What dropout multiplied by: 0 or ``1 / (1 - dropout)``. Empty without dropout.
    batch_stats, running_stats : arrays, shape (2, L, U)
        Mean and variance: of the last batch (biased: it is what normalizes) and the running ones
        (unbiased, as in PyTorch). They stay as they are where the norm does not look at the batch.
        With ghost batch norm ``batch_stats`` are those of the last chunk.
    n_done : int
        Steps done.
    """

    def __init__(
        self,
        spec: Spec,
        parameters: Parameters,
        gradient: Parameters,
        order: NDArray[np.integer],
        dropout_seeds: Sequence[int],
    ) -> None:
        self.spec, self.parameters, self.gradient = spec, parameters, gradient
        self.dtype = parameters.flat.dtype
        # A copy: a later change of the caller's would change the run.
        self.order, self.n_done = order.copy(), 0
        n, depth, n_units = order.shape[-1], spec.depth, spec.width * len(dropout_seeds)
        self.n, self._dropout_seeds = n, np.array(dropout_seeds)
        self.sites = np.zeros((2 if spec.norm == "none" else 3, depth, n, n_units), self.dtype)
        self.linear, self.normalized, self.activated = (self.sites[i] for i in (0, -2, -1))
        self.masks = np.zeros((n_masks(spec), n, n_units), self.dtype)
        chunk = spec.ghost_size if spec.norm == "ghost" else n
        self._chunk_stats = np.zeros((2, depth, n // chunk, n_units), self.dtype)
        self._stats_of_chunks = list(np.moveaxis(self._chunk_stats, 2, 0))
        self.batch_stats = self._stats_of_chunks[-1]
        self.running_stats = np.zeros_like(self.batch_stats)
        self.running_stats[1] = 1
        self._moved_stats = np.zeros_like(self.batch_stats)
        # PyTorch normalizes with the biased variance, and stores the unbiased one.
        self._unbiased = np.ones_like(self.batch_stats)
        self._unbiased[1] = chunk / max(chunk - 1, 1)
        self.weights = _used_weights(spec, parameters, gradient)
        self._is_normalized, self._is_tracking = spec.norm != "none", spec.over_batch
        self._decay: Array | None = None
        self._decayed = np.empty_like(parameters.flat)
        self._optimizer: Optimizer | None = None  # plain SGD needs none
        self._forward: list[Callable[[], None]] = []
        self._backward: list[Callable[[], None]] = []

    def _prepare_optimizer(self, lr: float | Array, decay: float | Array) -> None:
        """Take learning rate and weight decay: one number, or one for each replica."""
        spec, lead = self.spec, np.shape(lr)
        if not plain_sgd(spec):
            rates = Parameters.spread(spec, lr, self.dtype, lead).flat if lead else lr
            self._optimizer = optimizer(spec.optimizer, rates)
        if np.any(decay):
            folded = decay * lr if plain_sgd(spec) else decay
            decays = Parameters.spread(spec, folded, self.dtype, lead, weights_only=True)
            self._decay = decays.flat

    # What a subclass binds.
    def _bind_linear(self, layer: int, x: Array, dx: Array | None, grad: Array) -> kernels.Bound:
        raise NotImplementedError

    def _bind_loss(self, x: Array, dx: Array) -> kernels.Bound:
        raise NotImplementedError

    def _load(self, step: int) -> None:
        raise NotImplementedError

    def _is_lost(self) -> bool:
        raise NotImplementedError

    def _bind(self, x: Array, eps: float | Array) -> None:
        """Bind the whole network, from the batch ``x`` to the loss and back."""
        grads = [np.zeros(self.linear.shape[1:], self.dtype) for _ in range(2)]
        blocks: list[kernels.Bound] = []
        dx: Array | None = None
        spec, masks = self.spec, iter(self.masks)
        for layer in range(spec.depth):
            grad = grads[layer % 2]
            block = self._bind_weight(layer)
            block += [self._bind_linear(layer, x, dx, grad)]
            block += self._bind_nonlinear(layer, grad, eps)
            h = self._normed(layer)
            if spec.dropout and spec.dropout_position == "every":
                h = _append_dropout(block, h, next(masks), grad)
            if spec.skip and dx is not None:
                branch, h = h, np.zeros_like(h)
                block = kernels.bind_skip(block, x, branch, h, grad, dx)
            blocks += block
            x, dx = h, grad
        assert dx is not None
        if spec.dropout and spec.dropout_position == "head":
            x = _append_dropout(blocks, x, next(masks), dx)
        blocks.append(self._bind_loss(x, dx))
        self._forward = [forward for forward, _ in blocks]
        self._backward = [backward for _, backward in reversed(blocks)]

    def _bind_weight(self, layer: int) -> list[kernels.Bound]:
        """Bind what makes the weights that are used out of those that are learned."""
        p, g = self.parameters, self.gradient
        learned, used = (p.weights[layer], g.weights[layer]), self.weights[layer]
        match self.spec.weight_norm:
            case "weight":
                lengths = p.lengths[layer], g.lengths[layer]
                return [kernels.bind_weight_norm(learned, lengths, used)]
            case "spectral":
                return [kernels.bind_spectral_norm(learned, p.singular[layer], used)]
            case _:
                return []

    def _bind_nonlinear(self, layer: int, grad: Array, eps: float | Array) -> list[kernels.Bound]:
        spec = self.spec
        z, y, h = self.linear[layer], self.normalized[layer], self.activated[layer]
        activate = kernels.ACTIVATIONS[spec.activation]
        if spec.norm == "none":
            return [activate(z, h, grad)]
        before = spec.placement == "before"
        norm = self._bind_norm(layer, z if before else h, grad, eps)
        return [norm, activate(y, h, grad)] if before else [activate(z, h, grad), norm]

    def _bind_norm(self, layer: int, x: Array, grad: Array, eps: float | Array) -> kernels.Bound:
        (gamma, beta), (dgamma, dbeta) = (
            (p.gamma[layer].ravel(), p.beta[layer : layer + 1].ravel())  # RMS norm has no beta
            for p in (self.parameters, self.gradient)
        )
        stats = self._chunk_stats if self.spec.norm == "ghost" else self.batch_stats
        mean, var = stats[:, layer]
        site = kernels.NormSite(
            x, self.normalized[layer], grad, gamma, beta, dgamma, dbeta, mean, var,
            np.full_like(gamma, eps),
        )  # fmt: skip
        running_mean, running_var = self.running_stats[:, layer]
        return kernels.bind_norm(self.spec, site, (running_mean, running_var))

    def _normed(self, layer: int) -> Array:
        """Return what activation and norm make of a layer, shape (N, U)."""
        after = self.spec.norm != "none" and self.spec.placement == "after"
        h: Array = (self.normalized if after else self.activated)[layer]
        return h

    @property
    def n_steps(self) -> int:
        """Steps that the batch order holds."""
        return int(self.order.shape[-2])

    def advance(self, n_steps: int) -> None:
        """Do up to ``n_steps`` steps; stop at the end of the order, or when all is lost."""
        end = min(self.n_done + n_steps, self.n_steps)
        with np.errstate(all="ignore"):
            while self.n_done < end and self._step():
                pass

    def peek(self) -> None:
        """Compute the next step, but do not take it.

        ``gradient``, ``batch_stats`` and ``sites`` are then those of the next batch at the present
        weights. Past the end of the order it is the last batch.
        """
        singular = deepcopy(self.parameters.singular)
        with np.errstate(all="ignore"):
            self._compute(min(self.n_done, self.n_steps - 1))
        self._set_singular(singular)

    def _set_singular(self, singular: list[tuple[Array, Array]]) -> None:
        for vectors, values in zip(self.parameters.singular, singular, strict=True):
            for vector, value in zip(vectors, values, strict=True):
                vector[...] = value

    def _compute(self, step: int) -> None:
        self._load(step)
        if len(self.masks):
            self._draw_masks()
        for run in self._forward:
            run()
        for run in self._backward:
            run()
        if self._is_normalized:
            multiply(self.gradient.affine, self.n, self.gradient.affine)

    def _step(self) -> bool:
        self._compute(self.n_done)
        if self._is_lost():
            return False
        if self._is_tracking:
            self._track_statistics()
        self._move()
        self.n_done += 1
        return True

    def _draw_masks(self) -> None:
        n_masks, n, _ = self.masks.shape
        by_replica = self.masks.reshape(n_masks, n, len(self._dropout_seeds), -1)
        for seed in set(self._dropout_seeds.tolist()):
            masks = dropout_masks(self.spec, n, self.n_done, seed, self.dtype)
            by_replica[:, :, self._dropout_seeds == seed] = masks[:, :, None]

    def _move(self) -> None:
        """Move the parameters, weight decay included; ``gradient`` stays that of the loss."""
        parameters, gradient = self.parameters.flat, self.gradient.flat
        if self._decay is not None:
            multiply(parameters, self._decay, self._decayed)
            gradient = add(self._decayed, gradient, self._decayed)
        if self._optimizer is None:
            subtract(parameters, gradient, parameters)
        else:
            self._optimizer.step(parameters, gradient)

    def _rate(self, n_seen: int) -> float | Array:
        """Weight of the new batch, the ``n_seen``-th, in the running statistics."""
        momentum = self.spec.momentum
        return 1 / n_seen if momentum is None else momentum

    def _track_statistics(self) -> None:
        """Move the running statistics: ``running += momentum * (batch - running)``."""
        moved, n_seen = self._moved_stats, self.n_done * len(self._stats_of_chunks)
        for stats in self._stats_of_chunks:
            n_seen += 1
            multiply(stats, self._unbiased, moved)
            subtract(moved, self.running_stats, moved)
            multiply(moved, self._rate(n_seen), moved)
            add(self.running_stats, moved, self.running_stats)

    def state(self) -> dict[str, Any]:
        """Return a copy of all that changes, so that a run can go on elsewhere."""
        return {
            "parameters": self.parameters.flat.copy(),
            "running_stats": self.running_stats.copy(),
            "singular": deepcopy(self.parameters.singular),
            "optimizer": deepcopy(self._optimizer),
            "n_done": self.n_done,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from the ``state()`` of an engine that was made with the same arguments."""
        self.parameters.flat[...] = state["parameters"]
        self.running_stats[...] = state["running_stats"]
        self._set_singular(state["singular"])
        self._optimizer, self.n_done = deepcopy(state["optimizer"]), state["n_done"]


def _used_weights(
    spec: Spec, parameters: Parameters, gradient: Parameters
) -> list[tuple[Array, Array]]:
    if spec.weight_norm != "none":
        lead, dtype = parameters.weights[0].shape[:-2], parameters.flat.dtype
        hidden = [Parameters(spec, dtype, lead).weights[:-1] for _ in range(2)]
    else:
        hidden = [parameters.weights[:-1], gradient.weights[:-1]]
    pairs = zip(*hidden, strict=True)
    return [*pairs, (parameters.weights[-1], gradient.weights[-1])]


def _append_dropout(blocks: list[kernels.Bound], x: Array, mask: Array, grad: Array) -> Array:
    """Append a dropout of ``x``, and return what it leaves."""
    y = np.zeros_like(x)
    blocks.append(kernels.bind_dropout(x, mask, y, grad))
    return y


def plain_sgd(spec: Spec) -> bool:
    """Whether the learning rate can be folded into the loss gradient, so that ``p -= g``."""
    return spec.optimizer == "sgd"
