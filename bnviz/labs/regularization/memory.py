"""Networks that are given wrong labels, and how many of these they learn by heart.

Shape legend: P points in time, M examples, D inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.regularization.settings import Settings

Array = NDArray[np.float64]

NORMS = ("none", "bn", "ln")
LIVE = ("none", "bn")
"""Trained while the reader waits; layer norm is recorded."""
N_IMAGES, DEPTH = 384, 2
N_POINTS = 20
PIECE = 25
"""Steps that are done between two looks at the clock."""


@dataclass(frozen=True, eq=False)
class Curve:
    """How a network did over the steps, in evaluation mode; NaN where it has not come to yet.

    Attributes
    ----------
    steps : array of int, shape (P,)
    memorized : array, shape (P,)
        Share of the wrong labels that the network gives.
    corrected : array, shape (P,)
        Share of the wrongly labelled images to which it gives their true class.
    accuracy : array, shape (P,)
        On 360 unseen images, whose labels are right.
    """

    steps: NDArray[np.int_]
    memorized: Array
    corrected: Array
    accuracy: Array

    @property
    def n_done(self) -> int:
        """How many points are known."""
        return int(np.isfinite(self.accuracy).sum())

    @property
    def finished(self) -> bool:
        """Whether the network has done all its steps."""
        return self.n_done == len(self.steps)

    def copy(self) -> "Curve":
        """Give a copy that does not grow."""
        return Curve(*(getattr(self, part.name).copy() for part in fields(self)))


@dataclass(frozen=True, eq=False)
class Memory:
    """The two networks that train live, and how many labels are wrong.

    Attributes
    ----------
    plain, normed : Curve
        Without a norm, and with batch norm.
    n_wrong : int
    """

    plain: Curve
    normed: Curve
    n_wrong: int

    @property
    def finished(self) -> bool:
        """Whether both have come to their end."""
        return self.plain.finished and self.normed.finished


class Learner:
    """Train one network on labels of which some are wrong.

    Parameters
    ----------
    settings : Settings
        Its batch size, steps, learning rate, width and seed.
    norm : str
        A norm of ``Spec``.
    share : float
        Of wrong labels, from 0 to 1.
    """

    def __init__(self, settings: Settings, norm: str, share: float) -> None:
        split = data.load("digits")
        self._x_MD, self._true_M = split.x_train[:N_IMAGES], split.y_train[:N_IMAGES]
        self._given_M = data.flip_labels(self._true_M, share, split.n_classes, settings.seed)
        self._wrong_M = self._given_M != self._true_M
        self._x_test, self._y_test = split.x_test, split.y_test
        self.n_wrong = int(self._wrong_M.sum())
        spec = Spec(
            n_inputs=64, width=settings.width, depth=DEPTH, n_classes=10, norm=norm, lr=settings.lr
        )
        order_SN = batch_order(N_IMAGES, settings.batch_size, settings.n_steps, settings.seed)
        weights = mlp_weights(spec.sizes, spec.activation, 1.0, settings.seed)
        self.trainer = Trainer(spec, weights, self._x_MD, self._given_M, order_SN)
        points = np.linspace(0, settings.n_steps, N_POINTS + 1).astype(int)[1:]
        self.curve = Curve(points, *(np.full(N_POINTS, np.nan) for _ in range(3)))

    def advance(self) -> None:
        """Do some steps, and look at the network where a point of the curve is due."""
        if self.curve.finished:
            return
        point = self.curve.n_done
        due = int(self.curve.steps[point])
        self.trainer.advance(min(PIECE, due - self.trainer.n_done))
        if self.trainer.n_done == due or self.trainer.diverged_at is not None:
            given_M = self._predict(self._x_MD)
            if self.n_wrong:
                wrong = self._wrong_M
                self.curve.memorized[point] = (given_M == self._given_M)[wrong].mean()
                self.curve.corrected[point] = (given_M == self._true_M)[wrong].mean()
            self.curve.accuracy[point] = (self._predict(self._x_test) == self._y_test).mean()

    def _predict(self, x_MD: NDArray[np.float32]) -> NDArray[np.intp]:
        """Give the class of each image, in evaluation mode."""
        trainer = self.trainer
        running = trainer.running_stats if trainer.spec.over_batch else None
        done = forward(trainer.spec, trainer.parameters, x_MD, running_stats=running)
        best: NDArray[np.intp] = done.logits.argmax(-1)
        return best


def trained(settings: Settings, norm: str, share: float | None = None) -> Curve:
    """Do all steps of one network; the share of wrong labels is that of the settings."""
    learner = Learner(settings, norm, settings.wrong if share is None else share)
    while not learner.curve.finished:
        learner.advance()
    return learner.curve


def curves(settings: Settings) -> Mapping[str, Array]:
    """Give the curves of all norms, each of shape (norms, P), for the record."""
    found = [trained(settings, norm) for norm in NORMS]
    names = ("memorized", "accuracy")
    return {name: np.stack([getattr(curve, name) for curve in found]) for name in names}


def clean(settings: Settings) -> Mapping[str, Array]:
    """Give the accuracy at the end on labels that are all right, shape (norms,), for the record."""
    return {"accuracy": np.array([trained(settings, norm, 0.0).accuracy[-1] for norm in NORMS])}
