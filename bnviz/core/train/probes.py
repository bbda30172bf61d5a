"""What is looked at while a network trains.

A ``Probe`` looks at the training step that has just been done, and costs little since it computes
no activation of its own. Held-out examples are for ``evaluation.py``.

Shape legend: T looks, L hidden layers, N batch, C width, B bins.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.stats.summary import Summary, describe, flat_shares, is_flat, norm
from bnviz.core.train.engine import plain_sgd
from bnviz.core.train.trainer import Trainer

N_TOGETHER = 20
"""Looks that are described in one go; more would not fit into the cache."""


class Looks(NamedTuple):
    """What a probe saw, an entry for each look.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done when it looked.
    summary : Summary with arrays of shape (T, sites, L) and (T, sites, L, B)
        Sites: output of the linear layers, of batch normalization (absent without it) and of the
        activation.
    saturated, dead : arrays, shape (T, L)
    gradient_norm : array, shape (T, L + 1)
        Euclidean norm of the gradient of each weight matrix; the last is that of the logits.
    update_ratio : array, shape (T, L + 1)
        Norm of the update over norm of the weights it moved.
    batch_stats, running_stats : arrays, shape (T, 2, L, C)
    """

    steps: NDArray[np.intp]
    summary: Summary
    saturated: Array
    dead: Array
    gradient_norm: Array
    update_ratio: Array
    batch_stats: Array
    running_stats: Array


class _Copies(NamedTuple):
    """What a look keeps of a step, before it is described; the first axis is T."""

    norms: NDArray[Any]  # of weights, gradients and updates
    rows: NDArray[Any]
    is_flat: NDArray[Any]
    batch_stats: NDArray[Any]
    running_stats: NDArray[Any]


class Probe:
    """Look at a trainer every few steps.

    A look only copies what the next step would write over. The copies are described later, many
    at once, which takes less than half as long as one by one.

    Parameters
    ----------
    trainer : Trainer
    n_values : int
        Values of each layer that the summary counts, about: those of the first examples in the
        batch. Everything else uses the whole batch.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> from bnviz.core.network.spec import Spec
    >>> from bnviz.core.train.batches import batch_order
    >>> spec = Spec(n_inputs=2, width=8, depth=2, n_classes=2)
    >>> x, labels = np.random.default_rng(0).normal(size=(64, 2)), np.arange(64) % 2
    >>> weights = mlp_weights(spec.sizes, "relu", 1.0, seed=0)
    >>> probe = Probe(Trainer(spec, weights, x, labels, batch_order(64, 16, 20, seed=0)))
    >>> looks = probe.advance(20, every=10)
    >>> looks.steps, looks.summary.mean.shape
    (array([10, 20]), (2, 3, 2))
    """

    def __init__(self, trainer: Trainer, n_values: int = 256) -> None:
        self.trainer = trainer
        n_rows = max(1, n_values // trainer.spec.width)
        self._rows = trainer.sites[:, :, :n_rows]
        self._update = Parameters(trainer.spec, trainer.dtype)
        self._weights, self._gradients, self._updates = (
            [w.ravel() for w in p.weights]
            for p in (trainer.parameters, trainer.gradient, self._update)
        )

    @np.errstate(all="ignore")
    def advance(self, n_steps: int, *, every: int) -> Looks:
        """Train on, and look after every step whose number ``every`` divides.

        Parameters
        ----------
        n_steps : int
            Steps to do; fewer where the batch order ends or the network diverges.
        every : int

        Returns
        -------
        Looks

        Raises
        ------
        ValueError
            If ``every`` is below 1.
        """
        if every < 1:
            raise ValueError(f"every must be at least 1, got {every}")
        trainer = self.trainer
        end = min(trainer.n_done + n_steps, trainer.n_steps)
        steps = np.arange(trainer.n_done // every + 1, end // every + 1) * every
        parts = np.split(steps, range(N_TOGETHER, len(steps), N_TOGETHER))
        looks = _join([self._look_at(part) for part in parts])
        trainer.advance(end - trainer.n_done)
        return looks

    def _look_at(self, steps: NDArray[np.intp]) -> Looks:
        """Train up to the last of these steps, and look at each of them."""
        trainer, n_seen = self.trainer, 0

        def room(shape: tuple[int, ...], dtype: np.dtype | type = trainer.dtype) -> NDArray[Any]:
            return np.zeros((len(steps), *shape), dtype)

        copies = _Copies(
            room((3, len(self._weights))),
            room(self._rows.shape),
            room(trainer.activated.shape, bool),
            room(trainer.batch_stats.shape),
            room(trainer.running_stats.shape),
        )
        for step in steps.tolist():
            trainer.advance(step - 1 - trainer.n_done)
            self._step(copies, n_seen)
            if trainer.diverged_at is not None:
                break
            n_seen += 1
        return self._describe(steps[:n_seen], _Copies(*(part[:n_seen] for part in copies)))

    def _step(self, copies: _Copies, look: int) -> None:
        """Do one step, and copy what the next one will write over."""
        trainer, norms = self.trainer, [[norm(w) for w in self._weights]]
        folded = plain_sgd(trainer.spec)
        if not folded:
            np.copyto(self._update.flat, trainer.parameters.flat)
        trainer.advance(1)
        norms += [[norm(g) for g in self._gradients]] * 2
        if not folded:  # plain SGD subtracts the gradient itself
            np.subtract(trainer.parameters.flat, self._update.flat, self._update.flat)
            norms[2] = [norm(u) for u in self._updates]
        copies.norms[look] = norms
        copies.rows[look] = self._rows
        copies.is_flat[look] = is_flat(trainer.spec.activation, trainer.activated)
        copies.batch_stats[look] = trainer.batch_stats
        copies.running_stats[look] = trainer.running_stats

    def _describe(self, steps: NDArray[np.intp], copies: _Copies) -> Looks:
        rows, lead = copies.rows, copies.rows.shape[:3]  # looks, sites and layers
        summary = describe(rows.reshape(math.prod(lead), math.prod(rows.shape[3:])))
        saturated, dead = flat_shares(copies.is_flat)
        weights, gradient, update = copies.norms.swapaxes(0, 1)
        return Looks(
            steps,
            summary.each(lambda part: part.reshape(*lead, *part.shape[1:])),
            saturated,
            dead,
            gradient / self.trainer.gradient_scale,
            update / weights,
            copies.batch_stats,
            copies.running_stats,
        )


def _join(blocks: list[Looks]) -> Looks:
    """Put looks one after the other along T."""
    steps, summaries, *others = zip(*blocks, strict=True)
    summary = Summary(*map(np.concatenate, zip(*summaries, strict=True)))
    return Looks(np.concatenate(steps), summary, *map(np.concatenate, others))
