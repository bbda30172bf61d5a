"""Two lines on a log axis, with BN and without: names, roles, keys, and an axis that holds both."""

from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme

Array = NDArray[np.floating]

NAMES = {"bn": "with BN", "none": "without"}
ROLES = {"bn": theme.WITH, "none": theme.WITHOUT}
LABELS = 6
"""Most labels of a logarithmic axis."""
ROOM = {"r": 84}
"""Margin in px for the names at the ends of the lines."""


def both(x: Any, lines: dict[str, Array]) -> list[theme.Trace]:
    """Return the lines with BN and without, and their names; 0 has no place on a log axis."""
    lines = {norm: np.where(line > 0, line, np.nan) for norm, line in lines.items()}
    drawn = [theme.line(x, lines[norm], ROLES[norm], name=NAMES[norm]) for norm in ("none", "bn")]
    return [*drawn, *names_at_ends(x, lines)]


def names_at_ends(x: Any, lines: dict[str, Array]) -> list[theme.Trace]:
    """Return the names of two lines, at their ends and apart from each other."""
    last = {norm: last_of(line) for norm, line in lines.items()}
    close = 0.5 * last["none"] < last["bn"] < 2 * last["none"]
    upper = "bn" if last["bn"] >= last["none"] else "none"
    labels = []
    for norm, line in lines.items():
        if np.isnan(last[norm]):
            continue
        position = ("above" if norm == upper else "below") if close else "right"
        labels.append(theme.end_label(x, line, NAMES[norm], ROLES[norm], position=position))
    return labels


def last_of(line: Array) -> float:
    """Return the last finite value of a line; NaN if it has none."""
    finite = np.asarray(line)[np.isfinite(line)]
    return float(finite[-1]) if finite.size else float("nan")


def log_axis(title: str, lines: list[Array]) -> dict[str, Any]:
    """Return a log axis that holds all lines, with few labels."""
    values = np.concatenate([np.ravel(line) for line in lines]) if lines else np.array([1.0])
    values = values[np.isfinite(values) & (values > 0)]
    lo, hi = np.log10([values.min(), values.max()]) if values.size else (0.0, 0.0)
    room = 0.06 * max(hi - lo, 1)
    lo, hi = lo - room, hi + room
    if hi - lo < 1:
        lo, hi = min(lo, floor(lo + 0.1)), max(hi, ceil(hi - 0.1))
    return theme.log_axis(title, decades=max(1, ceil((hi - lo) / LABELS)), range=[lo, hi])


def mark(text: str, row: int = 0, *, left: bool = False) -> dict[str, Any]:
    """Return a row of a key inside the plot, at its upper right or left."""
    x, anchor = (0.02, "left") if left else (0.99, "right")
    place = {"x": x, "y": 0.98, "xref": "paper", "yref": "paper", "yshift": -19 * row}
    return {**place, "xanchor": anchor, "yanchor": "top", "text": text}
