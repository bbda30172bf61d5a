"""The table of a comparison: numbers side by side, and how far apart they may be."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import zip_longest
from math import isnan, log10
from pathlib import Path
from typing import Any

import streamlit as st

from bnviz.labs.proof import Row
from bnviz.labs.proof.findings import NAMES, size
from bnviz.numerals import counted

HEADS = (
    "Quantity",
    "This project",
    "PyTorch",
    "Largest difference",
    "Tolerance",
    "Difference in tolerances",
    "",
)
LOWEST, HIGHEST = -5, 1
"""Ends of the strip: powers of ten, in units of the tolerance."""


def comparison(rows: Sequence[Row]) -> None:
    """Draw the table of live rows, which hold both numbers, or of recorded ones, which do not."""
    st.html(Path(__file__).with_name("comparison.css"))
    st.html(table(rows))


def table(rows: Sequence[Row]) -> str:
    """Return the table as HTML; below 640 px its style sheet stacks the cells of a row.

    Examples
    --------
    >>> table([Row("y", 3, None, None, 0.0, 1e-12)]).count("<tr")
    2
    """
    heads = "".join(f"<th scope='col' role='columnheader'>{head}</th>" for head in HEADS)
    body = "".join(map(_row, rows))
    return (
        "<table class='comparison' role='table'><thead role='rowgroup'>"
        f"<tr role='row'>{heads}</tr></thead><tbody role='rowgroup'>{body}</tbody></table>"
    )


def _row(row: Row) -> str:
    ours, theirs = _apart(row.ours, row.theirs)
    if row.convention:
        theirs += f"<small>converted from {row.unconverted:.6g}</small>"
    cells = [
        ("number", ours, "this project"),
        ("number", theirs, "PyTorch"),
        ("difference", escape(size(row.difference)), "largest difference"),
        ("tolerance", escape(size(row.tolerance)), "tolerance"),
        ("strip", _strip(row), ""),
        ("verdict", "✓ pass" if row.passed else "✗ fail", ""),
    ]
    drawn = "".join(
        f"<td role='cell' class='{kind}' data-label='{label}'>{content}</td>"
        for kind, content, label in cells
    )
    count = f"<small>{counted(row.n, 'number')}</small>"
    if row.convention:
        count += f"<small class='convention'>{escape(row.convention)}</small>"
    return (
        f"<tr role='row' data-row='{row.name}' data-passed='{str(row.passed).lower()}'>"
        f"<th scope='row' role='rowheader'>{NAMES[row.name]} {count}</th>{drawn}</tr>"
    )


def _apart(ours: Any, theirs: Any) -> tuple[str, str]:
    """Return two numbers with all their digits, those from the first difference on marked."""
    if ours is None or theirs is None:
        return "–", "–"
    a, b = str(ours), str(theirs)
    same = next((k for k, (x, y) in enumerate(zip_longest(a, b)) if x != y), len(a))
    ours, theirs = (f"{t[:same]}<b>{t[same:]}</b>" if t[same:] else t for t in (a, b))
    return ours, theirs


def _strip(row: Row) -> str:
    """Return the difference as a dot on a log axis, with a line where the tolerance is."""
    share = row.difference / row.tolerance
    place = HIGHEST if isnan(share) else log10(share) if share > 0 else LOWEST
    part = (min(max(place, LOWEST), HIGHEST) - LOWEST) / (HIGHEST - LOWEST)
    limit = -LOWEST / (HIGHEST - LOWEST)
    words = "equal" if share == 0 else f"{size(share)} of the tolerance"
    kind = "dot" if row.passed else "dot outside"
    return (
        f"<span class='axis' role='img' aria-label='{words}' title='{words}'>"
        f"<i class='limit' style='left:{100 * limit:.1f}%'></i>"
        f"<i class='{kind}' style='left:{100 * part:.1f}%'></i></span>"
    )
