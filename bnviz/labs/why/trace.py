"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.why import correlation
from bnviz.labs.why.correlation import Correlation
from bnviz.labs.why.learner import Learner, Path
from bnviz.labs.why.settings import Settings

ARMS = {
    "none": ("none", False),
    "bn": ("bn", False),
    "noisy_bn": ("bn", True),
    "noisy_none": ("none", True),
}
"""Name -> (norm, whether there is noise)."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What the views show.

    Attributes
    ----------
    settings : Settings
    none, bn, noisy_bn, noisy_none : Path
        The same start and the same batches, without and with norm and noise.
    correlation : Correlation
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    none: Path
    bn: Path
    noisy_bn: Path
    noisy_none: Path
    correlation: Correlation
    steps: NDArray[np.int_]
    n_steps: int = 0

    @property
    def paths(self) -> dict[str, Path]:
        """The four runs by name."""
        return {name: getattr(self, name) for name in ARMS}

    @property
    def finished(self) -> bool:
        """Whether all four runs are over."""
        return all(path.finished for path in self.paths.values())


class Experiment:
    """The run in pieces: one training step of each network in each of them.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().bn.n_done
    (False, 1)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._correlation = correlation.measure(settings)
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

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        none, bn, noisy_bn, noisy_none = (learner.path() for learner in self._learners.values())
        return Trace(
            self.settings, none, bn, noisy_bn, noisy_none, self._correlation, np.array([0])
        )


def run(settings: Settings) -> Trace:
    """Measure everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.
    """
    return finish(Experiment(settings))
