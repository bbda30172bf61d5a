"""The run: two networks, the same start, the same batches, batch normalization in one of them.

Shape legend: S steps, N batch, D inputs, C width.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train import evaluation
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import Arm, Pieces, finish
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH, WITHOUT, NetworkTrace, Trace

N_HELD_OUT = 256
"""Held-out examples of a snapshot: every batch size divides it."""
N_TRUE = 256
"""Training examples behind the true statistics, or two batches if that is more."""
N_COUNTED = 2048
"""Values of a layer that its histogram counts, more or less: enough for a smooth one."""
N_SNAPSHOTS = 21
"""Evenly over the run. A snapshot costs about as much as ten training steps."""
EARLY = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 60, 80)
"""These come on top: a network learns most, and diverges, in its first steps."""
N_UNITS = 8
"""Units of each layer whose statistics are kept."""
OF_THE_NETWORK = ["width", "depth", "activation", "placement", "momentum", "eps", "optimizer", "lr"]
"""Settings that describe a network."""


class Snapshot(NamedTuple):
    """One network at one step: what the evaluator saw, and the size of the last update."""

    seen: evaluation.Snapshot
    update_ratio: Array


class Experiment:
    """A run that can be watched while it goes on.

    Examples
    --------
    >>> experiment = Experiment(Settings(depth=1, width=8, n_steps=100))
    >>> for _ in range(4):
    ...     experiment.advance()
    >>> experiment.trace().steps
    array([0, 1, 2, 3])
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        split = data.load(settings.dataset)
        self._x, self._y = split.x_train, split.y_train
        parts = {name: getattr(settings, name) for name in OF_THE_NETWORK}
        spec = Spec(n_inputs=self._x.shape[1], n_classes=split.n_classes, **parts)
        weights = mlp_weights(spec.sizes, spec.activation, settings.init_scale, settings.seed)
        self.weights = [w.astype(np.float32) for w in weights]
        self.order = batch_order(len(self._x), settings.batch_size, settings.n_steps, settings.seed)
        self.trainers = {
            norm: Trainer(replace(spec, norm=norm), self.weights, self._x, self._y, self.order)
            for norm in (WITH, WITHOUT)
        }
        many = self._x[: max(N_TRUE, 2 * settings.batch_size)]
        every = max(1, N_HELD_OUT * settings.width // N_COUNTED)
        held_out = split.x_test[:N_HELD_OUT], split.y_test[:N_HELD_OUT]
        self._evaluators = {
            norm: evaluation.Evaluator(trainer, *held_out, many, every=every, n_units=N_UNITS)
            for norm, trainer in self.trainers.items()
        }
        self._n_done = 0
        grid = np.linspace(0, settings.n_steps, N_SNAPSHOTS).round().astype(int)
        self.steps = np.unique([*EARLY, *grid])
        self.snapshots: dict[str, list[Snapshot]] = {
            norm: [self._snapshot(norm, None)] for norm in self.trainers
        }

    @property
    def n_taken(self) -> int:
        """Snapshots taken."""
        return len(self.snapshots[WITH])

    @property
    def finished(self) -> bool:
        """Whether all snapshots are taken."""
        return self.n_taken == len(self.steps)

    def advance(self) -> None:
        """Do one training step of both networks, and take a snapshot of each if one is due."""
        self._n_done += 1
        due = self._n_done == self.steps[self.n_taken]
        for norm, trainer in self.trainers.items():
            before = [w.copy() for w in trainer.parameters.weights] if due else None
            trainer.advance(1)
            if due:
                self.snapshots[norm].append(self._snapshot(norm, before))

    def _snapshot(self, norm: str, before: list[Array] | None) -> Snapshot:
        trainer = self.trainers[norm]
        if trainer.diverged_at is not None:
            return _lost(self.snapshots[norm][0])
        return Snapshot(self._evaluators[norm].snapshot(), _update_ratio(trainer, before))

    def trace(self) -> Trace:
        """Return what has been seen so far."""
        networks = {
            norm: _stack(self.trainers[norm].diverged_at, snapshots)
            for norm, snapshots in self.snapshots.items()
        }
        steps, s, spec = self.steps[: self.n_taken], self.settings, self.trainers[WITH].spec
        started = start_hash(self.weights)
        return Trace(steps, networks, started, s.n_steps, s.placement, s.dataset, spec.n_classes)


def measure(settings: Settings) -> Pieces:
    """Train both networks, and offer what has been seen after each piece: a Trace."""
    experiment = Experiment(settings)
    while not experiment.finished:
        experiment.advance()
        yield experiment.trace
    return experiment.trace()


def run(settings: Settings) -> Trace:
    """Train both networks to the end. The same settings give the same bytes.

    Examples
    --------
    >>> trace = run(Settings(depth=1, width=8, n_steps=100))
    >>> trace.finished, trace.networks["bn"].loss.shape
    (True, (25, 2))
    """
    return finish(Arm(measure, (settings,)))


def start_hash(weights: Sequence[Array]) -> str:
    """Return the first 12 digits of the SHA-256 of the initial weights."""
    digest = hashlib.sha256()
    for w in weights:
        digest.update(np.ascontiguousarray(w).tobytes())
    return digest.hexdigest()[:12]


def _update_ratio(trainer: Trainer, before: list[Array] | None) -> Array:
    if before is None:
        return np.full(trainer.spec.depth + 1, np.nan, trainer.dtype)
    norm, pairs = np.linalg.norm, zip(trainer.parameters.weights, before, strict=True)
    with np.errstate(all="ignore"):
        return np.array([norm(w - old) / norm(old) for w, old in pairs])


def _map(function: Any, *parts: Any) -> Any:
    """Apply a function to arrays that lie at the same place in nested tuples."""
    first = parts[0]
    if first is None or isinstance(first, np.ndarray):
        return None if first is None else function(*parts)
    return type(first)(*(_map(function, *inner) for inner in zip(*parts, strict=True)))


def _lost(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same shape that says nothing."""
    return _map(lambda a: np.full_like(a, 0 if a.dtype.kind in "iu" else np.nan), snapshot)


def _stack(diverged_at: int | None, snapshots: list[Snapshot]) -> NetworkTrace:
    together: Snapshot = _map(lambda *arrays: np.stack(arrays), *snapshots)
    # A layer counts at most 2048 values: 16 bits, as a trace travels from process to process.
    small = together.seen.summary._replace(counts=together.seen.summary.counts.astype(np.uint16))
    seen = together.seen._replace(summary=small)._asdict()
    return NetworkTrace(diverged_at=diverged_at, update_ratio=together.update_ratio, **seen)
