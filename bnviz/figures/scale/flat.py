"""Loss and gradient over the scale of the hidden weights."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.scale import Trace
from bnviz.labs.scale.settings import SCALES
from bnviz.marks import number_text
from bnviz.numerals import short

LINES = (("with BN", theme.WITH), ("no norm", theme.WITHOUT))
SHOWN = [-3.2, 3.4]
"""Exponents of the axis of scales; the right end has room for names."""


def loss(trace: Trace) -> Figure:
    """Draw the loss of one batch at every scale."""
    found, a = trace.flat, trace.settings.scale
    start = number_text(found.flat_from)
    title = f"With BN the loss is {found.level:.2f} within 1% for every scale from {start} on"
    return _figure(trace, found.loss, title, "Loss", "nats", a)


def gradient(trace: Trace) -> Figure:
    """Draw the norm of the gradient at every scale, and the line 1/a."""
    found, a = trace.flat, trace.settings.scale
    bn, plain = map(short, found.gradient_norm_at)
    title = f"Gradient norm at a = {number_text(a)}: {bn} with BN, {plain} without"
    figure = _figure(trace, found.gradient_norm, title, "Gradient norm", "", a)
    one = found.gradient_norm[0, SCALES.index(1.0)]
    ends = np.array([SCALES[0], SCALES[-1]])
    figure["data"].insert(0, theme.line(ends, one / ends, theme.REFERENCE, name="1/a"))
    return figure


def _figure(trace: Trace, values: Any, title: str, what: str, unit: str, a: float) -> Figure:
    data: list[theme.Trace] = []
    at = SCALES.index(a)
    for row, (name, role) in zip(values, LINES, strict=True):
        data.append(theme.line(SCALES, row, role, name=name))
        data.append(theme.dots([a], [row[at]], role, name=name, marker={"size": 9}))
        data.append(theme.end_label(SCALES, row, name, role))
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis("Weight scale a", range=SHOWN),
            "yaxis": theme.log_axis(what, unit, decades=_decades(values)),
            "shapes": [theme.guide(x=trace.flat.eps_scale)],
            "annotations": [
                {
                    "x": np.log10(trace.flat.eps_scale), "y": 1, "yref": "paper",
                    "xanchor": "left", "yanchor": "top", "text": " a²σ² = ε",
                }
            ],
        },
    }  # fmt: skip


def _decades(values: Any) -> int:
    """Give the decades from one label to the next, so that there are about five labels."""
    return max(1, round(float(np.log10(values.max() / values.min())) / 5))
