"""The four runs with and without norm, with and without noise, from one start."""

from functools import lru_cache

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

    Notes
    -----
    Networks are remembered: those without noise need no training when the noise is moved.

    Examples
    --------
    >>> arms = Arms(Settings(seed=95))
    >>> arms.advance()
    >>> arms.finished, arms.trace()["bn"].n_done
    (False, 1)
    """

    def __init__(self, settings: Settings) -> None:
        needs = {name: getattr(settings, name) for name in ("lr", "depth", "batch_size", "seed")}
        self._learners = {
            name: _learner(norm, settings.noise if noisy else 0.0, **needs)
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


@lru_cache(maxsize=12)
def _learner(norm: str, noise: float, **needs: float) -> Learner:
    """Give a network, as far as it is trained."""
    return Learner(Settings(**needs), norm, noise)  # type: ignore[arg-type]
