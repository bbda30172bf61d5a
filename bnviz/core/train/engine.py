"""The training step, which the trainer of one network and that of many networks share.

Shape legend: N batch, C width, U units (C, or R * C), L hidden layers, R replicas.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy import add, multiply, subtract
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.bound_network import BoundNetwork
from bnviz.core.train.dropout import dropout_masks
from bnviz.core.train.optim import Optimizer, optimizer
from bnviz.core.train.tracking import Tracking, momentum_weight


class Engine(BoundNetwork):
    """Run training steps over preallocated arrays; the base of ``Trainer`` and ``Replicas``.

    Attributes
    ----------
    gradient : Parameters
        That of the last step, times ``gradient_scale``.
    n_done : int
        Steps done.

    Notes
    -----
    The other attributes are those of ``BoundNetwork``.
    """

    def __init__(
        self,
        spec: Spec,
        parameters: Parameters,
        gradient: Parameters,
        order: NDArray[np.integer],
        dropout_seeds: Sequence[int],
    ) -> None:
        super().__init__(spec, parameters, gradient, order.shape[-1], n_replicas=len(dropout_seeds))
        # A copy: a later change of the caller's would change the run.
        self.order, self.n_done = order.copy(), 0
        self._dropout_seeds = np.array(dropout_seeds)
        self._stats_of_chunks = list(np.moveaxis(self._chunk_stats, 2, 0))
        self._tracking = Tracking(self.running_stats, self.n // len(self._stats_of_chunks))
        self._is_tracking = spec.over_batch
        self._decay: Array | None = None
        self._decayed = np.empty_like(parameters.flat)
        self._optimizer: Optimizer | None = None  # plain SGD needs none

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

    # What a subclass says.
    def _load(self, step: int) -> None:
        raise NotImplementedError

    def _note_divergence(self) -> bool:
        raise NotImplementedError

    @property
    def n_steps(self) -> int:
        """Steps that the batch order holds."""
        return int(self.order.shape[-2])

    def advance(self, n_steps: int) -> None:
        """Do up to ``n_steps`` steps; stop at the end of the order, or when all has diverged."""
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
        self.forward()
        self.backward()

    def _step(self) -> bool:
        self._compute(self.n_done)
        if self._note_divergence():
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
        return momentum_weight(self.spec.momentum, n_seen)

    def _track_statistics(self) -> None:
        n_seen = self.n_done * len(self._stats_of_chunks)
        for stats in self._stats_of_chunks:
            n_seen += 1
            self._tracking.follow(stats, self._rate(n_seen))

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


def plain_sgd(spec: Spec) -> bool:
    """Return whether the learning rate can be folded into the loss gradient, so that ``p -= g``."""
    return spec.optimizer == "sgd"
