"""The pace of training at three scales and rates."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.labs.scale import Trace
from bnviz.labs.scale.findings import LEARNING, last_loss
from bnviz.labs.scale.learner import Path
from bnviz.labs.scale.pace import ARMS, N_STEPS
from bnviz.marks import number_text

STEPS = np.arange(N_STEPS)
EVERY = 10
"""The twin is drawn as dots on the line of the first run."""
WIDE = [0, N_STEPS * 1.32]
"""Range of the axis of steps: the right end has room for names."""


def loss(trace: Trace) -> Figure:
    """Draw the loss of each run."""
    found, a = trace.pace, number_text(trace.settings.scale)
    title = LEARNING.rstrip(".")
    if found.finished:
        scaled, plain = last_loss(found.scaled), last_loss(found.plain)
        title = f"a = {a}, same rate: loss {scaled:.2f} in place of {plain:.2f}; rate × a²: equal"
    rows = {name: trailing_mean(path.loss) for name, path in _paths(trace).items()}
    return {
        "data": [
            theme.line(STEPS, rows["plain"], theme.WITH, name=ARMS["plain"]),
            theme.line(STEPS, rows["scaled"], theme.FOURTH, name=f"a = {a}, same rate"),
            theme.dots(STEPS[::EVERY], rows["twin"][::EVERY], theme.THIRD, name=f"a = {a}, × a²"),
            *_labels(rows, a),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=WIDE),
            "yaxis": theme.axis("Training loss", "nats", rangemode="tozero"),
            "annotations": [_dots(a, 0.95)],
        },
    }


def _paths(trace: Trace) -> dict[str, Path]:
    found = trace.pace
    return {"plain": found.plain, "scaled": found.scaled, "twin": found.twin}


def _labels(rows: dict[str, np.ndarray], a: str) -> list[theme.Trace]:
    return [
        theme.end_label(STEPS, rows["plain"], "a = 1", theme.WITH),
        theme.end_label(STEPS, rows["scaled"], f"a = {a}", theme.FOURTH, position="above"),
    ]


def _dots(a: str, y: float) -> dict[str, Any]:
    """Say what the dots are, at the right end of the picture: they lie on a line."""
    return {
        "x": 0.98, "y": y, "xref": "paper", "yref": "paper", "xanchor": "right",
        "text": f"dots: a = {a}, rate × a²",
    }  # fmt: skip


def length(trace: Trace) -> Figure:
    """Draw the length of the weights of scale 1, measured and by Pythagoras."""
    path, lr = trace.pace.plain, trace.pace.lr
    steps = np.arange(N_STEPS + 1)
    title = LEARNING.rstrip(".")
    if trace.pace.finished:
        title = f"Each step adds to the length: {path.norm[0]:.2f} becomes {path.norm[-1]:.2f}"
    every = slice(None, None, EVERY)
    return {
        "data": [
            theme.line(steps, path.norm, theme.WITH, name="a = 1"),
            theme.dots(
                steps[every], path.pythagoras(lr)[every], theme.REFERENCE,
                name="√(‖W₀‖² + Σ η²‖g‖²)",
            ),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step"),
            "yaxis": theme.axis("Length of the weights, a = 1"),
            "annotations": [
                {
                    "x": 0.98, "y": 0.05, "xref": "paper", "yref": "paper", "xanchor": "right",
                    "text": "dots: from the gradients alone",
                }
            ],
        },
    }  # fmt: skip


def rate(trace: Trace) -> Figure:
    """Draw the effective learning rate of each run, times the squared length at scale 1."""
    found = trace.pace
    start = found.plain.norm[0]
    rates = {"plain": found.lr, "scaled": found.lr, "twin": found.twin_lr}
    rows = {
        name: rates[name] / np.square(path.norm[:-1])  # core.theory.effective_lr, with gaps
        for name, path in _paths(trace).items()
    }
    title = LEARNING.rstrip(".")
    if found.finished:
        kept = rows["plain"][-1] * start**2 / found.lr
        title = f"With a = 1 the effective rate falls by itself, to {100 * kept:.0f}% of its start"
    a = number_text(trace.settings.scale)
    return {
        "data": [
            theme.line(STEPS, rows["plain"], theme.WITH, name=ARMS["plain"]),
            theme.line(STEPS, rows["scaled"], theme.FOURTH, name=f"a = {a}, same rate"),
            theme.dots(STEPS[::EVERY], rows["twin"][::EVERY], theme.THIRD, name=f"a = {a}, × a²"),
            *_labels(rows, a),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=WIDE),
            "yaxis": theme.log_axis("Effective rate η/‖W‖²"),
            "annotations": [_dots(a, 0.5)],
        },
    }
