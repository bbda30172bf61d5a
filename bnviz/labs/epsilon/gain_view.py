"""The view on eps: the gain, the deviation that comes out, and pixels that were constant."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bnviz.core.functional import batch_norm
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon.gain import STDS, Gain, constant_pixels, measure
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.labs.epsilon.words import HEADINGS
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, short

SMALL_STD = 1e-3
"""The feature that the view on eps speaks of."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what becomes of a small feature."""
    found, row = trace.found, _row(trace)
    std = found.output_std[row, STDS.index(SMALL_STD)]
    return (
        f"With {_named(trace.settings.eps)} a feature of standard deviation "
        f"{number_text(SMALL_STD)} comes out with **{std:.3g}** instead of 1: below "
        f"√ε = {short(found.half_way[row])} ε dominates, and no change is multiplied by more than "
        f"{short(found.limit[row])}."
    )


def _row(trace: Trace[Any, Any]) -> int:
    """Return the place of the eps in use."""
    return EPSILONS.index(trace.settings.eps)


def formula(trace: Trace[Any, Any]) -> str:
    """Return the deviation that comes out, the gain, and a constant pixel."""
    found, row = trace.found, _row(trace)
    eps, std = latex(trace.settings.eps), found.output_std[row, STDS.index(SMALL_STD)]
    return aligned(
        [
            r"\operatorname{std}(\hat x) &= \frac{s}{\sqrt{s^2 + \epsilon}}"
            rf" = \frac{{0.001}}{{\sqrt{{0.001^2 + {eps}}}}} = {std:.4g}",
            r"\text{gain} &= \frac{1}{\sqrt{s^2 + \epsilon}} \le \frac{1}{\sqrt\epsilon}"
            rf" = \frac{{1}}{{\sqrt{{{eps}}}}} = {latex_short(float(found.limit[row]), 4)}",
            r"\text{constant pixel} &: \frac{x - \mu}{\sqrt{0 + \epsilon}}"
            rf" = \frac{{{found.pixels.largest_step:.3g}}}{{\sqrt{{{eps}}}}}"
            rf" = {latex_short(float(found.pixels.theory[row]), 4)}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    found, row = trace.found, _row(trace)
    name = f"eps {number_text(trace.settings.eps)}"
    for s, std in enumerate(STDS):
        yield "gain at input std", name, std, float(found.gain[row, s])
        yield "output std at input std", name, std, float(found.output_std[row, s])
    for eps, value in zip(EPSILONS, found.pixels.beyond, strict=True):
        yield "largest normalized value at eps", "new pictures", eps, float(value)


OTHERS = (1e-8, 1e-5, 1e-3, 1e-1)
"""Values of eps that are always drawn, thin."""
LOG_EPS = [float(np.log10(eps)) for eps in (EPSILONS[0], EPSILONS[-1])]


def output(trace: Trace[Any, Any]) -> Figure:
    """Draw the standard deviation that comes out, against the one that goes in."""
    found, eps = trace.found, trace.settings.eps
    root = short(found.half_way[_row(trace)])
    return _over_std(
        trace,
        f"{_named(eps)}: a feature of deviation {root} comes out with 0.71 instead of 1",
        ("s / √(s² + ε)", found.theory_std, found.output_std),
        _half_way,
        theme.axis("Standard deviation after BN", range=[0, 1.12], tickvals=[0, 0.5, 1]),
    )


def gains(trace: Trace[Any, Any]) -> Figure:
    """Draw by how much a small change of a feature is multiplied."""
    found, eps = trace.found, trace.settings.eps
    return _over_std(
        trace,
        f"{_named(eps)}: a change is multiplied by {short(found.limit[_row(trace)])} at most",
        ("1 / √(s² + ε)", found.theory_gain, found.gain),
        _at_start,
        theme.log_axis("Gain of the layer", range=[-1.2, 4.3]),
    )


def _over_std(
    trace: Trace[Any, Any],
    title: str,
    values: tuple[str, Any, Any],
    named: Callable[[Gain, int, theme.Role], theme.Trace],
    y: dict[str, Any],
) -> Figure:
    """Draw a formula over the deviation of a feature, with what was measured for the eps in use."""
    (formula, theory, measured), found, chosen = values, trace.found, _row(trace)
    data: list[theme.Trace] = []
    for row in (EPSILONS.index(eps) for eps in OTHERS if eps != trace.settings.eps):
        style: dict[str, Any] = {"name": _named(EPSILONS[row]), "line": {"width": 1}}
        data.append(theme.line(STDS, theory[row], theme.REFERENCE, **style))
        data.append(named(found, row, theme.REFERENCE))
    name = _named(EPSILONS[chosen])
    data.append(theme.line(STDS, theory[chosen], theme.WITH, name=f"{name}: {formula}"))
    data.append(theme.dots(STDS, measured[chosen], theme.WITH, name=f"{name}: measured"))
    data.append(named(found, chosen, theme.WITH))
    return theme.figure(
        title,
        data,
        theme.log_axis("Standard deviation s of the feature", range=[-5.1, 1.1]),
        y,
        shapes=[theme.guide(x=float(found.half_way[chosen]))],
    )


def constant(trace: Trace[Any, Any]) -> Figure:
    """Draw the largest normalized value of new pictures, against eps."""
    pixels, eps, row = trace.found.pixels, trace.settings.eps, _row(trace)
    data = [
        theme.line(EPSILONS, pixels.theory, theme.REFERENCE, name="largest change of such a pixel / √ε"),
        theme.line(
            EPSILONS, pixels.within, theme.THIRD, name="in the batch", mode="lines+markers",
        ),
        theme.line(
            EPSILONS, pixels.beyond, theme.WITH, name="new pictures", mode="lines+markers",
        ),
        theme.dots([eps], [pixels.beyond[row]], theme.WITH, name="at this ε",
                   marker={"size": 11}),
    ]  # fmt: skip
    right = 10 ** (LOG_EPS[1] + 0.19)  # at the end of the axis, clear of the lines
    ends = [
        ("new pictures", right, pixels.beyond[-1], theme.WITH),
        ("in the batch", right, pixels.within[-1], theme.THIRD),
    ]
    data += at_ends(ends, gap=0.5, high=4, log=True)
    return theme.figure(
        f"{pixels.n} constant pixels: new pictures reach |x̂| = {short(float(pixels.beyond[row]))}",
        data,
        theme.log_axis("ε", range=[LOG_EPS[0] - 0.2, LOG_EPS[1] + 0.2], decades=2),
        theme.log_axis("Largest |x̂|", range=[-0.1, 4.3]),
        shapes=[theme.guide(x=eps)],
        margin={"r": 96},
    )


def _half_way(found: Gain, row: int, role: theme.Role) -> theme.Trace:
    """Return the name of the line of an eps, where eps and the variance are equal."""
    place = [found.half_way[row]], [1 / math.sqrt(2)]
    return theme.end_label(*place, number_text(EPSILONS[row]), role, position="below")


def _at_start(found: Gain, row: int, role: theme.Role) -> theme.Trace:
    """Return the name of the line of an eps, at its flat beginning."""
    place = [STDS[0]], [found.limit[row]]
    return theme.end_label(*place, number_text(EPSILONS[row]), role, position="above")


def _named(eps: float) -> str:
    return f"ε = {number_text(eps)}"


VIEW = View(
    name="gain",
    label="Epsilon",
    measure=measure,
    needs=("eps", "seed"),
    free=("eps",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot(
            "output",
            output,
            "Deviation out against deviation in; dots are measured and lie on the theory.",
        ),
        Plot("gains", gains, "Gain against the deviation of the feature; flat where ε dominates."),
        Plot(
            "constant",
            constant,
            "Statistics of 32 raw pictures: within the batch no value exceeds √31 = 5.6; new pictures follow 1 over root ε.",
        ),
    ),
    code=(batch_norm, constant_pixels),
    reading="""
**Epsilon.** The dots are measured: a feature of each size goes through the layer. The line is the
formula, and grey lines are other values of ε. The third chart takes the statistics of 32 raw
pictures, in which some pixels never have ink, and normalizes all other pictures with them, as
evaluation does.
""",
)
