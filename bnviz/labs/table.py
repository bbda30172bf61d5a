"""A table of numbers with a row for each: what it is, of which network, and where."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bnviz.labs.view import columns

Row = tuple[str, str, float, float]
"""What it is, of which network, where (a step, a distance), and its value."""


def table(
    rows: Callable[[Any], Iterable[Sequence[Any]]],
    headings: Sequence[str] = ("what", "network", "at", "value"),
) -> Callable[[Any], dict[str, list[Any]]]:
    """Return what makes the table of a view from its rows."""
    return lambda trace: columns(headings, [*rows(trace)])
