"""The view of finite differences: numeric against analytic slopes, and the error."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace
from bnviz.labs.backward.slopes import USUAL
from bnviz.numerals import short

FLOOR = 1e-14
"""Errors below this are drawn at it: a log axis has no zero."""


def charts(trace: Trace) -> list[Chart]:
    """Give the comparison of the slopes, and the error against the size of the step."""
    return [comparison(trace), error(trace)]


def comparison(trace: Trace) -> Chart:
    """Draw the slope of each sample from both backward passes over the numeric one."""
    found = trace.slopes
    everything = np.concatenate([found.numeric_N, found.constants_N])
    ends = style.reach(everything)
    data = [
        theme.line(ends, ends, style.ABOVE, name="equal"),
        theme.dots(
            found.numeric_N,
            found.constants_N,
            style.WRONG,
            name=style.CONSTANTS,
            marker={"size": 9, "symbol": "x-thin-open", "line": {"width": 2}},
        ),
        theme.dots(
            found.numeric_N, found.true_N, style.RIGHT, name="backward pass", marker={"size": 8}
        ),
    ]
    title = f"The backward pass lies on the diagonal, to {short(found.error)} of the largest slope"
    return style.chart(
        "comparison",
        title,
        "A point for each sample: slope by finite differences, and by two backward passes.",
        data,
        xaxis=theme.axis("dx by finite differences", range=ends),
        yaxis=theme.axis("dx by a backward pass", range=ends),
        **style.key(),
    )


def error(trace: Trace) -> Chart:
    """Draw the largest difference over the size of the step."""
    found = trace.slopes
    right, wrong = (np.maximum(e, FLOOR) for e in (found.error_S, found.error_constants_S))
    best = float(found.step_S[np.argmin(found.error_S)])
    shown = {"mode": "lines+markers"}
    data = [
        theme.line(found.step_S, right, style.RIGHT, name="backward pass", **shown),
        theme.line(found.step_S, wrong, style.WRONG, name=style.CONSTANTS, **shown),
    ]
    if trace.settings.training and found.error_constants:
        title = f"The right pass agrees best at h = {short(best)}; no step mends the wrong one"
    else:
        title = f"Both agree with finite differences, best at h = {short(best)}"
    return style.chart(
        "error",
        title,
        "Largest difference from the numeric slope, for several sizes of the step h.",
        data,
        xaxis=theme.log_axis("Step h", range=[-9.4, -0.6], decades=2),
        yaxis=theme.log_axis("Error over largest slope", range=[-14.3, 1], decades=3),
        shapes=[theme.guide(x=USUAL)],
        **style.key(),
    )
