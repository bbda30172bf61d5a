"""The view of the statistics as constants: the wrong gradient, and training with it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace
from bnviz.labs.backward.digits import BATCH, DEPTH, GUESSING, N_LAST, N_SMOOTH
from bnviz.labs.backward.drift import CONSTANTS, LR, N_STEPS, RIGHT
from bnviz.marks import decades
from bnviz.numerals import short, true_minus

NAMES = {RIGHT: "right", CONSTANTS: "constants"}
ROLES = {RIGHT: style.RIGHT, CONSTANTS: style.WRONG}
MARGIN = {"r": 78}
LOSSES = decades(0.01, 50, (1, 2, 5))
"""Numbers on the axis of the loss."""


def charts(trace: Trace) -> list[Chart]:
    """Give the two gradients, the drift of one bias, and loss and weights on the digits."""
    return [gradients(trace), drift(trace), loss(trace), weights(trace)]


def gradients(trace: Trace) -> Chart:
    """Draw the right and the wrong dx of each sample, side by side."""
    u = trace.unit
    right, wrong = (float(np.abs(dx).max()) for dx in (u.dx_true_N, u.dx_constants_N))
    ends = style.reach(u.dx_true_N, u.dx_constants_N)
    data = [
        style.amounts(u.dx_true_N, style.RIGHT, "right", ends),
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
        yaxis=style.zero_axis("Gradient dx", ends),
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
        f"One bias drifts to {true_minus(short(done.bias_T2[-1, CONSTANTS]))} at a rate of {LR}; "
        f"its loss changes by {short(done.change_of_loss)}"
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
    smooth_TR = np.where(trace.digits.smooth_TR > 0, trace.digits.smooth_TR, np.nan)
    low, high = np.log10([np.nanmin(smooth_TR), np.nanmax(smooth_TR)])
    return style.chart(
        "loss",
        f"Digits: loss {_said(wrong)} with constants, {_said(right)} right",
        f"Loss over the steps, as the mean of {N_SMOOTH} batches of {BATCH} digits. The title "
        f"gives the mean of the last {N_LAST}.",
        _runs(smooth_TR),
        xaxis=theme.axis("Step", range=[0, len(smooth_TR)]),
        yaxis=theme.log_axis("Training loss", "nats", labels=LOSSES, range=[low - 0.1, high + 0.1]),
        shapes=[theme.guide(y=GUESSING)],
        margin=MARGIN,
    )


def weights(trace: Trace) -> Chart:
    """Draw the norm of the weights over the steps."""
    weight_TR, bias_R = trace.digits.weight_TR, trace.digits.bias_TR[-1]
    title = (
        f"Digits: norm of the weights {_said(weight_TR[-1, CONSTANTS])} with constants, "
        f"{_said(weight_TR[-1, RIGHT])} right; of the biases "
        f"{_said(bias_R[CONSTANTS])} and {_said(bias_R[RIGHT])}"
    )
    shown_TR = np.where(np.isfinite(weight_TR), weight_TR, np.nan)
    return style.chart(
        "weights",
        title,
        f"Norm of all weights of the {DEPTH} normalized layers over the steps.",
        _runs(shown_TR),
        xaxis=theme.axis("Step", range=[0, len(shown_TR)]),
        yaxis=theme.axis("Norm of the weights", range=[0, 1.08 * np.nanmax(shown_TR)]),
        margin=MARGIN,
    )


def _runs(values_TR: NDArray[Any]) -> list[theme.Trace]:
    """Draw a quantity of both runs over the steps, with their names at the ends."""
    steps, data = np.arange(len(values_TR)), []
    for run in (RIGHT, CONSTANTS):
        values = values_TR[:, run]
        place = "below" if values_TR[-1, run] < values_TR[-1, 1 - run] else "above"
        data += [
            theme.line(steps, values, ROLES[run], name=NAMES[run]),
            theme.end_label(steps, values, NAMES[run], ROLES[run], position=place),
        ]
    return data


def _said(value: float) -> str:
    """Write a number for a title; of a run that has overflowed, that it has."""
    return short(float(value)) if np.isfinite(value) else "overflow"
