"""The view on dropout in front of batch norm: variances, accuracy and loss."""

from collections.abc import Iterator
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.stats.precise import precise_stats
from bnviz.core.theory import dropout_variance_shift
from bnviz.core.train.dropout import dropout_masks
from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.regularization.dropout import DEPTH, STATISTICS, measure
from bnviz.labs.regularization.settings import DROPOUTS, POSITIONS
from bnviz.labs.regularization.words import LEARNING
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what the last layer meets, and the accuracy with both statistics."""
    found, p = trace.found.shift, trace.settings.dropout
    if not found.finished:
        return LEARNING
    running, again = found.accuracy
    where = f"Dropout {number_text(p)} {POSITIONS[trace.settings.position]}"
    return (
        f"{where if p else 'No dropout'}: the last BN layer meets **{found.met[-1]:.2f}** of the "
        f"variance that it learned. Unseen digits: **{running:.0%}**; with statistics "
        f"re-estimated without dropout **{again:.0%}** (loss {found.loss[0]:.2f} → "
        f"{found.loss[1]:.2f})."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the closed form, and what was measured for each layer."""
    found, keep = trace.found.shift, number_text(round(1 - trace.settings.dropout, 2))
    lines = [
        r"\frac{\operatorname{Var}_{\text{eval}}}{\operatorname{Var}_{\text{train}}} &= "
        r"\frac{v}{\frac{v}{q} + \frac{1-q}{q}\,c^2}",
        r"q &= 1 - p = " + keep,
        r"c &= \frac{1}{\sqrt{2\pi}},\ v = \frac12 - \frac{1}{2\pi}\ \ "
        r"(\text{ReLU})",
        rf"\text{{one layer}} &: \ {found.expected[1]:.3f}",
    ]
    if found.finished:
        measured = r",\ ".join(f"{value:.2f}" for value in found.alone)
        lines.append(rf"\text{{layers 1 to {DEPTH}}} &: \ {measured}")
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield ratios, losses and accuracies, and the recorded accuracy for each p."""
    shift, who = trace.found.shift, "with BN and dropout"
    for layer in range(DEPTH):
        for what in ("met", "alone", "expected"):
            value = float(getattr(shift, what)[layer])
            if isfinite(value):
                yield f"variance ratio, {what}, at layer", who, layer + 1.0, value
    if shift.finished:
        for k, statistics in enumerate(STATISTICS):
            yield f"loss, {statistics}", who, 0.0, float(shift.loss[k])
            yield f"accuracy, {statistics}", who, 0.0, float(shift.accuracy[k])
    for k, place in enumerate(POSITIONS):
        for d, p in enumerate(DROPOUTS):
            value = float(trace.found.bands.dropout_accuracy[1, k, d, 0])
            yield f"recorded: accuracy, dropout {place}, at p", who, p, value


LAYERS = np.arange(1, DEPTH + 1)
ROLES = (theme.EVAL, theme.PRECISE)


def variance(trace: Trace[Any, Any]) -> Figure:
    """Draw the ratio of variances for each layer."""
    found = trace.found.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        title = f"In evaluation BN layer {DEPTH} meets {short(float(found.met[-1]))} of the "
        title += f"variance it learned; one layer by the formula {found.expected[-1]:.2f}"
    rows = (
        ("met", found.met, theme.WITH),
        ("alone", found.alone, theme.THIRD),
        ("formula", found.expected, theme.REFERENCE),
    )
    marked: dict[str, Any] = {"end": DEPTH + 0.07, "mode": "lines+markers"}
    return theme.figure(
        title,
        curves(LAYERS, rows, over="", gap=0.09, high=1.08, **marked),
        theme.axis("BN layer", tickvals=LAYERS.tolist(), range=[0.8, DEPTH + 0.1]),
        theme.axis("Variance ratio", range=[0, 1.14]),
        margin={"r": 76},
    )


def accuracy(trace: Trace[Any, Any]) -> Figure:
    """Draw the accuracy over the dropout rate, with both statistics."""
    found = trace.found.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        before, after = found.accuracy
        title = f"Dropout {number_text(trace.settings.dropout)}: {before:.0%} of unseen digits, "
        title += f"{after:.0%} with re-estimated statistics"
    yaxis = theme.axis(
        "Unseen digits recognized", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]
    )
    recorded = 100 * trace.found.bands.dropout_accuracy
    return _over_rates(trace, recorded, 100 * found.accuracy, title, yaxis, (9, 102))


def loss(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss over the dropout rate, with both statistics."""
    found = trace.found.shift
    title = LEARNING.rstrip(".")
    if found.finished:
        before, after = found.loss
        title = f"Loss {before:.2f}; {after:.2f} with re-estimated statistics"
    yaxis = theme.axis("Loss on unseen digits", "nats", range=[0, 2.6])
    return _over_rates(trace, trace.found.bands.dropout_loss, found.loss, title, yaxis, (0.22, 2.5))


