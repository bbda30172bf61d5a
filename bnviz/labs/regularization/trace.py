"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.regularization.bands import Bands, bands
from bnviz.labs.regularization.dropout import Dropping, Shift
from bnviz.labs.regularization.memory import LIVE, Learner, Memory
from bnviz.labs.regularization.settings import Settings


@dataclass(frozen=True, eq=False)
class Trace:
    """What the three views show; NaN where a view was not asked for.

    Attributes
    ----------
    settings : Settings
    memory : Memory
        For the view "memory".
    shift : Shift
        For the view "dropout".
    bands : Bands
        Of the recorded starts.
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    memory: Memory
    shift: Shift
    bands: Bands
    steps: NDArray[np.int_]
    n_steps: int = 0


class Experiment:
    """The run in pieces: some training steps of each network in each of them.

    Parameters
    ----------
    settings : Settings
    view : str, optional
        The only view whose work is to be done, which may be none; the default is all of them.

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().memory.normed.n_done
    (False, 0)
    >>> Experiment(Settings(), "clean").finished
    True
    """

    def __init__(self, settings: Settings, view: str | None = None) -> None:
        self.settings, self._view = settings, view
        self._learners = [Learner(settings, norm, settings.wrong) for norm in LIVE]
        self._dropping = Dropping(settings)

    @property
    def finished(self) -> bool:
        """Whether all networks have done all their steps."""
        return self._memorized and self._dropped

    @property
    def _memorized(self) -> bool:
        wanted = self._view in (None, "memory")
        return not wanted or all(learner.curve.finished for learner in self._learners)

    @property
    def _dropped(self) -> bool:
        return self._view not in (None, "dropout") or self._dropping.finished

    def advance(self) -> None:
        """Do some steps with wrong labels, and after their end some with dropout."""
        if self._memorized:
            self._dropping.advance()
            return
        for learner in self._learners:
            learner.advance()

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        plain, normed = (learner.curve.copy() for learner in self._learners)
        memory = Memory(plain, normed, self._learners[0].n_wrong)
        return Trace(self.settings, memory, self._dropping.shift, bands(), np.array([0]))


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
