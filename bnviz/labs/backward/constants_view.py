"""The view on statistics as constants: the wrong gradient, and training with it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import bn
from bnviz.core import functional as F
from bnviz.figures import samples, theme
from bnviz.figures.frames import Figure
from bnviz.labs.backward import parts_view
from bnviz.labs.backward.constants import measure
from bnviz.labs.backward.drift import CONSTANTS, LR, N_STEPS, RIGHT
from bnviz.labs.backward.drift import drift as drift_of
from bnviz.labs.backward.numbers import DIGITS, bracket, number, root
from bnviz.labs.backward.training import BATCH, DEPTH, GUESSING, N_LAST, N_SMOOTH
from bnviz.labs.backward.unit import NEEDS, with_constants
from bnviz.labs.claim import Claim
from bnviz.labs.table import clean_all
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import decades, number_text
from bnviz.numerals import aligned, clean, short, true_minus

ALIKE = 1.25
"""Losses whose ratio is smaller are called about the same: one run tells no more."""
NAMES = {RIGHT: "right", CONSTANTS: "constants"}
ROLES = {RIGHT: parts_view.RIGHT, CONSTANTS: parts_view.WRONG}
MARGIN = {"r": 78}
LOSSES = decades(0.01, 50, (1, 2, 5))
"""Numbers on the axis of the loss."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return where one bias goes, and how the network on the digits learns."""
    found = trace.found
    moved, last_R = float(found.drift.bias_T2[-1, CONSTANTS]), found.training.last_loss_R
    digits = f"On the digits, at a rate of {number_text(trace.settings.lr)},"
    digits = f"{digits} {_on_digits(*map(float, last_R))}"
    if not moved:
        return f"One bias stays at 0, for dy adds up to 0. {digits}"
    one = (
        f"With the statistics as constants, one bias goes from 0 to "
        f"{true_minus(short(moved))} in {N_STEPS} steps at a rate of {LR}, and the "
        f"loss changes by {short(clean(found.drift.change_of_loss))}."
    )
    return f"{one} {digits}"


def _on_digits(right: float, wrong: float) -> str:
    if not np.isfinite([right, wrong]).all():
        return "a loss has overflowed."
    losses = f"loss {short(wrong)} instead of {short(right)}"
    if right > GUESSING:
        return f"neither gradient learns ({losses})."
    if wrong > GUESSING:
        return f"it is worse than guessing: {losses}."
    if wrong > ALIKE * right:
        return f"it learns, but less well: {losses}."
    if right > ALIKE * wrong:
        return f"the wrong gradient is ahead in this run: {losses}."
    return f"it learns about as well in this run: {losses}."


