"""Tables of numbers: a row for each, with what it is, of which network and where; clean columns."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.view import columns
from bnviz.numerals import ROUNDING

Row = tuple[str, str, float, float]
"""What it is, of which network, where (a step, a distance), and its value."""


def clean_all(values: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers of a column, and 0 where one is no more than rounding, as `clean` does.

    Examples
    --------
    >>> clean_all(np.array([2e-17, -0.5])).tolist()
    [0.0, -0.5]
    """
    return np.where(np.abs(values) < ROUNDING, 0.0, values)


def table(
    rows: Callable[[Any], Iterable[Sequence[Any]]],
    headings: Sequence[str] = ("what", "network", "at", "value"),
) -> Callable[[Any], dict[str, list[Any]]]:
    """Return what makes the table of a view from its rows."""
    return lambda trace: columns(headings, [*rows(trace)])
