"""Evaluation mode of a network that has been trained: the filter of its statistics, and the looks.

PyTorch's running statistics are a linear filter of those of the batches. So a moved momentum needs
no training: the batches' statistics and the weights at each snapshot are enough.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.train.evaluation import Look
from bnviz.core.train.tracking import Tracking, momentum_weight
from bnviz.labs.playground.modes import N_UNITS, evaluation_mode
from bnviz.labs.playground.networks import next_batch, order_of, snapshot_steps
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.training import Checkpoint


class Filter:
    """The running statistics of a training, snapshot by snapshot, with a momentum of one's own.

    Attributes
    ----------
    stats : array, shape (2, L, C)
        Running means and variances. The same bytes as the trainer's own would have.
    """

    def __init__(self, settings: Settings) -> None:
        start = np.zeros((2, settings.depth, settings.width), np.float32)
        start[1] = 1
        self._momentum = settings.momentum
        self._tracking, self._n_seen = Tracking(start, settings.batch_size), 0

    @property
    def stats(self) -> Array:
        """Return the running means and variances after what was read."""
        return self._tracking.running_stats

    def read(self, checkpoint: Checkpoint) -> None:
        """Filter the statistics of the batches since the last checkpoint."""
        with np.errstate(all="ignore"):
            for batch_stats in checkpoint.batch_stats:
                self._n_seen += 1
                weight = momentum_weight(self._momentum, self._n_seen)
                self._tracking.follow(batch_stats, weight)


class Running:
    """Follow a training, from snapshot to snapshot, with a momentum of one's own.

    Attributes
    ----------
    looks : list of Look
        In evaluation mode, one for each checkpoint that was read.
    running_stats : list of arrays, shape (2, L, U)
        At each of them, those of the first units.
    """

    def __init__(self, settings: Settings) -> None:
        split = data.load(settings.dataset)
        self._x, self._y, self._order = split.x_train, split.y_train, order_of(settings)
        self._steps, self._settings = snapshot_steps(settings.n_steps), settings
        self._filter = Filter(settings)
        self.looks: list[Look] = []
        self.running_stats: list[Array] = []

    def read(self, checkpoint: Checkpoint) -> None:
        """Filter the statistics of the batches since the last checkpoint, and look."""
        self._filter.read(checkpoint)
        stats = self._filter.stats
        batch = next_batch(self._order, self._steps[len(self.looks)])
        mode, x, labels = evaluation_mode(self._settings), self._x[batch], self._y[batch]
        self.looks.append(mode.look(checkpoint.flat, stats, x, labels))
        self.running_stats.append(stats[..., :N_UNITS].copy())
