"""The four runs with and without norm, with and without noise, from one start."""

from bnviz.labs.why.learner import Learner, Path
from bnviz.labs.why.settings import Settings

ARMS = {
    "none": ("none", False),
    "bn": ("bn", False),
    "noisy_bn": ("bn", True),
    "noisy_none": ("none", True),
}
"""Name -> (norm, whether there is noise)."""


class Arms:
    """Train the four networks side by side, a step of each in every piece.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> arms = Arms(Settings())
    >>> arms.advance()
    >>> arms.finished, arms.trace()["bn"].n_done
    (False, 1)
    """

    def __init__(self, settings: Settings) -> None:
        self._learners = {
            name: Learner(settings, norm, settings.noise if noisy else 0.0)
            for name, (norm, noisy) in ARMS.items()
        }

    @property
    def finished(self) -> bool:
        """Whether all networks have done all their steps."""
        return all(learner.finished for learner in self._learners.values())

    def advance(self) -> None:
        """Do a step of each network."""
        for learner in self._learners.values():
            learner.advance()

    def trace(self) -> dict[str, Path]:
        """Give what each has done so far."""
        return {name: learner.path() for name, learner in self._learners.items()}
