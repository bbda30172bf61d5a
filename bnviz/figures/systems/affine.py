"""Figures on gamma and beta alone: accuracy by width, and the gammas that were learned."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.systems import Trace, affine
from bnviz.labs.systems.sweep import WIDTHS

ROLES = (theme.FOURTH, theme.WITH, theme.THIRD, theme.REFERENCE)
SHORT = ("output", "γ, β", "γ, β, output", "all")
BIN, MOST = 0.25, 4.0


def charts(trace: Trace) -> list[Chart]:
    """Draw accuracy by width, and histograms of gamma."""
    widths, gammas = accuracy(trace), histogram(trace)
    what = "Accuracy by width, for four choices of what learns: recorded, and the reader's own."
    also = "Histograms of gamma, learned alone with beta, and together with all weights."
    return [
        Chart("widths", widths, alt_text(widths, what)),
        Chart("gammas", gammas, alt_text(gammas, also)),
    ]


def accuracy(trace: Trace) -> Figure:
    """Draw the recorded accuracies as lines and bands, and the live ones as dots."""
    found, live, width = trace.bands.accuracy, trace.learned.accuracy, trace.settings.width
    data: list[theme.Trace] = []
    for a, (name, role) in enumerate(zip(affine.ARMS, ROLES, strict=True)):
        low, high = found[:, a].min(axis=-1), found[:, a].max(axis=-1)
        data += theme.band(WIDTHS, low, high, role, name=name)
    for a, (name, role) in enumerate(zip(affine.ARMS, ROLES, strict=True)):
        data.append(theme.line(WIDTHS, found[:, a].mean(axis=-1), role, name=name))
        if np.isfinite(live[a]):
            dot = {"size": 10}
            data.append(theme.dots([width], [live[a]], role, name=f"{name}, live", marker=dot))
    ends = [
        (name, float(WIDTHS[-1]), float(found[-1, a].mean()), role)
        for a, (name, role) in enumerate(zip(SHORT, ROLES, strict=True))
    ]
    first, last = found[1, 1].mean(), found[-1, 1].mean()
    title = f"γ, β alone, recorded: {first:.0%} at width {WIDTHS[1]}, {last:.0%} at {WIDTHS[-1]}"
    return {
        "data": data + at_ends(ends, gap=0.055, high=1.03),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis("Width of the hidden layers", labels=WIDTHS),
            "yaxis": theme.axis("Accuracy on new digits", tickformat=".0%", range=[0.38, 1.05]),
            "shapes": [theme.guide(x=width)],
            "margin": {"r": 100},
        },
    }


def histogram(trace: Trace) -> Figure:
    """Draw the shares of gamma by value; beyond the ends they are in the outer bars."""
    gamma = trace.learned.gamma
    width = trace.settings.width
    edges = np.arange(-MOST - BIN / 2, MOST + BIN, BIN)
    data: list[theme.Trace] = []
    highest = 0.5
    title = f"The networks of width {width} are being trained"
    if np.isfinite(gamma).all():
        for a, name in ((1, "γ and β alone"), (3, "all")):
            count, _ = np.histogram(np.clip(gamma[a], -MOST, MOST), edges)
            share, x = count / count.sum(), (edges[:-1] + edges[1:]) / 2
            stairs, highest = {"shape": "hvh"}, max(highest, float(share.max()))
            data.append(theme.line(x, share, ROLES[a], name=affine.ARMS[a], line=stairs))
            # Above the highest bar, or beside it where that of the other network is in the way.
            place = int(share.argmax()) if name == "all" else int(np.argmin(np.abs(x - 2)))
            height = float(share[place:].max())
            label = theme.end_label([x[place]], [height], name, ROLES[a], position="above")
            data.append(label)
        near = affine.near_zero(gamma)
        title = f"Within 0.1 of 0: {near[1]:.0%} of γ learned alone, {near[3]:.0%} with all"
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis(
                "γ",
                range=[-MOST - BIN, MOST + BIN],
                tickvals=[-4, -2, 0, 2, 4],
                ticktext=["≤ −4", "−2", "0", "2", "≥ 4"],
            ),
            "yaxis": theme.axis("Share of γ", tickformat=".0%", range=[0, 1.15 * highest]),
            "shapes": [theme.guide(x=0), theme.guide(x=1)],
        },
    }
