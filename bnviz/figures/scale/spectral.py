"""Logits and training, with the hidden weights divided by their largest singular values."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.figures.theme import Role
from bnviz.labs.scale import Trace
from bnviz.labs.scale.findings import LEARNING
from bnviz.labs.scale.spectral import N_STEPS
from bnviz.numerals import bound, short

EVERY = 5
"""The network with spectral normalization is drawn as dots on the line of the other."""


def with_bn(trace: Trace) -> Figure:
    """Draw the logits of the network with batch norm."""
    moved = bound(trace.spectral.moved[0])
    return _figure(trace, 0, theme.WITH, f"With BN no logit moves by more than {moved}")


def without(trace: Trace) -> Figure:
    """Draw those of the network without a norm."""
    moved = short(trace.spectral.moved[1])
    return _figure(trace, 1, theme.WITHOUT, f"Without norm logits move by up to {moved}")


def loss(trace: Trace) -> Figure:
    """Draw the loss of the two trained networks."""
    found, steps = trace.spectral, np.arange(N_STEPS)
    title = LEARNING.rstrip(".")
    if found.finished:
        title = f"Trained with it, the loss moves by no more than {bound(found.apart)}"
    plain, normed = (trailing_mean(path.loss) for path in (found.path, found.spectral_path))
    return {
        "data": [
            theme.line(steps, plain, theme.WITH, name="BN"),
            theme.dots(steps[::EVERY], normed[::EVERY], theme.THIRD, name="BN, spectral"),
            theme.end_label(steps, plain, "BN", theme.WITH),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=[0, 1.15 * N_STEPS]),
            "yaxis": theme.axis("Training loss", "nats", rangemode="tozero"),
            "annotations": [
                {
                    "x": 0.98, "y": 0.95, "xref": "paper", "yref": "paper", "xanchor": "right",
                    "text": "dots: with spectral normalization",
                }
            ],
        },
    }  # fmt: skip


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
