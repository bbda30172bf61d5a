"""The view on what the conventions of libraries make of the same batches."""

import math
from typing import Any

import numpy as np

from bnviz.core.stats.running import RunningStatistics, start_share
from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.labels import apart, at_ends
from bnviz.figures.last import last_point
from bnviz.labs.train_eval.loss_view import (
    latex,
    loss_axis,
    loss_range,
    moving,
    nats,
    timeline,
    titles,
)
from bnviz.labs.train_eval.snapshots import NEEDS, measure
from bnviz.labs.train_eval.start_up import STARTS
from bnviz.labs.train_eval.start_up import start_up as measured_start
from bnviz.labs.train_eval.training import N_STEPS
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import decades, number_text
from bnviz.numerals import short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what a start at 0 does, and what the unbiased variance does."""
    momentum = trace.settings.momentum
    first = STARTS.index("zero")
    if momentum is None:
        start = "The cumulative average gives the start no weight"
    else:
        share = float(trace.found.start_up.closed[first, 0])
        start = (
            f"With momentum {number_text(momentum)} a running variance that starts at 0 is "
            f"{short(share)} of the true one after the first batch"
        )
        if share < 0.99:
            start += f", so outputs are {short(1 / math.sqrt(share))} times too large"
    layers = trace.found.library_share[-1, -1]
    return (
        f"{start}; the unbiased variance of the paper is {layers[0]:.2f} of the true one in "
        f"layer 1, and {layers[-1]:.2f} in layer {len(layers)}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the share of the true variance that is kept after some batches."""
    momentum = trace.settings.momentum
    head = r"\frac{E[r_t]}{\sigma^2} &= 1 - (1 - p)^t"
    if momentum is None:
        return (
            r"\begin{aligned} E[r_t] &= \frac{1}{t}\sum_{s=1}^{t} E[b_s] = \sigma^2 \end{aligned}"
        )
    lines = [head]
    for t in (1, 10):
        share = 1 - start_share(momentum, t)
        lines.append(
            rf"1 - {latex(1 - momentum)}^{{{t}}} &= {latex(share)}, \; "
            rf"\tfrac{{1}}{{\sqrt{{{latex(share)}}}}} = {latex(1 / math.sqrt(share))}"
        )
    n = trace.settings.batch_size
    lines.append(rf"\frac{{m-1}}{{m}} &= \frac{{{n - 1}}}{{{n}}} = {latex((n - 1) / n)}")
    return r"\begin{aligned} " + r" \\[4pt] ".join(lines) + r" \end{aligned}"


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the loss and the kept variances in each convention, a row for each snapshot."""
    columns: dict[str, Any] = {"step": trace.found.steps}
    for place, name in enumerate(LIBRARIES):
        columns[f"test loss, {name} (nats)"] = trace.found.library_loss[:, place]
        for layer, share in enumerate(trace.found.library_share[:, place].T, start=1):
            columns[f"variance / true one, {name}, layer {layer}"] = share
    return columns


LIBRARIES = {
    "PyTorch": theme.WITH,
    "Keras": theme.FOURTH,
    "tutorial": theme.THIRD,
    "paper": theme.REFERENCE,
}
NAME_ROOM = 0.12
"""Share of the height of a chart that a name needs: some lines end close together."""
START_ROLES = {"zero": theme.THIRD, "one": theme.WITH, "corrected": theme.FOURTH}
START_NAMES = {"zero": "from 0", "one": "from 1", "corrected": "corrected"}


def start_up(trace: Trace[Any, Any]) -> Figure:
    """Draw the running variance over the true one for three starts, with the closed forms."""
    batches = np.arange(N_STEPS) + 1
    data: list[theme.Trace] = []
    for start, closed, measured in zip(
        STARTS, trace.found.start_up.closed, trace.found.start_up.measured, strict=True
    ):
        role, name = START_ROLES[start], START_NAMES[start]
        data.append(theme.line(batches, closed, theme.REFERENCE, name=f"{name}, closed form"))
        data.append(theme.line(batches, measured, role, name=f"{name}, measured"))
        label = theme.end_label(batches[:1], closed[:1], name, role)
        place = "top right" if start == "corrected" else "bottom right"  # the others rise
        data.append({**label, "textposition": place, "text": [f" {name}"]})
    return theme.figure(
        titles(trace, _start_title),
        data,
        theme.log_axis(
            "Batches so far", labels=decades(1, 300, (1, 3)), range=[-0.02, np.log10(N_STEPS)]
        ),
        theme.axis("Running / true variance", range=[-0.2, 1.6]),
        shapes=[theme.guide(x=Frames(np.maximum(trace.found.steps, 1)))],
        margin={"r": 56},
    )


def _start_title(trace: Trace[Any, Any], snapshot: int) -> str:
    t, place = max(int(trace.found.steps[snapshot]), 1), STARTS.index("zero")
    measured, closed = (
        part[place, t - 1] for part in (trace.found.start_up.measured, trace.found.start_up.closed)
    )
    words = "After 1 batch" if t == 1 else f"After {t} batches"
    if trace.settings.momentum is None:
        return f"{words}: {measured:.2f} of the true one, from any start"
    return f"{words} from 0: {measured:.2f} of the true one, closed form {closed:.2f}"


def layers(trace: Trace[Any, Any]) -> Figure:
    """Draw the kept variance over the true one, by layer and convention."""
    share, n = trace.found.library_share, trace.settings.batch_size
    x, top = np.arange(share.shape[2]) + 1, max(1.7, 1.1 * n / (n - 1))
    end = float(x[-1]) + 0.1
    heights = np.array([apart(ends, NAME_ROOM * top, top) for ends in share[:, :, -1]])
    data: list[theme.Trace] = []
    for place, (name, role) in enumerate(LIBRARIES.items()):
        y = Frames(share[:, place])
        data.append(theme.line(x, y, role, name=name, mode="lines+markers", marker={"size": 7}))
        data.append(theme.end_label([end], Frames(heights[:, place : place + 1]), name, role))
    return theme.figure(
        titles(trace, _layers_title),
        data,
        theme.axis("Hidden layer", range=[0.8, end], tickvals=x.tolist()),
        theme.axis("Kept / true variance", range=[0, top]),
        shapes=[theme.guide(y=1.0)],
        margin={"r": 72},
    )


def _layers_title(trace: Trace[Any, Any], t: int) -> str:
    n, paper = trace.settings.batch_size, trace.found.library_share[t, -1]
    shares = f"{paper[0]:.2f} in layer 1, {paper[-1]:.2f} in layer 3"
    return f"Paper over true: {shares}; m/(m−1) is {n / (n - 1):.2f}"


def library_losses(trace: Trace[Any, Any]) -> Figure:
    """Draw the test loss over the steps in each convention."""
    steps, loss = trace.found.steps, trace.found.library_loss
    data, ends = [], []
    for (name, role), y in zip(LIBRARIES.items(), loss.T, strict=True):
        data.append(theme.line(steps, y, role, name=name))
        if end := last_point(steps, y):
            ends.append((name, *end, role))
    low, high = loss_range(loss)
    data += at_ends(ends, gap=NAME_ROOM * (high - low), high=high, log=True)
    return moving(trace, _losses_title, data, loss_axis([low, high]), margin={"r": 72})


def _losses_title(trace: Trace[Any, Any], t: int) -> str:
    pairs = zip(LIBRARIES, trace.found.library_loss[t], strict=True)
    words = ", ".join(f"{name} {nats(loss)}" for name, loss in pairs)
    return f"Step {trace.found.steps[t]}: {words}"


VIEW = View(
    name="conventions",
    label="Conventions",
    measure=measure,
    needs=NEEDS,
    free=("momentum",),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "start_up",
            start_up,
            "Running variance over the true one while the weights stand still, for three starts, "
            "with the closed forms.",
        ),
        Plot(
            "layers",
            layers,
            "Kept variance over the true one in each layer, for four conventions.",
        ),
        Plot("library_losses", library_losses, "Test loss over the steps for four conventions."),
    ),
    code=(RunningStatistics.update, start_share, measured_start),
    timeline=timeline,
    reading="""
**Conventions.** All four keep the *same* batches. PyTorch: momentum 0.1, unbiased, from 1. Keras:
0.99 of the old value, biased, from 1. Tutorial: 0.1, biased, from 0, as in much code written from
scratch. Paper: weights stopped, the batches' unbiased variances averaged.

In PyTorch's words Keras has 0.01 of the new value. It is unbiased in the fused kernel of older
versions, on images. Keras's larger epsilon is left out. In the chart of starts the weights of the
first layer stand still, so that the closed form (grey, dotted) must hold; a small batch scatters
about it.
""",
)
