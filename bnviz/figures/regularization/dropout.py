"""What dropout in front of batch norm does to variances, to accuracy and to the loss."""

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.regularization import Trace
from bnviz.labs.regularization.dropout import DEPTH, STATISTICS
from bnviz.labs.regularization.findings import LEARNING, percent
from bnviz.labs.regularization.settings import DROPOUTS, POSITIONS
from bnviz.marks import number_text
from bnviz.numerals import short

LAYERS = np.arange(1, DEPTH + 1)
ROLES = (theme.WITH, theme.THIRD)


def variance(trace: Trace) -> Figure:
    """Draw the ratio of variances for each layer."""
    found = trace.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        title = f"In evaluation BN layer {DEPTH} meets {short(float(found.met[-1]))} of the "
        title += f"variance it learned; one layer by the formula {found.expected[-1]:.2f}"
    rows = (
        ("met", found.met, theme.WITH),
        ("alone", found.alone, theme.THIRD),
        ("formula", found.expected, theme.REFERENCE),
    )
    data: list[theme.Trace] = []
    ends = []
    for name, row, role in rows:
        data.append(theme.line(LAYERS, row, role, name=name, mode="lines+markers"))
        ends.append((name, DEPTH + 0.07, float(row[-1]), role))
    return {
        "data": data + at_ends(ends, gap=0.09, high=1.08),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("BN layer", tickvals=LAYERS.tolist(), range=[0.8, DEPTH + 0.1]),
            "yaxis": theme.axis("Variance ratio", range=[0, 1.14]),
            "margin": {"r": 76},
        },
    }


def accuracy(trace: Trace) -> Figure:
    """Draw the accuracy over the dropout rate, with both statistics."""
    found = trace.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        before, after = map(percent, found.accuracy)
        title = f"Dropout {number_text(trace.settings.dropout)}: {before} of unseen digits, "
        title += f"{after} with re-estimated statistics"
    yaxis = theme.axis("Unseen digits read", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100])
    recorded = 100 * trace.bands.dropout_accuracy
    return _over_rates(trace, recorded, 100 * found.accuracy, title, yaxis, (9, 102))


def loss(trace: Trace) -> Figure:
    """Draw the loss over the dropout rate, with both statistics."""
    found = trace.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        before, after = found.loss
        title = f"Loss {before:.2f}; {after:.2f} with re-estimated statistics"
    yaxis = theme.axis("Loss on unseen digits", "nats", range=[0, 2.6])
    return _over_rates(trace, trace.bands.dropout_loss, found.loss, title, yaxis, (0.22, 2.5))


def _over_rates(
    trace: Trace,
    recorded: NDArray[np.float64],
    live: NDArray[np.float64],
    title: str,
    yaxis: dict[str, object],
    names: tuple[float, float],
) -> Figure:
    place, p = list(POSITIONS).index(trace.settings.position), trace.settings.dropout
    data: list[theme.Trace] = []
    ends = []
    for k, (name, role) in enumerate(zip(STATISTICS, ROLES, strict=True)):
        low, middle, high = recorded[:, place, :, k]
        label = f"{name}: {trace.bands.n_seeds} starts"
        data += theme.band(DROPOUTS, low, high, role, name=label, opacity=0.15)
        data.append(theme.line(DROPOUTS, middle, role, name=f"{name}: median, recorded"))
        ends.append((name, DROPOUTS[-1], float(middle[-1]), role))
    for k, (name, role) in enumerate(zip(STATISTICS, ROLES, strict=True)):
        if np.isfinite(live[k]):
            dot = theme.dots([p], [live[k]], role, name=f"{name}: this run", marker={"size": 10})
            data.append(dot)
    gap, high_end = names
    return {
        "data": data + at_ends(ends, gap=gap, high=high_end),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Dropout p", range=[-0.02, 0.72]),
            "yaxis": yaxis,
            "margin": {"r": 104},
            "shapes": [theme.guide(x=p)],
        },
    }
