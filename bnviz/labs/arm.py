"""The arm: one piece of work, known by what it depends on. The unit of computing and of memory.

A *measure* is a function that computes. It returns its result, or it is a generator that does a
little at a time: it yields between two pieces and returns its result at the end. What it yields is
None, or a function that gives what can be shown so far.

The same arm always gives the same bytes, so it is computed once and remembered. A measure that
needs what another one gives asks for it: ``network = yield from ask(trained, "bn", seed)``.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from inspect import isgenerator
from time import perf_counter
from typing import Any

import numpy as np

Pieces = Generator[Callable[[], Any] | None, None, Any]
"""What a measure that is a generator returns."""

MOST_BYTES = 64 * 2**20
"""Bytes of results that a process remembers; the playground's default run has 0.3 MB."""
MOST_BEGUN = 64
"""Arms that a process keeps while they go on; far more than are likely to be watched at once."""


@dataclass(frozen=True)
class Arm:
    """A measure and what it needs, and nothing else.

    Parameters
    ----------
    measure : callable
        A function of a module, so that a worker process finds it by its name.
    needs : tuple of hashable
        Its arguments. What is not among them may change without new work.

    Examples
    --------
    >>> def double(number):
    ...     yield
    ...     return 2 * number
    >>> finish(Arm(double, (21,)))
    42
    """

    measure: Callable[..., Any]
    needs: tuple[Hashable, ...] = ()

    @property
    def name(self) -> str:
        """A text that is the same in all processes."""
        return f"{self.measure.__module__}.{self.measure.__qualname__}{self.needs!r}"

    def pieces(self) -> Pieces:
        """Do the work, whether the measure is a generator or a plain function."""
        found = self.measure(*self.needs)
        return (yield from found) if isgenerator(found) else found


def size(value: Any) -> int:
    """Return the bytes of all arrays in a result, and 64 for whatever else it is made of.

    Examples
    --------
    >>> size({"loss": np.zeros(100), "steps": 3})
    928
    """
    if isinstance(value, np.ndarray):
        return value.nbytes
    if is_dataclass(value):
        return 64 + sum(size(getattr(value, part.name)) for part in fields(value))
    if isinstance(value, dict):
        return 64 + sum(size(part) for part in value.values())
    if isinstance(value, list | tuple):
        return 64 + sum(size(part) for part in value)
    return 64


class Memory:
    """Results by arm, within a bound in bytes; what was asked for longest ago is forgotten first.

    Examples
    --------
    >>> memory = Memory(most_bytes=1000)
    >>> for n in range(3):
    ...     memory.keep(Arm(np.zeros, (n,)), np.zeros(60))
    >>> [Arm(np.zeros, (n,)) in memory for n in range(3)]
    [False, True, True]
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._results: OrderedDict[Arm, tuple[Any, int]] = OrderedDict()
        self._n_bytes = 0

    def __contains__(self, arm: Arm) -> bool:
        return arm in self._results

    def find(self, arm: Arm) -> Any:
        """Return the result of an arm that is remembered."""
        self._results.move_to_end(arm)
        return self._results[arm][0]

    def keep(self, arm: Arm, result: Any) -> None:
        """Remember a result; one that is larger than the bound is not kept."""
        self.forget(arm)
        if size(result) > self.most_bytes:
            return
        self._results[arm] = result, size(result)
        self._n_bytes += self._results[arm][1]
        while self._n_bytes > self.most_bytes:
            self.forget(next(iter(self._results)))

    def forget(self, arm: Arm) -> None:
        """Forget the result of an arm, if it is remembered."""
        if arm in self._results:
            self._n_bytes -= self._results.pop(arm)[1]

    def clear(self) -> None:
        """Forget everything."""
        self._results.clear()
        self._n_bytes = 0


MEMORY = Memory()
"""What this process remembers."""


def ask(measure: Callable[..., Any], *needs: Hashable) -> Pieces:
    """Return the result of another arm inside a measure, from memory if it is there.

    Examples
    --------
    >>> def double(number):
    ...     yield
    ...     return 2 * number
    >>> def quadruple(number):
    ...     twice = yield from ask(double, number)
    ...     return 2 * twice
    >>> finish(Arm(quadruple, (21,)))
    84
    """
    work = Work(Arm(measure, needs))
    while True:
        work.advance()
        if work.finished:
            return work.found()
        yield None


class Work:
    """An arm while it is computed: whether it has ``finished``, and how many pieces are done."""

    def __init__(self, arm: Arm) -> None:
        self.arm, self.n_done = arm, 0
        self.finished = arm in MEMORY
        self._result = MEMORY.find(arm) if self.finished else None
        self._so_far: Callable[[], Any] = lambda: None
        self._pieces = arm.pieces()

    def advance(self) -> None:
        """Do the next piece."""
        if self.finished:
            return
        self.n_done += 1
        try:
            self._so_far = next(self._pieces) or self._so_far
        except StopIteration as end:
            self.finished, self._result = True, end.value
            MEMORY.keep(self.arm, end.value)

    def found(self) -> Any:
        """Return the result, or what can be shown so far; None if that is nothing."""
        return self._result if self.finished else self._so_far()


def finish(arm: Arm) -> Any:
    """Do all the work of an arm here and now, and return its result."""
    work = Work(arm)
    while not work.finished:
        work.advance()
    return work.found()


def together(arms: Mapping[str, Arm], into: Callable[..., Any] = dict) -> Pieces:
    """Do several arms side by side, a piece of each in turn, and offer how far each has come.

    Two names of the same arm are one piece of work. ``into`` takes the results by name, and makes
    what is offered on the way and returned at the end: a dict, or a dataclass with these names.

    Examples
    --------
    >>> done = []
    >>> def double(number):
    ...     done.append(number)
    ...     yield
    ...     return 2 * number
    >>> arm = Arm(double, (21,))
    >>> finish(Arm(lambda: together({"one": arm, "other": arm}))), done
    ({'one': 42, 'other': 42}, [21])
    """
    works = {arm: Work(arm) for arm in arms.values()}

    def found() -> Any:
        return into(**{name: works[arm].found() for name, arm in arms.items()})

    while not all(work.finished for work in works.values()):
        for work in works.values():
            work.advance()
        yield found
    return found()


_begun: dict[Arm, Work] = {}


@dataclass(frozen=True, eq=False)
class Progress:
    """What a worker reports of an arm.

    Attributes
    ----------
    found : anything
        The result, or what there is so far; None if that is nothing or was not asked for.
    n_done : int
        Pieces done.
    finished : bool
    """

    found: Any
    n_done: int
    finished: bool


def advance(arm: Arm, budget_s: float, *, show: bool = True) -> Progress:
    """Go on with an arm for some time, in whatever process this is called.

    Parameters
    ----------
    arm : Arm
    budget_s : float
        Seconds after which no further piece is begun.
    show : bool
        False spares the making and the sending of what there is so far, unless it is all.

    Notes
    -----
    If the process has forgotten the arm meanwhile, it starts again. The same arm gives the same
    bytes, so all that is lost is time.
    """
    work = _begun.pop(arm, None) or Work(arm)
    end = perf_counter() + budget_s
    while not work.finished and perf_counter() < end:
        work.advance()
    if not work.finished:
        _begun[arm] = work  # the last in the order in which arms are forgotten
        while len(_begun) > MOST_BEGUN:
            del _begun[next(iter(_begun))]
    return Progress(work.found() if show or work.finished else None, work.n_done, work.finished)