def _over_rates(
    trace: Trace[Any, Any],
    recorded: NDArray[np.float64],
    live: NDArray[np.float64],
    title: str,
    yaxis: dict[str, object],
    names: tuple[float, float],
) -> Figure:
    place, p = list(POSITIONS).index(trace.settings.position), trace.settings.dropout
    lines = list(zip(STATISTICS, recorded[:, place].T, ROLES, strict=True))
    over, (gap, high) = f"{trace.found.bands.n_seeds} starts", names
    median: dict[str, Any] = {"middle": np.median, "suffix": ": median, recorded"}
    data = curves(DROPOUTS, lines, over=over, gap=gap, high=high, **median)
    for k, (name, role) in enumerate(zip(STATISTICS, ROLES, strict=True)):
        if np.isfinite(live[k]):
            dot = theme.dots([p], [live[k]], role, name=f"{name}: this run", marker={"size": 10})
            data.append(dot)
    return theme.figure(
        title,
        data,
        theme.axis("Dropout p", range=[-0.02, 0.72]),
        yaxis,
        margin={"r": 104},
        shapes=[theme.guide(x=p)],
    )


VIEW = View(
    name="dropout",
    label="Dropout before BN",
    measure=measure,
    needs=("dropout", "position", "seed"),
    free=("dropout", "position"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("variance", variance, "Variance in evaluation over the learned one, by layer."),
        Plot("rates", accuracy, "Accuracy over the share of units dropped."),
        Plot("losses", loss, "Loss over the share of units dropped."),
    ),
    code=(dropout_variance_shift, dropout_masks, precise_stats),
    reading="""
**Dropout before BN.** *Met*: what a layer reads in evaluation, with the shifts of all layers below.
*Alone*: what it would read without them. *Formula*: the closed form for independent units.
*Re-estimated*: mean and variance measured anew on training images at the final weights, with
dropout off.

Four hidden layers of 64 units, 600 steps of 32 clean digits. Lines and bands are recorded over five
starts, dots are this run.
""",
    try_this="Set p = 0.7: what do re-estimated statistics bring back, and what not? Then "
    "move dropout before the last layer.",
    claims=(
        Claim(
            "Dropout right before BN makes the running variance larger than what evaluation meets. "
            "For independent ReLU units the ratio is 0.41 at p = 0.5.",
            "proved",
            "Li et al. 2019, “variance shift”; the closed form with the mean is derived in this app",
        ),
        Claim(
            "In the trained network the second BN layer is off by somewhat less than that, and in "
            "evaluation the shifts of the layers add up: each meets a smaller share than the one "
            "below.",
            "measured here",
            held="9 of 10",
        ),
        Claim(
            "Statistics re-estimated with dropout off lower the loss at every p from 0.1 on, and at "
            "p = 0.6 they bring back more than ten points of accuracy. They do not bring back all.",
            "measured here",
            held="10 of 10",
        ),
    ),
    credit=lambda trace: (
        f"Lines and bands over p: {trace.found.bands.credit}. All else is this run."
    ),
)
