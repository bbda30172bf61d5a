"""What is looked at while a network trains.

A ``Probe`` looks at the training step that has just been done, and costs little since it computes
no activation of its own. Held-out examples are for ``evaluation.py``.

Shape legend: T looks, L hidden layers, N batch, C width, B bins.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core.engine import plain_sgd
from bnviz.core.network import Array, Parameters
from bnviz.core.summary import Summary, count_flat, describe, flat_shares
from bnviz.core.trainer import Trainer


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

    norms: Array  # of weights, gradients and updates
    rows: Array
    n_flat: Array
    batch_stats: Array
    running_stats: Array


class Probe:
    """Look at a trainer every few steps.

    A look only copies what the next step would write over. The copies are described at the end,
    all at once, which takes less than half as long as one by one.

    Parameters
    ----------
    trainer : Trainer
    n_values : int
        Values of each layer that the summary counts, about: those of the first examples in the
        batch. Everything else uses the whole batch.

    Examples
    --------
    >>> from bnviz.core.init import mlp_weights
    >>> from bnviz.core.network import Spec
    >>> from bnviz.core.trainer import batch_order
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
        copies, n_seen = self._room(len(steps)), 0
        for step in steps.tolist():
            trainer.advance(step - 1 - trainer.n_done)
            self._step(copies, n_seen)
            if trainer.diverged_at is not None:
                break
            n_seen += 1
        else:
            trainer.advance(end - trainer.n_done)
        return self._describe(steps[:n_seen], _Copies(*(part[:n_seen] for part in copies)))

    def _room(self, n_looks: int) -> _Copies:
        """Return arrays for so many looks."""
        trainer = self.trainer
        n_layers, n_units = trainer.activated.shape[::2]
        shapes = {
            "norms": (3, n_layers + 1),
            "rows": self._rows.shape,
            "n_flat": (n_layers, n_units),
            "batch_stats": trainer.batch_stats.shape,
            "running_stats": trainer.batch_stats.shape,
        }
        return _Copies(**{k: np.zeros((n_looks, *s), trainer.dtype) for k, s in shapes.items()})

    def _step(self, copies: _Copies, look: int) -> None:
        """Do one step, and copy what the next one will write over."""
        trainer, norms = self.trainer, [[_norm(w) for w in self._weights]]
        folded = plain_sgd(trainer.spec)
        if not folded:
            np.copyto(self._update.flat, trainer.parameters.flat)
        trainer.advance(1)
        norms += [[_norm(g) for g in self._gradients]] * 2
        if not folded:  # plain SGD subtracts the gradient itself
            np.subtract(trainer.parameters.flat, self._update.flat, self._update.flat)
            norms[2] = [_norm(u) for u in self._updates]
        copies.norms[look] = norms
        copies.rows[look] = self._rows
        copies.n_flat[look] = count_flat(trainer.spec.activation, trainer.activated)
        copies.batch_stats[look] = trainer.batch_stats
        copies.running_stats[look] = trainer.running_stats

    def _describe(self, steps: NDArray[np.intp], copies: _Copies) -> Looks:
        rows, lead = copies.rows, copies.rows.shape[:3]  # looks, sites and layers
        summary = describe(rows.reshape(math.prod(lead), math.prod(rows.shape[3:])))
        saturated, dead = flat_shares(copies.n_flat, self.trainer.n)
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


def _norm(vector: Array) -> float:
    """Return the Euclidean norm; in float64 where a float32 could not hold its square."""
    square = float(vector.dot(vector))
    if 1e-30 < square < 1e30:
        return math.sqrt(square)
    return float(np.linalg.norm(vector.astype(np.float64)))
