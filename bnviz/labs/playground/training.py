"""One network trains: what is seen of it in training mode, and what evaluation mode will need.

Nothing here depends on momentum: running statistics change nothing in training.

Shape legend: N batch, D inputs, L hidden layers, C width, P parameters, S steps.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.evaluation import HeldOut, TrainingLook, TrainingMode
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import Pieces
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH

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


class Checkpoint(NamedTuple):
    """What evaluation mode needs of one snapshot.

    Attributes
    ----------
    flat : array, shape (P,)
        All parameters.
    batch_stats : list of arrays, shape (2, L, C)
        Mean and biased variance of each batch since the snapshot before.
    """

    flat: Array
    batch_stats: list[Array]


FORGOTTEN = Checkpoint(np.empty(0, np.float32), [])


@dataclass(eq=False)
class Trained:
    """A network so far. The lists have an entry for each snapshot, and grow while it trains.

    Attributes
    ----------
    start_hash : str
        Of the initial weights.
    looks : list of TrainingLook
        They end where the network diverges.
    update_ratios : list of arrays, shape (L + 1,)
    checkpoints : list of Checkpoint
        With batch normalization.
    diverged_at : int or None
    n_taken : int
        Snapshots that are due so far, those after a divergence included.
    """

    start_hash: str
    looks: list[TrainingLook] = field(default_factory=list)
    update_ratios: list[Array] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)
    diverged_at: int | None = None
    n_taken: int = 0

    def forget(self) -> None:
        """Let go of what the checkpoints hold, which is much."""
        self.checkpoints[:] = [FORGOTTEN] * len(self.checkpoints)


class Training:
    """A training that can be watched while it goes on.

    Examples
    --------
    >>> training = Training(Settings(depth=1, width=8, n_steps=100), WITH)
    >>> for _ in range(4):
    ...     training.advance()
    >>> training.trained.n_taken, len(training.trained.checkpoints[3].batch_stats)
    (4, 1)
    """

    def __init__(self, settings: Settings, norm: str) -> None:
        split, spec = data.load(settings.dataset), spec_of(settings, norm)
        self.weights = start_weights(settings)
        order = order_of(settings)
        self.trainer = Trainer(spec, self.weights, split.x_train, split.y_train, order)
        many = split.x_train[: max(N_TRUE, 2 * settings.batch_size)]
        self._mode = TrainingMode(self.trainer, held_out(settings), many, n_units=N_UNITS)
        self._steps, self._n_done = snapshot_steps(settings.n_steps), 0
        self._batch_stats: list[Array] = []
        self.trained = Trained(start_hash(self.weights))
        self._look(None)

    @property
    def finished(self) -> bool:
        """Whether all snapshots are taken."""
        return self.trained.n_taken == len(self._steps)

    def advance(self) -> None:
        """Do one training step, and take a snapshot if one is due."""
        self._n_done += 1
        trainer, due = self.trainer, self._n_done == self._steps[self.trained.n_taken]
        before = [w.copy() for w in trainer.parameters.weights] if due else None
        trainer.advance(1)
        self.trained.diverged_at = trainer.diverged_at
        if trainer.spec.norm == WITH and trainer.diverged_at is None:
            self._batch_stats.append(trainer.batch_stats.copy())
        if due:
            self._look(before)

    def _look(self, before: list[Array] | None) -> None:
        trained, trainer = self.trained, self.trainer
        trained.n_taken += 1
        if trained.diverged_at is not None:
            return
        trained.looks.append(self._mode.look())
        trained.update_ratios.append(_update_ratio(trainer, before))
        if trainer.spec.norm == WITH:
            flat = trainer.parameters.flat.copy()
            trained.checkpoints.append(Checkpoint(flat, self._batch_stats))
            self._batch_stats = []


def train(settings: Settings, norm: str) -> Pieces:
    """Train one network to the end, a step at a time, and offer what there is of it: Trained."""
    training = Training(settings, norm)
    while not training.finished:
        yield lambda: training.trained
        training.advance()
    return training.trained


def spec_of(settings: Settings, norm: str) -> Spec:
    """Return the description of the network with or without batch normalization."""
    split = data.load(settings.dataset)
    parts = {name: getattr(settings, name) for name in OF_THE_NETWORK}
    n_inputs = split.x_train.shape[1]
    return Spec(n_inputs=n_inputs, n_classes=split.n_classes, norm=norm, **parts)


def start_weights(settings: Settings) -> list[Array]:
    """Return the initial weights, which both networks share, arrays of shape (D, C)."""
    spec = spec_of(settings, WITH)
    weights = mlp_weights(spec.sizes, spec.activation, settings.init_scale, settings.seed)
    return [w.astype(np.float32) for w in weights]


def order_of(settings: Settings) -> Array:
    """Return the examples of each step, which both networks share, shape (S, N)."""
    n_examples = len(data.load(settings.dataset).x_train)
    return batch_order(n_examples, settings.batch_size, settings.n_steps, settings.seed)


def held_out(settings: Settings) -> HeldOut:
    """Return the examples on which both networks are looked at."""
    split = data.load(settings.dataset)
    every = max(1, N_HELD_OUT * settings.width // N_COUNTED)
    return HeldOut(split.x_test[:N_HELD_OUT], split.y_test[:N_HELD_OUT], every)


def snapshot_steps(n_steps: int) -> Array:
    """Return the steps after which a run is looked at; the first is 0."""
    grid = np.linspace(0, n_steps, N_SNAPSHOTS).round().astype(int)
    return np.unique([*EARLY, *grid])


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
