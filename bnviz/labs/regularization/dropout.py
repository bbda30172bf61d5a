"""Dropout in front of batch norm: what the layers learn is not what they meet in evaluation.

Shape legend: L hidden layers, N examples, C width.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward, loss_and_accuracy
from bnviz.core.network.spec import Spec
from bnviz.core.stats.precise import precise_stats
from bnviz.core.theory import RELU_MEAN, RELU_VAR, dropout_variance_shift
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.regularization.settings import Settings

Array = NDArray[np.float64]

WIDTH, DEPTH, BATCH, LR, N_STEPS = 64, 4, 32, 0.05, 600
N_MEASURED = 1408
"""Training images for the statistics: whole batches."""
PIECE = 5
STATISTICS = ("running", "re-estimated")


@dataclass(frozen=True, eq=False)
class Shift:
    """What a network with dropout meets in evaluation; NaN before its end.

    Attributes
    ----------
    met : array, shape (L,)
        Variance of what each BN layer reads in evaluation, on unseen images, over its running
        variance; both are means over the units.
    alone : array, shape (L,)
        The same on training images, if the layers below had no shift.
    expected : array, shape (L,)
        Of ``alone``, by the closed form for independent ReLU units.
    loss, accuracy : arrays, shape (2,)
        On unseen images, with the statistics of ``STATISTICS``.
    """

    met: Array
    alone: Array
    expected: Array
    loss: Array
    accuracy: Array

    @property
    def finished(self) -> bool:
        """Whether the network is trained and measured."""
        return bool(np.isfinite(self.accuracy).all())


def expected(settings: Settings) -> Array:
    """Give the closed form for each layer: 1 where no dropout stands in front of it."""
    one = dropout_variance_shift(1 - settings.dropout, RELU_MEAN, RELU_VAR)
    return np.array([1.0, *[one if settings.position == "every" else 1.0] * (DEPTH - 1)])


class Dropping:
    """One network with batch norm and dropout, on clean digits."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._split = settings, data.load("digits")
        spec = Spec(
            n_inputs=64, width=WIDTH, depth=DEPTH, n_classes=10, lr=LR, dropout=settings.dropout,
            dropout_position=settings.position, dropout_seed=settings.seed,
        )  # fmt: skip
        x, labels, seed = self._split.x_train, self._split.y_train, settings.seed
        weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
        order_SN = batch_order(len(x), BATCH, N_STEPS, seed)
        self.trainer = Trainer(spec, weights, x, labels, order_SN)
        four, two = np.full(DEPTH, np.nan), np.full(2, np.nan)
        self.shift = Shift(four, four, expected(settings), two, two)

    @property
    def finished(self) -> bool:
        """Whether it is trained and measured."""
        return self.shift.finished

    def advance(self) -> None:
        """Do some steps; measure after the last."""
        self.trainer.advance(PIECE)
        if self.trainer.n_done == N_STEPS:
            self.shift = self._measure()

    def _measure(self) -> Shift:
        trainer, split = self.trainer, self._split
        spec, parameters, running = trainer.spec, trainer.parameters, trainer.running_stats
        again = precise_stats(spec, parameters, split.x_train[:N_MEASURED], batch_size=BATCH)
        passes = [
            forward(spec, parameters, split.x_test, running_stats=statistics)
            for statistics in (running, again)
        ]
        loss, accuracy = np.array([loss_and_accuracy(p.logits, split.y_test) for p in passes]).T
        learned_L = running[1].mean(-1).astype(np.float64)
        met_L = np.array([z_NC.var(0).mean() for z_NC in passes[0].linear]) / learned_L
        alone_L = again[1].mean(-1) / learned_L
        return Shift(met_L, alone_L, self.shift.expected, loss, accuracy)


def measure(settings: Settings) -> Shift:
    """Train and measure."""
    dropping = Dropping(settings)
    while not dropping.finished:
        dropping.advance()
    return dropping.shift


def scores(settings: Settings) -> Mapping[str, Array]:
    """Give loss and accuracy with either statistics, shape (2,), for the record."""
    found = measure(settings)
    return {"loss": found.loss, "accuracy": found.accuracy}
