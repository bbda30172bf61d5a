"""A demonstration of a fault: the same thing before it, broken, and repaired.

A demonstration is a generator that yields a `Case` as soon as it is measured, and None after a
piece of work that has no result yet. `demonstration` makes a measure of it.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from bnviz.labs.arm import Pieces
from bnviz.labs.doctor.settings import Settings

BEFORE, BROKEN, REPAIRED, NO_REPAIR, CONTROL = (
    "before",
    "broken",
    "repaired",
    "no repair",
    "control",
)
"""What a case stands for. No repair: tried, for it repairs other faults. Control: without BN."""


@dataclass(frozen=True)
class Case:
    """One case, with its numbers.

    Attributes
    ----------
    name : str
        What was done, in a few words.
    kind : str
        ``BEFORE``, ``BROKEN``, ``REPAIRED``, ``NO_REPAIR`` or ``CONTROL``.
    values : tuple of float
        One for each quantity of the demonstration; NaN where there is no number.
    """

    name: str
    kind: str
    values: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """The cases that were measured so far, and whether these are all."""

    cases: tuple[Case, ...]
    finished: bool

    def of(self, kind: str) -> Case:
        """Return the first case of a kind; ValueError if there is none."""
        for case in self.cases:
            if case.kind == kind:
                return case
        raise ValueError(f"no case is {kind!r}: {[case.kind for case in self.cases]}")


Cases = Generator[Any, None, None]
"""Cases, and None after a piece of work that has no result yet."""


def demonstration(cases: Callable[[Settings], Cases]) -> Callable[[Settings], Pieces]:
    """Make a measure, which gives what was `Found`, of the generator of its cases."""

    @wraps(cases)
    def measure(settings: Settings) -> Pieces:
        found: list[Case] = []
        yield partial(Found, (), False)
        for case in cases(settings):
            found += [] if case is None else [case]
            yield partial(Found, tuple(found), False)
        return Found(tuple(found), True)

    return measure
