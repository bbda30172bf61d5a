"""The pace of training: weights of another scale at the same learning rate, and at a matching one.

Shape legend: S steps.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from bnviz.core.array import Array
from bnviz.core.theory import twin_at_scale
from bnviz.labs.arm import Pieces, together
from bnviz.labs.scale.learner import Path, arm
from bnviz.labs.scale.settings import Settings

N_STEPS = 150
ARMS = {"plain": "a = 1", "scaled": "same learning rate", "twin": "learning rate × a²"}


@dataclass(frozen=True, eq=False)
class Pace:
    """Three runs from the same directions of the weights, on the same batches.

    Attributes
    ----------
    plain, scaled, twin : Path
        Weights of scale 1; of scale a, with the same learning rate; of scale a, with a² times the
        learning rate (and a² times epsilon) for the hidden weights.
    lr, twin_lr : float
    """

    plain: Path
    scaled: Path
    twin: Path
    lr: float
    twin_lr: float

    @property
    def finished(self) -> bool:
        """Whether all three have come to their end."""
        return self.plain.finished and self.scaled.finished and self.twin.finished

    @property
    def apart(self) -> float:
        """The largest distance of the losses of the first run and its twin, in nats."""
        return float(np.abs(self.twin.loss - self.plain.loss).max())

    @property
    def effective_lr(self) -> dict[str, Array]:
        """The effective learning rate before each step, of each run."""
        rates = {"plain": self.lr, "scaled": self.lr, "twin": self.twin_lr}
        return {name: getattr(self, name).effective_lr(lr) for name, lr in rates.items()}


def measure(settings: Settings) -> Pieces:
    """Train the three networks of a Pace side by side."""
    a, lr = settings.scale, settings.lr
    same = twin_at_scale(a, lr=lr, eps=settings.eps)
    runs = {
        "plain": arm(settings, N_STEPS, lr=lr),
        "scaled": arm(settings, N_STEPS, lr=lr, scale=a),
        "twin": arm(settings, N_STEPS, lr=lr, scale=a, lr_hidden=same.lr, eps=same.eps),
    }
    return (yield from together(runs, partial(Pace, lr=lr, twin_lr=same.lr)))
