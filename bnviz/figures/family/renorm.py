"""Renormalization: a layer in training beside evaluation, and where it helps."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.family.accuracy import ROLES
from bnviz.labs.family.findings import ROUNDING
from bnviz.labs.family.renorm import N_SHOWN
from bnviz.labs.family.sweep import HELPED_SIZES, LIMITS
from bnviz.labs.family.trace import Trace
from bnviz.numerals import short, true_minus

GAP = '<br><span style="font-size:6px">\N{NO-BREAK SPACE}</span>'
"""Below a text, so that it does not touch its dot."""


def charts(trace: Trace) -> list[Chart]:
    """Draw the two charts of this view."""
    return [layer(trace), helped(trace)]


def layer(trace: Trace) -> Chart:
    """Draw the output in training over that in evaluation."""
    found = trace.layer
    x, bn, renorm = (a.ravel()[:N_SHOWN] for a in (found.evaluation, found.bn, found.renorm))
    ends = np.array([min(x.min(), bn.min()), max(x.max(), bn.max())])
    data = [
        theme.line(ends, ends, theme.REFERENCE, name="the same"),
        theme.dots(x, bn, theme.WITH, name="BN", marker={"size": 7, "symbol": "circle-open"}),
        theme.dots(x, renorm, theme.WITH, name="renormalization", marker={"size": 5}),
    ]
    if found.furthest < ROUNDING:
        title = "Filled: renormalization is evaluation. Rings: BN is not"
    else:
        title = (
            f"Away from evaluation: renormalization (filled) up to {short(found.furthest)}, "
            f"BN (rings) up to {short(found.furthest_bn)}"
        )
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Output in evaluation"),
        "yaxis": theme.axis("Output in training"),
    }
    alt = f"{title}. One batch through one layer; the grey line is equality."
    return Chart("layer", {"data": data, "layout": layout}, alt)


def helped(trace: Trace) -> Chart:
    """Draw what BN and renormalization read at three batch sizes, for four limits."""
    share = 100 * trace.record.renorm
    labels = ["BN", *(f"r {r:g}, d {d:g}, p {p:g}" for r, d, p in LIMITS)]
    symbols = ("circle", "diamond", "square")
    data = []
    for k, n in enumerate(HELPED_SIZES):
        rows = [share[k, 0, 0], *(share[k, j, 1] for j in range(len(LIMITS)))]
        mean = np.array([row.mean() for row in rows])
        data.append(
            {
                **theme.dots(mean, mean, ROLES["bn"], name=f"batch size {n}"),
                "y": labels,
                "mode": "lines+markers",
                "line": {"color": ROLES["bn"].color, "width": 1, "dash": "dot"},
                "marker": {"size": 9, "symbol": symbols[k], "color": ROLES["bn"].color},
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [float(r.max() - r.mean()) for r in rows],
                    "arrayminus": [float(r.mean() - r.min()) for r in rows],
                    "thickness": 1,
                },
                "hovertemplate": f"batch size {n}<br>%{{y}}: %{{x:.1f}}%<extra></extra>",
            }
        )
    for k, (n, place) in enumerate(zip(HELPED_SIZES, ("center", "left", "right"), strict=True)):
        at = float(share[k, 0, 0].mean())
        name = theme.end_label([at], [0.0], "", ROLES["bn"])
        text = (f"batch size {n}" if k == 0 else f"{n}") + GAP
        data.append({**name, "y": labels[:1], "text": [text], "textposition": f"top {place}"})
    best = share[:, :, 1].mean(-1).max(-1) - share[:, 0, 0].mean(-1)
    gains = ", ".join(
        f"{round(float(gain))} at {n}" for gain, n in zip(best, HELPED_SIZES, strict=True)
    )
    title = f"Best gain over BN, in points: {true_minus(gains)}"
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Unseen digits read right", "%", range=[0, 104]),
        "yaxis": {"type": "category", "range": [len(labels) - 0.5, -0.8], "ticks": ""},
        "margin": {"l": 130},
    }
    alt = f"{title}. At 2, 4 and 32 digits; dots are means of three starts, thin lines their range."
    return Chart("helped", {"data": data, "layout": layout}, alt)
