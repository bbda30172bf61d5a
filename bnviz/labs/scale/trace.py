"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.scale import flat, spectral
from bnviz.labs.scale.balance import Balance, Balancing
from bnviz.labs.scale.flat import Flat
from bnviz.labs.scale.pace import Pace, Racing
from bnviz.labs.scale.settings import Settings
from bnviz.labs.scale.spectral import Spectral


@dataclass(frozen=True, eq=False)
class Trace:
    """What the four views show.

    Attributes
    ----------
    settings : Settings
    flat : Flat
    pace : Pace
    balance : Balance
    spectral : Spectral
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    flat: Flat
    pace: Pace
    balance: Balance
    spectral: Spectral
    steps: NDArray[np.int_]
    n_steps: int = 0


class Experiment:
    """The run in pieces: one training step of one network in each of them.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().pace.plain.n_done
    (False, 1)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._flat, self._spectral = flat.measure(settings), spectral.measure(settings)
        self._racing, self._balancing = Racing(settings), Balancing(settings)
        self._learners = [*self._racing.learners.values(), *self._balancing.learners]

    @property
    def finished(self) -> bool:
        """Whether all networks have done all their steps."""
        return all(learner.finished for learner in self._learners)

    def advance(self) -> None:
        """Do a step of each network of the race, and after its end of the others."""
        racing = list(self._racing.learners.values())
        for learner in racing if not racing[-1].finished else self._balancing.learners:
            learner.advance()

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        return Trace(
            self.settings,
            self._flat,
            self._racing.pace(),
            self._balancing.balance(),
            self._spectral,
            np.array([0]),
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
