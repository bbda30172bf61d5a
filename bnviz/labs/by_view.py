"""A lab whose views are worth a run each: one trace and one experiment for all of them.

Such a lab says ``BY_VIEW = True`` and has, for each view, the work that it takes. Its own ``Trace``
adds a name and a type for what each view has found.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import Experiment, finish

SettingsT = TypeVar("SettingsT")
TraceT = TypeVar("TraceT", bound="ViewTrace[Any]")

Work = Mapping[str, Callable[[SettingsT], Experiment[Any]]]
"""View -> what begins the work that it takes."""


@dataclass(frozen=True, eq=False)
class ViewTrace(Generic[SettingsT]):
    """What the views show; nothing is played, so there is one step, 0.

    Attributes
    ----------
    settings : the lab's Settings
    found : mapping of str to anything
        View -> what was measured for it, of the views that were asked for.
    steps : array of int, shape (1,)
    n_steps : int
    """

    settings: SettingsT
    found: Mapping[str, Any]
    steps: NDArray[np.int_] = field(default_factory=lambda: np.array([0]))
    n_steps: int = 0


class ViewExperiment(Generic[SettingsT, TraceT]):
    """The run in pieces, one view after the other.

    Parameters
    ----------
    settings : the lab's Settings
    view : str, optional
        The only view whose work is to be done; the default is all of them.

    Attributes
    ----------
    work : mapping
        What a lab sets: view -> what begins its work.
    kind : type
        What a lab sets: its Trace.
    """

    work: ClassVar[Mapping[str, Callable[[Any], Experiment[Any]]]]
    kind: type[TraceT]

    def __init__(self, settings: SettingsT, view: str | None = None) -> None:
        self.settings = settings
        views = [view] if view else self.work
        self._works = {name: self.work[name](settings) for name in views}

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

    def trace(self) -> TraceT | None:
        """Give what has been measured so far; None while a view cannot be shown yet."""
        found = {view: work.trace() for view, work in self._works.items()}
        if any(part is None for part in found.values()):
            return None
        return self.kind(self.settings, found)


def whole(experiment: ViewExperiment[Any, TraceT]) -> TraceT:
    """Do all the work of an experiment, and return its trace: the same bytes each time."""
    trace = finish(experiment)
    assert trace is not None  # all the work is done
    return trace
