"""The view on eps: the gain, the deviation that comes out, and pixels that were constant."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.functional import batch_norm
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon.gain import STDS, Gain, constant_pixels, measure
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.labs.view import Plot, Trace, View, columns
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, short

SMALL_STD = 1e-3
"""The feature that the view on eps speaks of."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what becomes of a small feature."""
    found = trace.found
    std = found.output_std[found.row, STDS.index(SMALL_STD)]
    return (
        f"With ε = {number_text(found.eps)} a feature of standard deviation "
        f"{number_text(SMALL_STD)} comes out with **{std:.3g}** instead of 1: below "
        f"√ε = {short(found.half_way[found.row])} ε dominates, and no change is multiplied by more than "
        f"{short(found.limit[found.row])}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the deviation that comes out, the gain, and a constant pixel."""
    found = trace.found
    eps, std = latex(found.eps), found.output_std[found.row, STDS.index(SMALL_STD)]
    return aligned(
        [
            r"\operatorname{std}(\hat x) &= \frac{s}{\sqrt{s^2 + \epsilon}}"
            rf" = \frac{{0.001}}{{\sqrt{{0.001^2 + {eps}}}}} = {std:.4g}",
            r"\text{gain} &= \frac{1}{\sqrt{s^2 + \epsilon}} \le \frac{1}{\sqrt\epsilon}"
            rf" = \frac{{1}}{{\sqrt{{{eps}}}}} = {found.limit[found.row]:.4g}",
            r"\text{constant pixel} &: \frac{x - \mu}{\sqrt{0 + \epsilon}}"
            rf" = \frac{{{found.pixels.largest_step:.3g}}}{{\sqrt{{{eps}}}}}"
            rf" = {found.pixels.theory[found.row]:.4g}",
        ]
    )


def _rows(trace: Trace[Any, Any]) -> Iterator[tuple[str, str, float, float]]:
    found = trace.found
    name = f"eps {number_text(found.eps)}"
    for s, std in enumerate(STDS):
        yield "gain at input std", name, std, float(found.gain[found.row, s])
        yield "output std at input std", name, std, float(found.output_std[found.row, s])
    for eps, value in zip(EPSILONS, found.pixels.beyond, strict=True):
        yield "largest normalized value at eps", "new pictures", eps, float(value)


def table(trace: Trace[Any, Any]) -> dict[str, list[Any]]:
    """Return the numbers, a row for each."""
    return columns(("what", "method", "at", "value"), [*_rows(trace)])


OTHERS = (1e-8, 1e-5, 1e-3, 1e-1)
"""Values of eps that are always drawn, thin."""
LOG_EPS = [float(np.log10(eps)) for eps in (EPSILONS[0], EPSILONS[-1])]


def output(trace: Trace[Any, Any]) -> Figure:
    """Draw the standard deviation that comes out, against the one that goes in."""
    found = trace.found
    data: list[theme.Trace] = []
    for eps in (eps for eps in OTHERS if eps != found.eps):
        data.append(_thin(found.theory_std[EPSILONS.index(eps)], _named(eps)))
        data.append(_half_way(found, EPSILONS.index(eps), theme.REFERENCE))
    chosen = _named(found.eps)
    theory, measured = found.theory_std[found.row], found.output_std[found.row]
    data.append(theme.line(STDS, theory, theme.WITH, name=f"{chosen}: s / √(s² + ε)"))
    data.append(theme.dots(STDS, measured, theme.WITH, name=f"{chosen}: measured"))
    data.append(_half_way(found, found.row, theme.WITH))
    root = short(found.half_way[found.row])
    title = f"{chosen}: a feature of deviation {root} comes out with 0.71 instead of 1"
    return theme.figure(
        title,
        data,
        _std_axis(),
        theme.axis("Standard deviation after BN", range=[0, 1.12], tickvals=[0, 0.5, 1]),
        shapes=[theme.guide(x=float(found.half_way[found.row]))],
    )


def gains(trace: Trace[Any, Any]) -> Figure:
    """Draw by how much a small change of a feature is multiplied."""
    found = trace.found
    data: list[theme.Trace] = []
    for eps in (eps for eps in OTHERS if eps != found.eps):
        data.append(_thin(found.theory_gain[EPSILONS.index(eps)], _named(eps)))
        data.append(_at_start(found, EPSILONS.index(eps), theme.REFERENCE))
    chosen = _named(found.eps)
    theory, measured = found.theory_gain[found.row], found.gain[found.row]
    data.append(theme.line(STDS, theory, theme.WITH, name=f"{chosen}: 1 / √(s² + ε)"))
    data.append(theme.dots(STDS, measured, theme.WITH, name=f"{chosen}: measured"))
    data.append(_at_start(found, found.row, theme.WITH))
    most = found.limit[found.row]
    title = f"{chosen}: a change is multiplied by {short(most)} at most"
    return theme.figure(
        title,
        data,
        _std_axis(),
        theme.log_axis("Gain of the layer", range=[-1.2, 4.3]),
        shapes=[theme.guide(x=float(found.half_way[found.row]))],
    )


def constant(trace: Trace[Any, Any]) -> Figure:
    """Draw the largest normalized value of new pictures, against eps."""
    found, pixels = trace.found, trace.found.pixels
    data = [
        theme.line(EPSILONS, pixels.theory, theme.REFERENCE, name="largest change of such a pixel / √ε"),
        theme.line(
            EPSILONS, pixels.within, theme.THIRD, name="in the batch", mode="lines+markers",
        ),
        theme.line(
            EPSILONS, pixels.beyond, theme.WITH, name="new pictures", mode="lines+markers",
        ),
        theme.dots([found.eps], [pixels.beyond[found.row]], theme.WITH, name="at this ε",
                   marker={"size": 11}),
    ]  # fmt: skip
    right = 10 ** (LOG_EPS[1] + 0.19)  # at the end of the axis, clear of the lines
    ends = [
        ("new pictures", right, pixels.beyond[-1], theme.WITH),
        ("in the batch", right, pixels.within[-1], theme.THIRD),
    ]
    data += at_ends(ends, gap=0.5, high=4, log=True)
    most = short(float(pixels.beyond[found.row]))
    title = f"{pixels.n} constant pixels: new pictures reach |x̂| = {most}"
    return theme.figure(
        title,
        data,
        theme.log_axis("ε", range=[LOG_EPS[0] - 0.2, LOG_EPS[1] + 0.2], decades=2),
        theme.log_axis("Largest |x̂|", range=[-0.1, 4.3]),
        shapes=[theme.guide(x=found.eps)],
        margin={"r": 96},
    )


def _thin(y: Any, name: str) -> theme.Trace:
    return theme.line(STDS, y, theme.REFERENCE, name=name, line={"width": 1})


def _half_way(found: Gain, row: int, role: theme.Role) -> theme.Trace:
    """Name the line of an eps where eps and the variance are equal."""
    place = [found.half_way[row]], [1 / math.sqrt(2)]
    return theme.end_label(*place, number_text(EPSILONS[row]), role, position="below")


def _at_start(found: Gain, row: int, role: theme.Role) -> theme.Trace:
    """Name the line of an eps at its flat beginning."""
    place = [STDS[0]], [found.limit[row]]
    return theme.end_label(*place, number_text(EPSILONS[row]), role, position="above")


def _named(eps: float) -> str:
    return f"ε = {number_text(eps)}"


def _std_axis() -> dict[str, Any]:
    return theme.log_axis("Standard deviation s of the feature", range=[-5.1, 1.1])


VIEW = View(
    name="gain",
    label="Epsilon",
    measure=measure,
    needs=("eps", "seed"),
    free=("eps",),
    takeaway=takeaway,
    formula=formula,
    table=table,
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
