"""The arm: one piece of work, known by what it depends on. The unit of computing and of memory.

A *measure* is a function that computes. It returns its result, or it is a generator that does a
little at a time: it yields between two pieces and returns its result at the end. What it yields is
None, or a function that gives what can be shown so far.

The same arm always gives the same bytes, so it is computed once and remembered. A measure that
needs what another one gives asks for it: ``network = yield from ask(trained, "bn", seed)``.
"""

from collections.abc import Callable, Generator, Hashable, Mapping
from dataclasses import dataclass, field
from inspect import isgenerator
from threading import Lock
from time import perf_counter, process_time
from typing import Any

from bnviz.labs.memory import Memory, size

Pieces = Generator[Callable[[], Any] | None, None, Any]
"""What a measure that is a generator returns."""

MOST_BYTES = 48 * 2**20
"""Bytes of results that a process remembers; the playground's default run has 6 MB."""
MOST_BEGUN_BYTES = 96 * 2**20
"""Bytes of work that has begun and goes on; a default run has 6 MB, and 10 at its end."""
WEIGHED_EVERY = 128
"""Pieces after which a work is weighed again, as it grows."""


@dataclass(frozen=True)
class Arm:
    """A measure and what it needs, and nothing else.

    Parameters
    ----------
    measure : callable
        A function of a module, so that a worker process finds it by its name.
    needs : tuple of hashable
        Its arguments. What is not among them may change without new work.
    near : Arm, optional
        One that it asks for, and that others ask for too. They are all done by the same worker,
        which remembers it.

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
    near: "Arm | None" = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """A text that is the same in all processes."""
        return f"{self.measure.__module__}.{self.measure.__qualname__}{self.needs!r}"

    def pieces(self) -> Pieces:
        """Do the work, whether the measure is a generator or a plain function."""
        found = self.measure(*self.needs)
        return (yield from found) if isgenerator(found) else found


@dataclass(frozen=True)
class Plan:
    """Arms by name, and what makes a trace of what they have so far.

    Parameters
    ----------
    arms : mapping of name to Arm
    into : callable
        A function of ``needs`` and of what each arm has, by its name.
    needs : tuple of hashable

    Examples
    --------
    >>> def double(number):
    ...     return 2 * number
    >>> def joined(text, **found):
    ...     return text, found
    >>> Plan({"a": Arm(double, (1,)), "b": Arm(double, (2,))}, joined, ("both",)).finish()
    ('both', {'a': 2, 'b': 4})
    """

    arms: Mapping[str, Arm]
    into: Callable[..., Any]
    needs: tuple[Hashable, ...] = ()

    @classmethod
    def of(cls, arm: Arm) -> "Plan":
        """Return the plan of one arm, whose trace is what it gives."""
        return cls({"found": arm}, _itself)

    @property
    def name(self) -> str:
        """A text that is the same in all processes."""
        return f"{self.into.__qualname__}{self.needs!r}{[arm.name for arm in self.arms.values()]}"

    def trace(self, found: Mapping[str, Any]) -> Any:
        """Return the trace of what each arm has; None before each of them has something."""
        if any(part is None for part in found.values()):
            return None
        return self.into(*self.needs, **found)

    def finish(self) -> Any:
        """Do all the work here and now, and return the trace."""
        return self.trace({name: finish(arm) for name, arm in self.arms.items()})


def _itself(found: Any) -> Any:
    return found


MEMORY: Memory[Arm, Any] = Memory(MOST_BYTES)
"""What this process remembers: results by arm."""


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
    work = begin(Arm(measure, needs))
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
            MEMORY.keep(self.arm, end.value, size(end.value))
            BEGUN.forget(self.arm)
        except BaseException:
            BEGUN.forget(self.arm)  # what has failed cannot go on
            raise
        if self.n_done % WEIGHED_EVERY == 1 and self.arm in BEGUN:
            n_bytes = min(size(self, apart=Work), BEGUN.most_bytes)  # it stays, however large
            BEGUN.keep(self.arm, self, n_bytes)

    def found(self) -> Any:
        """Return the result, or what can be shown so far; None if that is nothing."""
        return self._result if self.finished else self._so_far()


BEGUN: Memory[Arm, Work] = Memory(MOST_BEGUN_BYTES)
"""What this process has begun, each without the works that it asks for."""


def begin(arm: Arm) -> Work:
    """Return the work of an arm that this process has done or begun, or a new one.

    All who ask for an arm while it goes on share it: each of them may do its next piece.
    """
    if arm in BEGUN:
        return BEGUN.find(arm)
    work = Work(arm)
    if not work.finished:
        BEGUN.keep(arm, work, 0)  # it is weighed with its first piece
    return work


def finish(arm: Arm) -> Any:
    """Do all the work of an arm here and now, and return its result."""
    work = begin(arm)
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
    works = {arm: begin(arm) for arm in arms.values()}

    def found() -> Any:
        return into(**{name: works[arm].found() for name, arm in arms.items()})

    while not all(work.finished for work in works.values()):
        for work in works.values():
            work.advance()
        yield found
    return found()


_one_at_a_time = Lock()  # where workers are threads, they share what is begun


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
    cpu_s : float
        Seconds of the processor that this took.
    """

    found: Any
    n_done: int
    finished: bool
    cpu_s: float


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
    start, end = process_time(), perf_counter() + budget_s
    with _one_at_a_time:
        work = begin(arm)
        while not work.finished and perf_counter() < end:
            work.advance()
        found = work.found() if show or work.finished else None
    return Progress(found, work.n_done, work.finished, process_time() - start)
