"""A table in long form: a row says what it is, of which arm, step or fault."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bnviz.labs.view import columns

Group = tuple[str, Sequence[str], Any]
"""A quantity, of what each of its values is, and the values."""


def table(groups: Callable[[Any], Sequence[Group]]) -> Callable[[Any], dict[str, list[Any]]]:
    """Return what makes the table of a view from groups of its numbers; NaN has no row."""

    def of(trace: Any) -> dict[str, list[Any]]:
        rows = [
            (quantity, what, float(value))
            for quantity, named, values in groups(trace)
            for what, value in zip(named, values, strict=True)
            if np.isfinite(value)
        ]
        headings = ("quantity", "what", "value")
        return columns(headings, rows or [("nothing", "is measured yet", 0.0)])

    return of
