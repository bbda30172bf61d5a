"""The view on digits that get lost: the relative error of three ways to a variance, by type."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.stats.variance import one_pass, two_pass, welford
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.last import last_point
from bnviz.labs.epsilon.precision import OFFSETS, TYPES, WAYS, measure
from bnviz.labs.epsilon.words import HEADINGS
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, short, to_latex

FLOAT32 = 1


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how good the one-pass variance is at this distance."""
    found = trace.found
    (one, two), exact = found.found[FLOAT32, :2], found.exact[FLOAT32]
    where = f"At a mean of {number_text(trace.settings.offset)} standard deviations"
    if not np.isfinite(exact):
        return f"{where} float32 stores all numbers as the same one: their variance is gone."
    error = abs(one / exact - 1)
    if error < 1e-4:
        verdict = "its digits are still there"
    elif error < 0.5:
        verdict = f"it is off by {short(100 * error)}%"
    else:
        verdict = "no digit is right" + (", and it is negative" if one < 0 else "")
    return (
        f"{where} the one-pass variance in float32 is **{one:.5g}** where the exact one is "
        f"{exact:.5g}: {verdict}. Two passes give {two:.5g}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return both ways to the variance, in numbers."""
    found = trace.found
    squares, square = (f"{term:.8g}" for term in found.terms)
    (one, two), exact = found.found[FLOAT32, :2], found.exact[FLOAT32]
    said = [f"{v:.5g}" if np.isfinite(v) else r"\text{lost}" for v in (one, two, exact)]
    return aligned(
        [
            rf"\text{{one pass:}}\quad \overline{{x^2}} - \bar x^2 &= {to_latex(squares)} - "
            rf"{to_latex(square)} = {to_latex(said[0])}",
            rf"\text{{two passes:}}\quad \overline{{(x - \bar x)^2}} &= {to_latex(said[1])}",
            rf"\text{{exact}} &= {to_latex(said[2])}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    for t, dtype in enumerate(TYPES):
        for w, way in enumerate(WAYS):
            for o, offset in enumerate(OFFSETS):
                value = float(trace.found.error[t, w, o])
                yield "relative error at mean (std)", f"{way}, {dtype}", offset, value


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


def error(trace: Trace[Any, Any], dtype: str) -> Figure:
    """Draw the relative error over the distance from zero."""
    found, t = trace.found, list(TYPES).index(dtype)
    data: list[theme.Trace] = []
    ends: list[tuple[str, float, float, theme.Role]] = []
    for w, way in enumerate(WAYS):
        found_O = found.error[t, w]  # an overflow is a gap
        y = np.where(np.isfinite(found_O), np.clip(found_O, FLOOR, CEILING), np.nan)
        role = ROLES[way]
        data.append(
            theme.line(OFFSETS, y, role, name=way, mode="lines+markers", marker={"size": 5})
        )
        if (end := last_point(OFFSETS, y)) and end[0] < BREAKS_OFF:
            data.append(_inside(way, *end, role))
        elif end:
            ends.append((way, 10 ** (RIGHT - 0.01), end[1], role))
    data += at_ends(ends, gap=1.9, high=2.2, log=True)
    return theme.figure(
        f"{dtype}: {finding(found.error[t])}",
        data,
        theme.log_axis("Mean of the feature", "in std", range=[-0.1, RIGHT], decades=2),
        theme.log_axis("Relative error", range=[-17.4, 2.4], decades=4),
        shapes=[theme.guide(x=trace.settings.offset), theme.guide(y=1)],
        margin={"r": 96},
    )


def finding(error_WO: NDArray[np.float64]) -> str:
    """Return from where on the one-pass variance is useless in a type."""
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
    """Return the name of a line that breaks off: one pass above the guide at 1, two passes under their line."""
    if way == "one pass":
        return theme.end_label([x], [max(y, ABOVE_ONE)], way, role)
    if way == "two passes":
        return {**theme.end_label([x], [0.2 * y], way, role), "textposition": "bottom left"}
    return theme.end_label([x], [y], way, role)


VIEW = View(
    name="precision",
    label="Lost digits",
    measure=measure,
    needs=("offset", "seed"),
    free=("offset",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=tuple(
        Plot(
            dtype,
            partial(error, dtype=dtype),
            "Error of one pass, two passes and Welford over the mean of the feature.",
        )
        for dtype in ("float32", "float16", "float64")
    ),
    code=(one_pass, two_pass, welford),
    reading="""
**Lost digits.** The same 256 numbers, of deviation 1, farther and farther from zero. *One pass*
takes the mean of the squares minus the square of the mean; *two passes* take the mean first;
*Welford* corrects it with every number. A line that ends early has overflowed.

The error is that of the arithmetic alone: the exact variance is that of the numbers as the type
stores them. All layers of this program use two passes, and work in float32 where float16 comes in.
""",
)
