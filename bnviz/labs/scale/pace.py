"""The pace of training: weights of another scale at the same learning rate, and at a matching one.

Shape legend: S steps.
"""

from dataclasses import dataclass

from bnviz.core.theory import twin_at_scale
from bnviz.labs.scale.learner import Learner, Path
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
        return all(path.n_done == N_STEPS for path in (self.plain, self.scaled, self.twin))


class Racing:
    """The three runs."""

    def __init__(self, settings: Settings) -> None:
        a, lr = settings.scale, settings.lr
        same = twin_at_scale(a, lr=lr, eps=settings.eps)
        self.learners = {
            "plain": Learner(settings, N_STEPS, lr=lr),
            "scaled": Learner(settings, N_STEPS, scale=a, lr=lr),
            "twin": Learner(settings, N_STEPS, scale=a, lr=lr, lr_hidden=same.lr, eps=same.eps),
        }
        self._rates = (lr, same.lr)

    @property
    def finished(self) -> bool:
        """Whether all three have done all their steps."""
        return all(learner.finished for learner in self.learners.values())

    def advance(self) -> None:
        """Do a step of each."""
        for learner in self.learners.values():
            learner.advance()

    def trace(self) -> Pace:
        """Give what there is so far."""
        plain, scaled, twin = (learner.path.copy() for learner in self.learners.values())
        return Pace(plain, scaled, twin, *self._rates)
