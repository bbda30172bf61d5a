"""Every number that the lab shows, and the run that gives them, view by view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import Experiment as Work
from bnviz.labs.execution import Once, finish
from bnviz.labs.scale import flat
from bnviz.labs.scale.balance import Balance, Balancing
from bnviz.labs.scale.flat import Flat
from bnviz.labs.scale.pace import Pace, Racing
from bnviz.labs.scale.settings import Settings
from bnviz.labs.scale.spectral import Dividing, Spectral

WORK: Mapping[str, Callable[[Settings], Work[Any]]] = {
    "flat": lambda settings: Once(flat.measure, settings),
    "pace": Racing,
    "balance": Balancing,
    "spectral": Dividing,
}
"""View -> the work that it takes."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What the four views show.

    Attributes
    ----------
    settings : Settings
    found : mapping of str to anything
        View -> what was measured for it, of the views that were asked for.
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    found: Mapping[str, Any]
    steps: NDArray[np.int_]
    n_steps: int = 0

    @property
    def flat(self) -> Flat:
        """Loss and gradient over the scale of the weights."""
        found: Flat = self.found["flat"]
        return found

    @property
    def pace(self) -> Pace:
        """Three starts that differ in scale and rate."""
        found: Pace = self.found["pace"]
        return found

    @property
    def balance(self) -> Balance:
        """The runs with weight decay, and the one without."""
        found: Balance = self.found["balance"]
        return found

    @property
    def spectral(self) -> Spectral:
        """The logits and the runs with spectral normalization."""
        found: Spectral = self.found["spectral"]
        return found


class Experiment:
    """The run in pieces, one view after the other.

    Parameters
    ----------
    settings : Settings
    view : str, optional
        The only view whose work is to be done; the default is all of them.

    Examples
    --------
    >>> experiment = Experiment(Settings(), "pace")
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().pace.plain.n_done
    (False, 1)
    """

    def __init__(self, settings: Settings, view: str | None = None) -> None:
        self.settings = settings
        self._works = {name: WORK[name](settings) for name in ([view] if view else WORK)}

    @property
    def finished(self) -> bool:
        """Whether all the work is done."""
        return all(work.finished for work in self._works.values())

    def advance(self) -> None:
        """Do a piece of the first work that is not done."""
        for work in self._works.values():
            if not work.finished:
                work.advance()
                return

    def trace(self) -> Trace | None:
        """Give what has been measured so far; None while a view cannot be shown yet."""
        found = {view: work.trace() for view, work in self._works.items()}
        if any(part is None for part in found.values()):
            return None
        return Trace(self.settings, found, np.array([0]))


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
    trace = finish(Experiment(settings))
    assert trace is not None  # all the work is done
    return trace
