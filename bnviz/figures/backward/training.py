"""The view of the statistics as constants: the wrong gradient, and training with it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace
from bnviz.labs.backward.digits import BATCH, DEPTH, GUESSING, N_LAST
from bnviz.labs.backward.drift import CONSTANTS, N_STEPS, RIGHT
from bnviz.labs.playground.findings import short

NAMES = {RIGHT: "right", CONSTANTS: "constants"}
ROLES = {RIGHT: style.RIGHT, CONSTANTS: style.WRONG}
MARGIN = {"r": 78}


def charts(trace: Trace) -> list[Chart]:
    """Give the two gradients, the drift of one bias, and loss and weights on the digits."""
    return [gradients(trace), drift(trace), loss(trace), weights(trace)]


def gradients(trace: Trace) -> Chart:
    """Draw the right and the wrong dx of each sample, side by side."""
    u = trace.unit
    right, wrong = (float(np.abs(dx).max()) for dx in (u.dx_true_N, u.dx_constants_N))
    data = [
        style.bars(u.dx_true_N, style.RIGHT, "right"),
        style.bars(u.dx_constants_N, style.WRONG, style.CONSTANTS, hatched=True),
    ]
    title = f"Largest dx: {short(right)} right, {short(wrong)} with constants"
    if not trace.settings.training:
        title = "In eval mode the two are the same: the statistics are constants"
    return style.chart(
        "gradients",
        title,
        "Two bars for each sample, one for each way to compute the gradient.",
        data,
        barmode="group",
        xaxis=style.sample_axis(len(u.x_N)),
        yaxis=style.zero_axis("Gradient dx", style.reach(u.dx_true_N, u.dx_constants_N)),
        **style.key(),
    )


def drift(trace: Trace) -> Chart:
    """Draw the bias in front of one normalized unit over the steps."""
    done = trace.drift
    steps = np.arange(len(done.bias_T2))
    data = []
    for run in (RIGHT, CONSTANTS):
        values = done.bias_T2[:, run]
        data.append(theme.line(steps, values, ROLES[run], name=NAMES[run]))
        position = "above" if done.bias_T2[-1, run] >= done.bias_T2[-1, 1 - run] else "below"
        if run == RIGHT:
            position = "right"
        data.append(theme.end_label(steps, values, NAMES[run], ROLES[run], position=position))
    title = (
        f"One bias drifts to {short(done.bias_T2[-1, CONSTANTS])}; its loss changes by "
        f"{short(done.change_of_loss)}"
    )
    return style.chart(
        "drift",
        title,
        "The bias in front of one normalized unit over the steps, with both gradients.",
        data,
        xaxis=theme.axis("Step", range=[0, N_STEPS]),
        yaxis=style.zero_axis("Bias b", style.reach(done.bias_T2)),
        margin=MARGIN,
    )


def loss(trace: Trace) -> Chart:
    """Draw the loss on digits over the steps."""
    right, wrong = map(float, trace.digits.last_loss_R)
    title = f"Digits: loss {short(wrong)} with constants, {short(right)} right"
    return _runs(
        "loss",
        title,
        f"Loss of each batch of {BATCH} digits over the steps. The title gives the mean of the "
        f"last {N_LAST}.",
        trace.digits.loss_TR,
        "Training loss",
        "nats",
        guide=GUESSING,
    )


def weights(trace: Trace) -> Chart:
    """Draw the norm of the weights over the steps."""
    weight_R, bias_R = trace.digits.weight_TR[-1], trace.digits.bias_TR[-1]
    title = (
        f"Digits: norm of the weights {short(float(weight_R[CONSTANTS]))} with constants, "
        f"{short(float(weight_R[RIGHT]))} right; of the biases "
        f"{short(float(bias_R[CONSTANTS]))} and {short(float(bias_R[RIGHT]))}"
    )
    return _runs(
        "weights",
        title,
        f"Norm of all weights of the {DEPTH} normalized layers over the steps.",
        trace.digits.weight_TR,
        "Norm of the weights",
    )


def _runs(
    name: str,
    title: str,
    what: str,
    values_TR: NDArray[Any],
    label: str,
    unit: str = "",
    *,
    guide: float | None = None,
) -> Chart:
    """Draw a quantity of both runs over the steps, on a log axis."""
    steps = np.arange(len(values_TR))
    shown_TR = np.where(np.isfinite(values_TR) & (values_TR > 0), values_TR, np.nan)
    last = shown_TR[-N_LAST:].mean(0)
    data = []
    for run in (RIGHT, CONSTANTS):
        values = shown_TR[:, run]
        higher = not last[run] < last[1 - run]
        data.append(theme.line(steps, values, ROLES[run], name=NAMES[run], line={"width": 1.6}))
        data.append(
            theme.end_label(
                steps, values, NAMES[run], ROLES[run], position="above" if higher else "below"
            )
        )
    low, high = np.nanmin(shown_TR), np.nanmax(shown_TR)
    return style.chart(
        name,
        title,
        what,
        data,
        xaxis=theme.axis("Step", range=[0, len(steps)]),
        yaxis=theme.log_axis(label, unit, range=[np.log10(low) - 0.1, np.log10(high) + 0.1]),
        shapes=[] if guide is None else [theme.guide(y=guide)],
        margin=MARGIN,
    )
