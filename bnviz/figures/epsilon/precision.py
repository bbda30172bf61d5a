"""Digits that get lost: the relative error of three ways to a variance, a chart for each type."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon import Trace
from bnviz.labs.epsilon.precision import OFFSETS, TYPES, WAYS
from bnviz.marks import number_text
from bnviz.numerals import short

ROLES = dict(zip(WAYS, (theme.FOURTH, theme.WITH, theme.THIRD), strict=True))
FLOOR, CEILING = 1e-17, 1e2
"""Errors are drawn between these: one of exactly 0 at the floor, larger ones at the ceiling."""
ABOVE_ONE = 10**1.3
"""The height of a name that would lie on the guide at 1."""
RIGHT = 8.2
"""Right end of the axis in decades: names stand at it, clear of lines and guides."""
BREAKS_OFF = 1e7
"""A line that ends before this, because numbers overflow, is named where it ends."""
LOST = 0.5
"""From this relative error on not one digit is right."""


def charts(trace: Trace) -> list[Chart]:
    """Draw a chart for each type: the most used one first."""
    return [error(trace, dtype) for dtype in ("float32", "float16", "float64")]


def error(trace: Trace, dtype: str) -> Chart:
    """Draw the relative error over the distance from zero."""
    found, t = trace.precision, list(TYPES).index(dtype)
    data: list[theme.Trace] = []
    ends: list[tuple[str, float, float, theme.Role]] = []
    for w, way in enumerate(WAYS):
        y = _drawn(found.error[t, w])
        role = ROLES[way]
        data.append(theme.line(OFFSETS, y, role, name=way, mode="lines+markers",
                               marker={"size": 5}))  # fmt: skip
        finite = np.flatnonzero(np.isfinite(y))
        if not finite.size:
            continue
        x_end, y_end = OFFSETS[finite[-1]], float(y[finite[-1]])
        if x_end < BREAKS_OFF:
            data.append(_inside(way, x_end, y_end, role))
        else:
            ends.append((way, 10 ** (RIGHT - 0.01), y_end, role))
    data += at_ends(ends, gap=1.9, high=2.2, log=True)
    title = f"{dtype}: {finding(found.error[t])}"
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("Mean of the feature", "in std", range=[-0.1, RIGHT], decades=2),
        "yaxis": theme.log_axis("Relative error", range=[-17.4, 2.4], decades=4),
        "shapes": [theme.guide(x=found.offset), theme.guide(y=1)],
        "margin": {"r": 96},
    }
    alt = f"{title}. Error of one pass, two passes and Welford over the mean of the feature."
    return Chart(dtype, {"data": data, "layout": layout}, alt)


def finding(error_WO: NDArray[np.float64]) -> str:
    """State from where on the one-pass variance is useless in a type."""
    one, two = error_WO[0], error_WO[1]
    lost = np.flatnonzero(~(one < LOST))
    if not lost.size:
        return "one pass keeps some digits up to here"
    start = f"from a mean of {number_text(float(f'{OFFSETS[lost[0]]:.1g}'))} on"
    if not np.isfinite(one[lost[0]]):
        return f"the squares are too large for it {start}"
    off = float(two[lost[0]])
    rest = f"two passes are off by {short(off)}" if off else "two passes keep all"
    return f"one pass has no digit left {start}, {rest}"


def _inside(way: str, x: float, y: float, role: theme.Role) -> theme.Trace:
    """Name a line that breaks off: one pass above the guide at 1, two passes under their line."""
    if way == "one pass":
        return theme.end_label([x], [max(y, ABOVE_ONE)], way, role)
    if way == "two passes":
        return {**theme.end_label([x], [0.2 * y], way, role), "textposition": "bottom left"}
    return theme.end_label([x], [y], way, role)


def _drawn(error_O: NDArray[np.float64]) -> NDArray[Any]:
    """Give errors as they are drawn; those of an overflow are gaps."""
    return np.where(np.isfinite(error_O), np.clip(error_O, FLOOR, CEILING), np.nan)
