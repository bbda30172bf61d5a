"""What eps does: the gain, the deviation that comes out, and pixels that were constant."""

import math
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon import Trace
from bnviz.labs.epsilon.gain import STDS
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.marks import number_text
from bnviz.numerals import short

OTHERS = (1e-8, 1e-5, 1e-3, 1e-1)
"""Values of eps that are always drawn, thin."""
LOG_EPS = [float(np.log10(eps)) for eps in (EPSILONS[0], EPSILONS[-1])]


def charts(trace: Trace) -> list[Chart]:
    """Draw the three charts of this view."""
    return [output(trace), gains(trace), constant(trace)]


def output(trace: Trace) -> Chart:
    """Draw the standard deviation that comes out, against the one that goes in."""
    found = trace.gain
    data: list[theme.Trace] = []
    for eps in (eps for eps in OTHERS if eps != found.eps):
        data.append(_thin(found.theory_std[EPSILONS.index(eps)], _named(eps)))
        data.append(_half_way(eps, theme.REFERENCE))
    chosen = _named(found.eps)
    theory, measured = found.theory_std[found.row], found.output_std[found.row]
    data.append(theme.line(STDS, theory, theme.WITH, name=f"{chosen}: s / √(s² + ε)"))
    data.append(theme.dots(STDS, measured, theme.WITH, name=f"{chosen}: measured"))
    data.append(_half_way(found.eps, theme.WITH))
    root = short(math.sqrt(found.eps))
    title = f"{chosen}: a feature of deviation {root} comes out with 0.71 instead of 1"
    layout = {
        "title": theme.finding(title),
        "xaxis": _std_axis(),
        "yaxis": theme.axis("Standard deviation after BN", range=[0, 1.12], tickvals=[0, 0.5, 1]),
        "shapes": [theme.guide(x=math.sqrt(found.eps))],
    }
    alt = f"{title}. Deviation out against deviation in; dots are measured and lie on the theory."
    return Chart("output", {"data": data, "layout": layout}, alt)


def gains(trace: Trace) -> Chart:
    """Draw by how much a small change of a feature is multiplied."""
    found = trace.gain
    data: list[theme.Trace] = []
    for eps in (eps for eps in OTHERS if eps != found.eps):
        data.append(_thin(found.theory_gain[EPSILONS.index(eps)], _named(eps)))
        data.append(_at_start(eps, theme.REFERENCE))
    chosen = _named(found.eps)
    theory, measured = found.theory_gain[found.row], found.gain[found.row]
    data.append(theme.line(STDS, theory, theme.WITH, name=f"{chosen}: 1 / √(s² + ε)"))
    data.append(theme.dots(STDS, measured, theme.WITH, name=f"{chosen}: measured"))
    data.append(_at_start(found.eps, theme.WITH))
    most = 1 / math.sqrt(found.eps)
    title = f"{chosen}: a change is multiplied by {short(most)} at most"
    layout = {
        "title": theme.finding(title),
        "xaxis": _std_axis(),
        "yaxis": theme.log_axis("Gain of the layer", range=[-1.2, 4.3]),
        "shapes": [theme.guide(x=math.sqrt(found.eps))],
    }
    alt = f"{title}. Gain against the deviation of the feature; flat where ε dominates."
    return Chart("gains", {"data": data, "layout": layout}, alt)


def constant(trace: Trace) -> Chart:
    """Draw the largest normalized value of new pictures, against eps."""
    found, pixels = trace.gain, trace.gain.pixels
    theory = pixels.largest_step / np.sqrt(EPSILONS)
    data = [
        theme.line(EPSILONS, theory, theme.REFERENCE, name="largest change of such a pixel / √ε"),
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
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("ε", range=[LOG_EPS[0] - 0.2, LOG_EPS[1] + 0.2], decades=2),
        "yaxis": theme.log_axis("Largest |x̂|", range=[-0.1, 4.3]),
        "shapes": [theme.guide(x=found.eps)],
        "margin": {"r": 96},
    }
    alt = (
        f"{title}. Statistics of 32 raw pictures: within the batch no value exceeds "
        f"{short(float(pixels.within.max()))}; new pictures follow 1 over root ε."
    )
    return Chart("constant", {"data": data, "layout": layout}, alt)


def _thin(y: Any, name: str) -> theme.Trace:
    return theme.line(STDS, y, theme.REFERENCE, name=name, line={"width": 1})


def _half_way(eps: float, role: theme.Role) -> theme.Trace:
    """Name the line of an eps where eps and the variance are equal."""
    place = [math.sqrt(eps)], [1 / math.sqrt(2)]
    return theme.end_label(*place, number_text(eps), role, position="below")


def _at_start(eps: float, role: theme.Role) -> theme.Trace:
    """Name the line of an eps at its flat beginning."""
    place = [STDS[0]], [1 / math.sqrt(eps)]
    return theme.end_label(*place, number_text(eps), role, position="above")


def _named(eps: float) -> str:
    return f"ε = {number_text(eps)}"


def _std_axis() -> dict[str, Any]:
    return theme.log_axis("Standard deviation s of the feature", range=[-5.1, 1.1])
