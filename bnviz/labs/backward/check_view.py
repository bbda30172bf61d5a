"""The view on finite differences: slopes without a backward pass, and the error."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.core.gradcheck import TOLERANCE, Check, central_differences
from bnviz.figures import samples, theme
from bnviz.figures.frames import Figure
from bnviz.labs.backward.check import USUAL, measure
from bnviz.labs.backward.numbers import number
from bnviz.labs.backward.parts_view import ABOVE, CONSTANTS, RIGHT, WRONG
from bnviz.labs.backward.unit import with_constants
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, short

FLOOR = 1e-14
"""Errors below this are drawn at it: a log axis has no zero."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far the backward pass is from finite differences."""
    found, training = trace.found, trace.settings.training
    if not trace.settings.gamma:
        return "With γ = 0 the output does not depend on x: all slopes are 0, by both ways."
    agree = f"Finite differences agree with the backward pass: they differ by {short(found.error)}"
    if not training:
        return f"{agree} of the largest slope. In eval mode the statistics are constants."
    wrong = f"With the statistics as constants it would be {short(found.error_constants)}."
    return f"{agree} of the largest slope. {wrong}"


def formula(trace: Trace[Any, Any]) -> str:
    """Return both slopes of the chosen sample."""
    i, found = trace.settings.chosen, trace.found
    sign = r"\ne" if trace.settings.training and found.error_constants else "="
    lines = [
        r"L &= \textstyle\sum dy \, y",
        rf"dx_{{{i + 1}}} &\approx \frac{{L(x_{{{i + 1}}} + h) - L(x_{{{i + 1}}} - h)}}{{2h}}",
        rf"&= {number(found.numeric_N[i], 10)} \enspace \text{{with }} h = {latex(USUAL)}",
        rf"dx_{{{i + 1}}} &= {number(found.true_N[i], 10)} \enspace \text{{backward pass}}",
        rf"&{sign} {number(found.constants_N[i], 10)} \enspace \text{{with constants}}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return both slopes of every sample."""
    u = trace.found
    return {
        "sample": np.arange(1, len(u.dy_N) + 1),
        "random dy": u.dy_N,
        "dx of random dy, by differences": u.numeric_N,
        "dx of random dy, by the backward pass": u.true_N,
    }


def checked(found: Check) -> str:
    """Return what a check by finite differences has found, in Markdown."""
    errors = ", ".join(f"{name} {short(error)}" for name, error in found.errors.items())
    verdict = "**Pass.**" if found.passed else "**Fail.**"
    return (
        f"{verdict} Largest difference over the largest slope: {errors}; at most "
        f"{number_text(TOLERANCE)} passes. {found.n_passes} forward passes, random dy number "
        f"{found.cotangent + 1}."
    )


def comparison(trace: Trace[Any, Any]) -> Figure:
    """Draw the slope of each sample from both backward passes over the numeric one."""
    found = trace.found
    everything = np.concatenate([found.numeric_N, found.constants_N])
    ends = samples.reach(everything)
    data = [
        theme.line(ends, ends, ABOVE, name="equal"),
        theme.dots(
            found.numeric_N,
            found.constants_N,
            WRONG,
            name=CONSTANTS,
            marker={"size": 9, "symbol": "x-thin-open", "line": {"width": 2}},
        ),
        theme.dots(found.numeric_N, found.true_N, RIGHT, name="backward pass", marker={"size": 8}),
    ]
    title = f"The backward pass lies on the diagonal, to {short(found.error)} of the largest slope"
    return theme.figure(
        title,
        data,
        theme.axis("dx by finite differences", range=ends),
        theme.axis("dx by a backward pass", range=ends),
        **samples.key(),
    )


def error(trace: Trace[Any, Any]) -> Figure:
    """Draw the largest difference over the size of the step."""
    found = trace.found
    right, wrong = (np.maximum(e, FLOOR) for e in (found.error_S, found.error_constants_S))
    best = float(found.step_S[np.argmin(found.error_S)])
    shown = {"mode": "lines+markers"}
    data = [
        theme.line(found.step_S, right, RIGHT, name="backward pass", **shown),
        theme.line(found.step_S, wrong, WRONG, name=CONSTANTS, **shown),
    ]
    if trace.settings.training and found.error_constants:
        title = f"The right pass agrees best at h = {short(best)}; no step mends the wrong one"
    else:
        title = f"Both agree with finite differences, best at h = {short(best)}"
    return theme.figure(
        title,
        data,
        theme.log_axis("Step h", range=[-9.4, -0.6], decades=2),
        theme.log_axis("Error over largest slope", range=[-14.3, 1], decades=3),
        shapes=[theme.guide(x=USUAL)],
        **samples.key(),
    )


VIEW = View(
    name="check",
    label="Finite differences",
    measure=measure,
    needs=("batch_size", "mode", "gamma", "eps", "seed"),
    free=("batch_size",),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "comparison",
            comparison,
            "A point for each sample: slope by finite differences, and by two backward passes.",
        ),
        Plot(
            "error",
            error,
            "Largest difference from the numeric slope, for several sizes of the step h.",
        ),
    ),
    code=(central_differences, bn.backward, with_constants),
    reading="""
**Finite differences.** Every x is moved by h each way, and the change of the loss is divided by 2h.
The loss is the sum of random dy times y. A large h bends the slope, a tiny one leaves it to
rounding.
""",
)
