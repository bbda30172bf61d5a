"""Misfits: values that are possible one by one but not together, and the nearest that are.

A slider for the channels cannot know where the one for the groups stands. So the controls of such a
lab give a request, in which each value is possible, and `fit` makes the lab's settings of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from bnviz.settings import fields

R = TypeVar("R", bound=Any)
S = TypeVar("S")


class Misfit(NamedTuple):
    """A field, the nearest value that fits, and why the given one does not."""

    name: str
    nearest: Any
    why: str


def refuse(misfits: Iterator[Misfit]) -> None:
    """Raise a ValueError with the words of the first misfit."""
    for misfit in misfits:
        raise ValueError(misfit.why)


def fit(
    asked: R, misfits: Callable[[R], Iterator[Misfit]], settings: type[S]
) -> tuple[S, list[str]]:
    """Return the settings nearest to a request, and a note for each value that was changed."""
    kind: Any = type(asked)
    notes = []
    while misfit := next(misfits(asked), None):
        name, nearest, why = misfit
        asked = replace(asked, **{name: nearest})
        label = fields(kind)[name].label
        why = why.replace(f"{name} must", f"{label} must")
        notes.append(f"{why}; {label} = {nearest} is used")
    return settings(**vars(asked)), notes
