"""The view on renormalization: a layer in training beside evaluation, and where it helps."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bnviz.core.functional import batch_renorm
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.shares import SHARE, spread
from bnviz.labs.family.record import HEADINGS, HELPED_SIZES, LIMITS
from bnviz.labs.family.renorm import N_SHOWN, measure
from bnviz.labs.family.renorm import layer as one_layer
from bnviz.labs.family.sizes_view import ROLES
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, clean, latex_short, short, to_latex, true_minus


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far training is from evaluation, and what it brings."""
    found, s = trace.found.layer, trace.settings
    if clean(found.furthest) == 0:
        said = "No limit holds: renormalization gives in training **what evaluation gives**"
    else:
        said = (
            f"Limits hold in {found.clipped:.0%} of the units, and renormalization differs from "
            f"evaluation by up to {short(found.furthest)}"
        )
    said += f"; BN differs by up to {short(found.furthest_bn)}."
    bn, renorm = trace.found.pair.tolist()
    if np.isfinite(bn):
        said += (
            f" Trained at batch size {s.batch_size}, BN recognizes {bn:.0%} and renormalization "
            f"**{renorm:.0%}** (one start)."
        )
    return said


def formula(trace: Trace[Any, Any]) -> str:
    """Return the corrections, and how large they are here."""
    s, found = trace.settings, trace.found.layer
    r, d, minus_d = (number_text(value or 0) for value in (s.r_max, s.d_max, -s.d_max))
    low, high = (to_latex(f"{value:.2g}") for value in (found.r.min(), found.r.max()))
    return aligned(
        [
            rf"r &= \operatorname{{clip}}(\sigma_B / \sigma,\ 1/{r},\ {r})",
            rf"d &= \operatorname{{clip}}((\mu_B - \mu) / \sigma,\ {minus_d},\ {d})",
            r"y &= \gamma\,(r\,\hat x + d) + \beta",
            rf"\sigma_B / \sigma &\ \text{{from}}\ {low}\ \text{{to}}\ {high}",
            r"\text{off, no limits} &: \ " + latex_short(clean(found.furthest_free)),
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    s = trace.settings
    for n, rows in zip(HELPED_SIZES, trace.found.record.renorm.mean(-1), strict=True):
        for (r, d, p), pair in zip(LIMITS, rows.tolist(), strict=True):
            what = f"renormalization, r_max {r:g}, d_max {d:g}, momentum {p:g}"
            yield "mean accuracy at batch size", what, n, pair[1]
    for name, share in zip(("BN", "renormalization"), trace.found.pair.tolist(), strict=True):
        yield "live accuracy at batch size", name, s.batch_size, share


GAP = '<br><span style="font-size:6px">\N{NO-BREAK SPACE}</span>'
"""Below a text, so that it does not touch its dot."""


def layer(trace: Trace[Any, Any]) -> Figure:
    """Draw the output in training over that in evaluation."""
    found = trace.found.layer
    x, bn, renorm = (a.ravel()[:N_SHOWN] for a in (found.evaluation, found.bn, found.renorm))
    ends = np.array([min(x.min(), bn.min()), max(x.max(), bn.max())])
    data = [
        theme.line(ends, ends, theme.REFERENCE, name="the same"),
        theme.dots(x, bn, theme.WITH, name="BN", marker={"size": 7, "symbol": "circle-open"}),
        theme.dots(x, renorm, ROLES["renorm"], name="renormalization", marker={"size": 5}),
    ]
    if clean(found.furthest) == 0:
        title = "Filled: renormalization is evaluation. Rings: BN is not"
    else:
        title = (
            f"Away from evaluation: renormalization (filled) up to {short(found.furthest)}, "
            f"BN (rings) up to {short(found.furthest_bn)}"
        )
    return theme.figure(
        title, data, theme.axis("Output in evaluation"), theme.axis("Output in training")
    )


def helped(trace: Trace[Any, Any]) -> Figure:
    """Draw what BN and renormalization recognize at three batch sizes, for four limits."""
    share = 100 * trace.found.record.renorm
    labels = ["BN", *(f"r {r:g}, d {d:g}, p {p:g}" for r, d, p in LIMITS)]
    symbols, colors = ("circle", "diamond", "square"), theme.ramp(len(HELPED_SIZES))
    data = []
    for k, n in enumerate(HELPED_SIZES):
        rows = [share[k, 0, 0], *(share[k, j, 1] for j in range(len(LIMITS)))]
        mean = np.array([row.mean() for row in rows])
        data.append(
            {
                **theme.dots(mean, mean, theme.REFERENCE, name=f"batch size {n}"),
                "y": labels,
                "mode": "lines+markers",
                "line": {"color": colors[k], "width": 1, "dash": "dot"},
                "marker": {"size": 9, "symbol": symbols[k], "color": colors[k]},
                "error_x": spread(rows),
                "hovertemplate": f"batch size {n}<br>%{{y}}: %{{x:.1f}}%<extra></extra>",
            }
        )
    for k, (n, place) in enumerate(zip(HELPED_SIZES, ("center", "left", "right"), strict=True)):
        at = float(share[k, 0, 0].mean())
        name = theme.end_label([at], [0.0], "", replace(theme.REFERENCE, text=colors[k]))
        text = (f"batch size {n}" if k == 0 else f"{n}") + GAP
        data.append({**name, "y": labels[:1], "text": [text], "textposition": f"top {place}"})
    best = share[:, :, 1].mean(-1).max(-1) - share[:, 0, 0].mean(-1)
    gains = ", ".join(
        f"{round(float(gain))} at {n}" for gain, n in zip(best, HELPED_SIZES, strict=True)
    )
    return theme.figure(
        f"Best gain over BN, in points: {true_minus(gains)}",
        data,
        SHARE,
        {"type": "category", "range": [len(labels) - 0.5, -0.8], "ticks": ""},
        margin={"l": 130},
    )


VIEW = View(
    name="renorm",
    label="Renormalization",
    measure=measure,
    needs=("batch_size", "r_max", "d_max", "momentum", "seed"),
    free=("batch_size", "r_max", "d_max", "momentum"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot("layer", layer, "One batch through one layer; the grey line is equality."),
        Plot(
            "helped",
            helped,
            "At 2, 4 and 32 digits; dots are means of three starts, thin lines their range.",
        ),
    ),
    code=(one_layer, batch_renorm),
    credit=lambda trace: (
        f"Dots and thin lines of the second chart: {trace.found.record.credit}. "
        "The layer is this run."
    ),
    reading="""
**Renormalization.** Rings are BN, filled dots renormalization: 16 features go through a layer whose
running statistics do not fit them. The other chart shows networks that were trained with four sets
of limits (r is r_max, d is d_max, p the momentum), in batches of 2, 4 and 32 digits.

The features have mean 0.3 and deviation 1, the running statistics are 0 and 1. The numbers above
the networks are their batch sizes. Dots and thin lines are the mean and the range of three starts.
""",
    try_this="In the view Renormalization take batch size 32, then 2. When does a limit hold, and "
    "where does raising it help?",
)
