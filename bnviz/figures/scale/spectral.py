"""Logits before and after the hidden weights are divided by their largest singular values."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.theme import Role
from bnviz.labs.numerals import short
from bnviz.labs.scale import Trace


def with_bn(trace: Trace) -> Figure:
    """Draw the logits of the network with batch norm."""
    moved = short(trace.spectral.moved[0])
    return _figure(trace, 0, theme.WITH, f"With BN no logit moves by more than {moved}")


def without(trace: Trace) -> Figure:
    """Draw those of the network without a norm."""
    moved = short(trace.spectral.moved[1])
    return _figure(trace, 1, theme.WITHOUT, f"Without norm logits move by up to {moved}")


def _figure(trace: Trace, n: int, role: Role, title: str) -> Figure:
    before, after = trace.spectral.plain[n].ravel(), trace.spectral.divided[n].ravel()
    ends = np.array([before.min(), before.max()])
    return {
        "data": [
            theme.line(ends, ends, theme.REFERENCE, name="unchanged"),
            theme.dots(before, after, role, name="logit", marker={"size": 4, "opacity": 0.6}),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Logit with W"),
            "yaxis": theme.axis("Logit with W / σ_max"),
        },
    }
