"""Networks that are given wrong labels, and how many of these they learn by heart.

Shape legend: P points in time, M examples, D inputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits
from bnviz.labs.arm import Arm, Pieces, finish, together
from bnviz.labs.regularization.bands import Bands, bands
from bnviz.labs.regularization.settings import NORMS, Settings

Array = NDArray[np.float64]

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
    n_wrong : int
        Wrong labels.
    """

    steps: NDArray[np.int_]
    memorized: Array
    corrected: Array
    accuracy: Array
    n_wrong: int

    @property
    def n_done(self) -> int:
        """How many points are known."""
        return int(np.isfinite(self.accuracy).sum())

    @property
    def finished(self) -> bool:
        """Whether the network has done all its steps."""
        return self.n_done == len(self.steps)

    def copy(self) -> "Curve":
        """Return a copy that does not grow."""
        growing = ("memorized", "corrected", "accuracy")
        return replace(self, **{name: getattr(self, name).copy() for name in growing})


@dataclass(frozen=True, eq=False)
class Memory:
    """The two networks that train live, and what is recorded.

    Attributes
    ----------
    plain, normed : Curve
        Without a norm, and with batch norm.
    bands : Bands
    """

    plain: Curve
    normed: Curve
    bands: Bands

    @property
    def finished(self) -> bool:
        """Whether both have come to their end."""
        return self.plain.finished and self.normed.finished


class Learner:
    """Train one network on labels of which a share is wrong."""

    def __init__(self, settings: Settings, norm: str, share: float) -> None:
        split = data.load("digits")
        self._x_MD, self._true_M = split.x_train[:N_IMAGES], split.y_train[:N_IMAGES]
        self._given_M = data.flip_labels(self._true_M, share, split.n_classes, settings.seed)
        self._wrong_M = self._given_M != self._true_M
        self._x_test, self._y_test = split.x_test, split.y_test
        spec = digits.spec(width=settings.width, depth=DEPTH, norm=norm, lr=settings.lr)
        order_SN = batch_order(N_IMAGES, settings.batch_size, settings.n_steps, settings.seed)
        weights = mlp_weights(spec.sizes, spec.activation, 1.0, settings.seed)
        self.trainer = Trainer(spec, weights, self._x_MD, self._given_M, order_SN)
        points = np.linspace(0, settings.n_steps, N_POINTS + 1).astype(int)[1:]
        memorized, corrected, accuracy = np.full((3, N_POINTS), np.nan)
        n_wrong = int(self._wrong_M.sum())
        self.curve = Curve(points, memorized, corrected, accuracy, n_wrong)

    def advance(self) -> None:
        """Do some steps, and look at the network where a point of the curve is due."""
        if self.curve.finished:
            return
        point = self.curve.n_done
        due = int(self.curve.steps[point])
        self.trainer.advance(min(PIECE, due - self.trainer.n_done))
        if self.trainer.n_done == due or self.trainer.diverged_at is not None:
            given_M = self._predict(self._x_MD)
            if self.curve.n_wrong:
                wrong = self._wrong_M
                self.curve.memorized[point] = (given_M == self._given_M)[wrong].mean()
                self.curve.corrected[point] = (given_M == self._true_M)[wrong].mean()
            self.curve.accuracy[point] = (self._predict(self._x_test) == self._y_test).mean()

    def _predict(self, x_MD: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the class of each image, in evaluation mode."""
        trainer = self.trainer
        running = trainer.running_stats if trainer.spec.over_batch else None
        done = forward(trainer.spec, trainer.parameters, x_MD, running_stats=running)
        return np.asarray(done.logits.argmax(-1))


def learn(settings: Settings, norm: str, share: float) -> Pieces:
    """Train one network, and return its Curve."""
    learner = Learner(settings, norm, share)
    while not learner.curve.finished:
        learner.advance()
        yield learner.curve.copy
    return learner.curve


def measure(settings: Settings) -> Pieces:
    """Train without a norm and with batch norm, side by side, a Memory; layer norm is recorded."""
    runs = {"plain": "none", "normed": "bn"}
    arms = {name: Arm(learn, (settings, norm, settings.wrong)) for name, norm in runs.items()}
    return (yield from together(arms, partial(Memory, bands=bands())))


def trained(settings: Settings, norm: str, share: float | None = None) -> Curve:
    """Do all steps of one network; the share of wrong labels is that of the settings."""
    return finish(Arm(learn, (settings, norm, settings.wrong if share is None else share)))


def curves(settings: Settings) -> Mapping[str, Array]:
    """Return the curves of all norms, each of shape (norms, P), for the record."""
    found = [trained(settings, norm) for norm in NORMS]
    names = ("memorized", "accuracy")
    return {name: np.stack([getattr(curve, name) for curve in found]) for name in names}


def clean(settings: Settings) -> Mapping[str, Array]:
    """Return the accuracy at the end with right labels, shape (norms,), for the record."""
    return {"accuracy": np.array([trained(settings, norm, 0.0).accuracy[-1] for norm in NORMS])}
