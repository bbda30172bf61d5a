"""Evaluation mode of a network that has been trained: the filter of its statistics, and the looks.

PyTorch's running statistics are a linear filter of those of the batches. So a moved momentum needs
no training: the batches' statistics and the weights at each snapshot are enough.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.train.evaluation import EvaluationMode, Look
from bnviz.core.train.tracking import Tracking, momentum_weight
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import WITH
from bnviz.labs.playground.training import (
    N_UNITS,
    Checkpoint,
    held_out,
    order_of,
    snapshot_steps,
    spec_of,
)


class Running:
    """Follow a training, from snapshot to snapshot, with a momentum of one's own.

    Attributes
    ----------
    looks : list of Look
        In evaluation mode, one for each checkpoint that was read.
    running_stats : list of arrays, shape (2, L, U)
        At each of them, those of the first units. The same bytes as the trainer's own would have.
    """

    def __init__(self, settings: Settings) -> None:
        split = data.load(settings.dataset)
        self._x, self._y, self._order = split.x_train, split.y_train, order_of(settings)
        self._steps, self._momentum = snapshot_steps(settings.n_steps), settings.momentum
        n = settings.batch_size
        self._mode = EvaluationMode(spec_of(settings, WITH), held_out(settings), n)
        self._tracking, self._n_seen = Tracking(self._mode.running_stats, n), 0
        self.looks: list[Look] = []
        self.running_stats: list[Array] = []

    def read(self, checkpoint: Checkpoint) -> None:
        """Filter the statistics of the batches since the last checkpoint, and look."""
        with np.errstate(all="ignore"):
            for batch_stats in checkpoint.batch_stats:
                self._n_seen += 1
                weight = momentum_weight(self._momentum, self._n_seen)
                self._tracking.follow(batch_stats, weight)
        self._mode.parameters.flat[...] = checkpoint.flat
        step = min(self._steps[len(self.looks)], len(self._order) - 1)
        batch = self._order[step]
        self.looks.append(self._mode.look(self._x[batch], self._y[batch]))
        self.running_stats.append(self._mode.running_stats[..., :N_UNITS].copy())