def formula(trace: Trace[Any, Any]) -> str:
    """Return where the bias ends with both gradients."""
    s, u = trace.settings, trace.found.unit
    var, mean_dy = float(u.x_N.var()), float(u.dy_N.mean())
    right, wrong = (float(trace.found.drift.bias_T2[-1, run]) for run in (RIGHT, CONSTANTS))
    lines = [
        r"\text{one} & \text{ bias has its own rate,}",
        rf"\eta &= {number(LR)} \text{{, not that of the digits}}",
        r"\text{with} & \text{ constants:}",
        rf"b_{{{N_STEPS}}} &= -{N_STEPS} \, \eta \, \frac{{\gamma \, \overline{{dy}}}}"
        r"{\sqrt{\sigma^2 + \epsilon}}",
        rf"&= -{N_STEPS} \cdot {number(LR)} \cdot \frac{{{number(s.gamma)} \cdot "
        rf"{bracket(mean_dy, DIGITS)}}}{{{root(var, s.eps)}}}",
        rf"&= \mathbf{{{number(wrong)}}}",
        r"\text{with} & \text{ the right gradient:}",
        rf"b_{{{N_STEPS}}} &= {number(right)}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return the right and the wrong gradient of every sample."""
    u = trace.found.unit
    return {
        "sample": np.arange(1, len(u.x_N) + 1),
        "x": u.x_N,
        "dy": u.dy_N,
        "dx, right": clean_all(u.dx_true_N),
        "dx, statistics as constants": u.dx_constants_N,
    }


def gradients(trace: Trace[Any, Any]) -> Figure:
    """Draw the right and the wrong dx of each sample, side by side."""
    u = trace.found.unit
    right, wrong = (float(np.abs(dx).max()) for dx in (u.dx_true_N, u.dx_constants_N))
    ends = samples.reach(u.dx_true_N, u.dx_constants_N)
    data = [
        samples.amounts(u.dx_true_N, parts_view.RIGHT, "right", ends),
        samples.bars(u.dx_constants_N, parts_view.WRONG, parts_view.CONSTANTS, hatched=True),
    ]
    title = f"Largest dx: {short(clean(right))} right, {short(clean(wrong))} with constants"
    if not trace.settings.training:
        title = "In eval mode the two are the same: the statistics are constants"
    return samples.figure(title, data, len(u.x_N), "Gradient dx", ends, barmode="group")


def drift(trace: Trace[Any, Any]) -> Figure:
    """Draw the bias in front of one normalized unit over the steps."""
    done = trace.found.drift
    title = (
        f"One bias drifts to {true_minus(short(done.bias_T2[-1, CONSTANTS]))} at a rate of {LR}; "
        f"its loss changes by {short(clean(done.change_of_loss))}"
    )
    return theme.figure(
        title,
        _runs(done.bias_T2, {RIGHT: "right"}),
        theme.axis("Step", range=[0, N_STEPS]),
        samples.zero_axis("Bias b", samples.reach(done.bias_T2)),
        margin=MARGIN,
    )


def loss(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss on digits over the steps."""
    right, wrong = map(float, trace.found.training.last_loss_R)
    smooth_TR = np.where(trace.found.training.smooth_TR > 0, trace.found.training.smooth_TR, np.nan)
    low, high = np.log10([np.nanmin(smooth_TR), np.nanmax(smooth_TR)])
    return theme.figure(
        f"Digits: loss {_said(wrong)} with constants, {_said(right)} right",
        _runs(smooth_TR),
        theme.axis("Step", range=[0, len(smooth_TR)]),
        theme.log_axis("Training loss", "nats", labels=LOSSES, range=[low - 0.1, high + 0.1]),
        shapes=[theme.guide(y=GUESSING)],
        margin=MARGIN,
    )


def weights(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the weights over the steps."""
    weight_TR, bias_R = trace.found.training.weight_TR, trace.found.training.bias_TR[-1]
    title = (
        f"Digits: norm of the weights {_said(weight_TR[-1, CONSTANTS])} with constants, "
        f"{_said(weight_TR[-1, RIGHT])} right; of the biases "
        f"{_said(bias_R[CONSTANTS])} and {_said(bias_R[RIGHT])}"
    )
    shown_TR = np.where(np.isfinite(weight_TR), weight_TR, np.nan)
    return theme.figure(
        title,
        _runs(shown_TR),
        theme.axis("Step", range=[0, len(shown_TR)]),
        theme.axis("Norm of the weights", range=[0, 1.08 * np.nanmax(shown_TR)]),
        margin=MARGIN,
    )


def _runs(values_TR: NDArray[Any], places: Mapping[int, str] | None = None) -> list[theme.Trace]:
    """Draw a quantity of both runs over the steps; a name stands at its place or apart."""
    steps, data = np.arange(len(values_TR)), []
    for run in (RIGHT, CONSTANTS):
        values = values_TR[:, run]
        apart = "below" if values_TR[-1, run] < values_TR[-1, 1 - run] else "above"
        place = (places or {}).get(run, apart)
        data += [
            theme.line(steps, values, ROLES[run], name=NAMES[run]),
            theme.end_label(steps, values, NAMES[run], ROLES[run], position=place),
        ]
    return data


def _said(value: float) -> str:
    """Write a number for a title, or that the run has overflowed."""
    return short(clean(float(value))) if np.isfinite(value) else "overflow"


VIEW = View(
    name="constants",
    label="Statistics as constants",
    measure=measure,
    needs=(*NEEDS, "lr", "learned"),
    free=("lr", "learned"),
    idle=("constants",),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "gradients",
            gradients,
            "Two bars for each sample, one for each way to compute the gradient.",
        ),
        Plot(
            "drift",
            drift,
            "The bias in front of one normalized unit over the steps, with both gradients.",
        ),
        Plot(
            "loss",
            loss,
            f"Loss over the steps, as the mean of {N_SMOOTH} batches of {BATCH} digits. The title "
            f"gives the mean of the last {N_LAST}.",
        ),
        Plot(
            "weights",
            weights,
            f"Norm of all weights of the {DEPTH} normalized layers over the steps.",
        ),
    ),
    code=(with_constants, bn.backward, drift_of, F.standardize_backward),
    reading="""
**Statistics as constants.** Three layers of 16 units, each with weights, a bias, batch norm and
ReLU, trained with batches of 32. Both runs share start and batches; only the backward pass of batch
norm differs. The grey line is the loss of guessing; the loss is drawn as the mean of ten batches.
""",
    claims=(
        Claim(
            "With the statistics as constants a bias grows for ever while the loss stays the same.",
            "proved",
            "Ioffe & Szegedy 2015, section 2",
        ),
        Claim(
            "The first authors saw a model blow up when statistics were taken outside of the gradient "
            "step.",
            "reported",
            "Ioffe & Szegedy 2015, section 2",
        ),
        Claim(
            "On the digits here (150 steps) it blows up at a learning rate of 10 without γ and β. At 1 it "
            "still learns, with a higher loss and weights about twice as large; with learned γ and β it "
            "ends at 0.8 to 1.6 times the loss of the right gradient.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With each at its own best rate of 0.1, 0.3, 1, 3 and 10 it ends higher, too, without γ and β: "
            "at 0.2 to 0.5, the right gradient at 0.14 to 0.25.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
