"""Dropout in front of batch norm: what the layers learn is not what they meet in evaluation.

Shape legend: L hidden layers, N examples, C width.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.passes import forward, loss_and_accuracy
from bnviz.core.stats.precise import precise_stats
from bnviz.core.theory import RELU_MEAN, RELU_VAR, dropout_variance_shift
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits
from bnviz.labs.arm import Arm, Pieces, finish, together
from bnviz.labs.regularization.bands import Bands, bands
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
    """Return the closed form for each layer: 1 where no dropout stands in front of it."""
    one = dropout_variance_shift(1 - settings.dropout, RELU_MEAN, RELU_VAR)
    return np.array([1.0, *[one if settings.position == "every" else 1.0] * (DEPTH - 1)])


@dataclass(frozen=True, eq=False)
class Dropped:
    """A network with dropout, and what is recorded of others."""

    shift: Shift
    bands: Bands


def trainer_of(settings: Settings) -> Trainer:
    """Return a network with batch norm and dropout, on clean digits."""
    spec = digits.spec(
        width=WIDTH, depth=DEPTH, lr=LR, dropout=settings.dropout,
        dropout_position=settings.position, dropout_seed=settings.seed,
    )  # fmt: skip
    return digits.trainer(spec, batch_size=BATCH, n_steps=N_STEPS, seed=settings.seed)


def shift_of(trainer: Trainer, expected_L: Array) -> Shift:
    """Return what a trained network meets in evaluation, with both statistics."""
    split = data.load("digits")
    spec, parameters, running = trainer.spec, trainer.parameters, trainer.running_stats
    x_ND = split.x_train[:N_MEASURED]
    again = precise_stats(forward(spec, parameters, x_ND, batch_size=BATCH))
    passes = [forward(spec, parameters, split.x_test, running_stats=s) for s in (running, again)]
    loss, accuracy = np.array([loss_and_accuracy(p.logits, split.y_test) for p in passes]).T
    learned_L = running[1].mean(-1).astype(np.float64)
    met_L = np.array([z_NC.var(0).mean() for z_NC in passes[0].linear]) / learned_L
    alone_L = again[1].mean(-1) / learned_L
    return Shift(met_L, alone_L, expected_L, loss, accuracy)


def learn(settings: Settings) -> Pieces:
    """Train one network with dropout, and measure its Shift after the last step."""
    trainer, expected_L = trainer_of(settings), expected(settings)
    four, two = np.full(DEPTH, np.nan), np.full(2, np.nan)
    while trainer.n_done < N_STEPS:
        trainer.advance(PIECE)
        yield lambda: Shift(four, four, expected_L, two, two)
    return shift_of(trainer, expected_L)


def measure(settings: Settings) -> Pieces:
    """Train one network with dropout, and put it beside those recorded: a Dropped."""
    arms = {"shift": Arm(learn, (settings,))}
    return (yield from together(arms, partial(Dropped, bands=bands())))


def scores(settings: Settings) -> Mapping[str, Array]:
    """Return loss and accuracy with either statistics, shape (2,), for the record."""
    found = finish(Arm(learn, (settings,)))
    return {"loss": found.loss, "accuracy": found.accuracy}
