"""The view of the three terms: what comes from above, what is taken out, what is left."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace
from bnviz.numerals import short

TINY = 1e-12


def charts(trace: Trace) -> list[Chart]:
    """Give the parts of the gradient, what arrives below, and the line that is taken out."""
    return [arriving(trace), parts(trace), line(trace)]


def arriving(trace: Trace) -> Chart:
    """Draw dx of each sample, beside what it would be if the statistics were constants."""
    s, u = trace.settings, trace.unit
    m, largest = len(u.x_N), float(np.abs(u.dx_N).max())
    wrong = s.constants and s.training
    role = style.WRONG if wrong else style.RIGHT
    ends = style.reach(u.dx_N, u.dx_constants_N)
    data = [style.amounts(u.dx_N, role, f"dx, {style.CONSTANTS}" if wrong else "dx", ends)]
    if wrong:
        data.append(style.levels(u.dx_true_N, style.RIGHT, "right dx"))
    elif s.training:
        data.append(style.levels(u.dx_constants_N, style.WRONG, f"if {style.CONSTANTS}"))
    if largest < TINY:
        title = "No sample gets a gradient: every dx is 0, up to rounding"
    else:
        title = f"The largest gradient that reaches the layer below is {short(largest)}"
    return style.chart(
        "arriving",
        title,
        f"A bar for each of the {m} samples.",
        data,
        xaxis=style.sample_axis(m),
        yaxis=style.zero_axis("Gradient dx", ends),
        **style.key(),
    )


def parts(trace: Trace) -> Chart:
    """Draw dx_hat of each sample as the sum of two parts that leave and one that stays."""
    s, u = trace.settings, trace.unit
    m = len(u.x_N)
    if s.constants or not s.training:
        title = "Nothing is taken out: the whole gradient from above passes"
        data = [style.bars(u.dx_hat_N, style.WRONG if s.training else style.RIGHT, "passes")]
        stacks = [u.dx_hat_N]
    else:
        stacks = [np.full(m, u.mean_part), u.x_hat_part_N, u.rest_N]
        ends = _reach(stacks)
        data = [
            style.bars(stacks[0], style.REMOVED, "out: the mean"),
            style.bars(stacks[1], style.REMOVED, "out: along x̂", hatched=True),
            style.amounts(stacks[2], style.RIGHT, "passes", ends),
        ]
        title = _parts_title(u.removed)
    data.append(style.levels(u.dx_hat_N, style.ABOVE, "dx̂"))
    return style.chart(
        "parts",
        title,
        f"For each of the {m} samples the gradient from above, γ dy, as a stack of its parts.",
        data,
        barmode="relative",
        xaxis=style.sample_axis(m),
        yaxis=style.zero_axis("dx̂ = γ dy", _reach(stacks)),
        **style.key(),
    )


def _reach(stacks: list[Any]) -> list[float]:
    """Return the ends of an axis that holds the stacks, upwards and downwards."""
    above, below = (f(stacks, 0).sum(0) for f in (np.maximum, np.minimum))
    return style.reach(above, below)


def _parts_title(removed: float) -> str:
    if np.isnan(removed):
        return "Nothing comes from above"
    if removed > 1 - TINY:
        return "All of the gradient from above is taken out"
    if removed > 0.9995:
        return f"All but {short(1 - removed)} of the squared gradient is taken out"
    return f"Mean and part along x̂ make up {100 * removed:.1f}% of the squared gradient"


def line(trace: Trace) -> Chart:
    """Draw dx_hat over x_hat with the straight line that batch norm takes out of it."""
    s, u = trace.settings, trace.unit
    order = np.argsort(u.x_hat_N)
    x, y = u.x_hat_N[order], u.dx_hat_N[order]
    if s.constants or not s.training:
        taken, title = np.zeros_like(x), "No line is taken out: the gradient is the height itself"
    else:
        taken = u.mean_part + u.slope * x
        title = "A straight line is taken out; what is left of it passes"
    gap = np.full_like(x, np.nan)
    stem_x, stem_y = (np.stack(three, -1).ravel() for three in ((x, x, gap), (taken, y, gap)))
    role = style.WRONG if s.constants and s.training else style.RIGHT
    ends = style.reach(y, taken)
    seen = not style.unseen(y - taken, ends)
    if not seen and taken.any():
        title = "A straight line is taken out; next to nothing is left to pass"
    stroke = {"line": {"dash": "solid", "width": 3}, "showlegend": seen}
    data = [
        theme.line(stem_x, stem_y, role, name="passes", **stroke),
        theme.line(x, taken, style.REMOVED, name="the line"),
        theme.dots(x, y, style.ABOVE, name="dx̂ from above", marker={"size": 7}),
    ]
    return style.chart(
        "line",
        title,
        "A point for each sample: its normalized value and the gradient that comes from above; "
        "upright strokes are the distances to the line.",
        data,
        xaxis=theme.axis("Normalized value x̂"),
        yaxis=style.zero_axis("dx̂ = γ dy", ends),
        **style.key(),
    )
