"""Run a lab piece by piece, in whatever process this is imported.

A lab that takes its time has an ``Experiment``: ``advance()`` does a small piece of work,
``finished`` says whether it is done, ``trace()`` gives what there is so far. A lab that answers in
a moment has only ``run(settings)``, which is then one piece. A lab whose views are worth a run each
says ``BY_VIEW = True``, and its ``Experiment(settings, view)`` does the work of one view alone.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from importlib import import_module
from time import perf_counter
from typing import Any, Protocol, TypeVar

from bnviz.labs.arm import Arm, Pieces

TraceT = TypeVar("TraceT")
TraceT_co = TypeVar("TraceT_co", covariant=True)


class Experiment(Protocol[TraceT_co]):
    """What a lab offers, so that its runs can be watched and stopped."""

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""

    def advance(self) -> None:
        """Do a small piece of the work, of some milliseconds."""

    def trace(self) -> TraceT_co:
        """Return what there is so far."""


@dataclass(frozen=True)
class Task:
    """What is to be run for one view, in a lab that is ``BY_VIEW``; stands where settings do.

    Parameters
    ----------
    settings : its Settings
    view : str
    """

    settings: Hashable
    view: str


def task(lab: Any, settings: Hashable, view: str) -> Hashable:
    """Give what a page asks a lab to run: its settings, with the view where that matters.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> task(SimpleNamespace(), 21, "law")
    21
    >>> task(SimpleNamespace(BY_VIEW=True), 21, "law")
    Task(settings=21, view='law')
    """
    return Task(settings, view) if getattr(lab, "BY_VIEW", False) else settings


def old_arm(slug: str, lab: Any, settings: Hashable, view: str) -> Arm:
    """Give the arm of a lab that has experiments."""
    return Arm(_pieces, (slug, task(lab, settings, view)))


def _pieces(slug: str, settings: Hashable) -> Pieces:
    work = experiment(slug, settings)
    while not work.finished:
        work.advance()
        yield work.trace
    return work.trace()


def finish(experiment: Experiment[TraceT]) -> TraceT:
    """Do all the work of an experiment here and now, and return its trace.

    Examples
    --------
    >>> finish(Once(lambda settings: settings * 2, 21))
    42
    """
    while not experiment.finished:
        experiment.advance()
    return experiment.trace()


class Once:
    """The experiment of a lab whose ``run`` is a matter of milliseconds.

    Examples
    --------
    >>> once = Once(lambda settings: settings * 2, 21)
    >>> once.advance()
    >>> once.finished, once.trace()
    (True, 42)
    """

    def __init__(self, run: Callable[[Any], Any], settings: Hashable) -> None:
        self._run, self._settings = run, settings
        self._trace: Any = None
        self.finished = False

    def advance(self) -> None:
        """Do all of it."""
        self._trace, self.finished = self._run(self._settings), True

    def trace(self) -> Any:
        """Return what came out; None before."""
        return self._trace


MOST_BEGUN = 64
"""Runs that a process keeps while they go on; far more than are likely to be watched at once."""

_begun: dict[tuple[str, Hashable], Experiment[Any]] = {}


def experiment(slug: str, settings: Hashable) -> Experiment[Any]:
    """Return the lab's run of these settings, as far as it has come in this process.

    Notes
    -----
    If it was forgotten meanwhile it starts again. The same settings give the same bytes, so all
    that is lost is time.
    """
    work = _begun.pop((slug, settings), None)
    if work is None:
        lab = import_module(f"bnviz.labs.{slug}")
        if isinstance(settings, Task):
            work = lab.Experiment(settings.settings, settings.view)
        else:
            has_pieces = hasattr(lab, "Experiment")
            work = lab.Experiment(settings) if has_pieces else Once(lab.run, settings)
    _begun[slug, settings] = work  # last in the order in which runs are forgotten
    while len(_begun) > MOST_BEGUN:
        del _begun[next(iter(_begun))]
    return work


def advance(
    slug: str, settings: Hashable, budget_s: float, *, show: bool = True
) -> tuple[Any, bool]:
    """Go on with a run for some time.

    Parameters
    ----------
    slug : str
        The lab.
    settings : its Settings, or a Task
    budget_s : float
        Seconds after which no further piece is begun.
    show : bool
        False spares the making and the sending of a trace, unless it is the last one.

    Returns
    -------
    trace : the lab's Trace, or None
    finished : bool

    Examples
    --------
    >>> from bnviz.labs.playground import Settings
    >>> trace, finished = advance("playground", Settings(depth=1, width=8, n_steps=100), 60)
    >>> len(trace.steps), finished
    (25, True)
    """
    work = experiment(slug, settings)
    end = perf_counter() + budget_s
    while not work.finished and perf_counter() < end:
        work.advance()
    if work.finished:
        del _begun[slug, settings]
    return work.trace() if show or work.finished else None, work.finished
