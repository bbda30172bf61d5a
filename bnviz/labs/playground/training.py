"""One network trains: what is seen of it in training mode, and what evaluation mode will need.

Nothing here depends on momentum: running statistics change nothing in training.

Shape legend: L hidden layers, C width, P parameters.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.train.evaluation import TrainingLook
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import Pieces
from bnviz.labs.playground.modes import training_mode
from bnviz.labs.playground.networks import (
    order_of,
    snapshot_steps,
    spec_of,
    start_hash,
    start_weights,
)
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH


class Checkpoint(NamedTuple):
    """What evaluation mode, and a drawing of the network, need of one snapshot.

    Attributes
    ----------
    flat : array, shape (P,)
        All parameters.
    batch_stats : list of arrays, shape (2, L, C)
        Mean and biased variance of each batch since the snapshot before; none without a norm.
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
        self._settings = settings
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
        trained.looks.append(training_mode(self._settings, trainer.spec.norm).look(trainer))
        trained.update_ratios.append(_update_ratio(trainer, before))
        trained.checkpoints.append(Checkpoint(trainer.parameters.flat.copy(), self._batch_stats))
        self._batch_stats = []


def train(settings: Settings, norm: str) -> Pieces:
    """Train one network to the end, a step at a time, and offer what there is of it: Trained."""
    training = Training(settings, norm)
    while not training.finished:
        yield lambda: training.trained
        training.advance()
    return training.trained


def _update_ratio(trainer: Trainer, before: list[Array] | None) -> Array:
    if before is None:
        return np.full(trainer.spec.depth + 1, np.nan, trainer.dtype)
    norm, pairs = np.linalg.norm, zip(trainer.parameters.weights, before, strict=True)
    with np.errstate(all="ignore"):
        return np.array([norm(w - old) / norm(old) for w, old in pairs])
