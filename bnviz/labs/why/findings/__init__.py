"""What the lab says in words, as formulas and as a table: every number comes from the trace.

Each view has a module of its own with ``takeaway(trace)``, ``lines(trace)`` of its formula and
``rows(trace)`` of the table.
"""

from collections.abc import Iterator
from typing import Any

from bnviz.labs.why.findings import agreement, band, correlation, noise, percentiles, surface
from bnviz.labs.why.findings.row import HEADINGS, Row
from bnviz.labs.why.trace import Trace
from bnviz.numerals import aligned

VIEWS = {
    "noise": noise,
    "percentiles": percentiles,
    "band": band,
    "agreement": agreement,
    "correlation": correlation,
    "surface": surface,
}


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : str
        One of ``VIEWS``.
    """
    said: str = VIEWS[view].takeaway(trace)
    return said


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    return aligned(VIEWS[view].lines(trace))


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give the numbers of the views that were measured, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
    """
    return dict(zip(HEADINGS, map(list, zip(*_rows(trace), strict=True)), strict=True))


def _rows(trace: Trace) -> Iterator[Row]:
    for view in trace.found:
        yield from VIEWS[view].rows(trace)
