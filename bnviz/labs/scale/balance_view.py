"""The view on the balance of weight decay and gradient steps."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.theory import equilibrium_angle
from bnviz.core.train.optim import SGD
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.scale.balance import N_STEPS, measure
from bnviz.labs.scale.learner import Path, turned
from bnviz.labs.scale.words import LEARNING, path_rows
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the angle of a step, beside that of the balance."""
    found, decay = trace.found, trace.settings.weight_decay
    if not found.finished:
        return LEARNING
    digits, noise = found.measured
    if not decay:
        first, last = found.digits.norm[[0, -1]]
        return (
            f"Without weight decay there is no balance: the length of the weights goes from "
            f"{first:.1f} to {last:.1f}, longer by {short(100 * (last / first - 1))}%, and a step "
            f"turns them by {short(found.early)} rad in the first half of the run, by "
            f"**{short(digits)}** in the second."
        )
    return (
        f"With weight decay {number_text(decay)} a step turns the weights by "
        f"**{digits:.3f}** rad on the digits and by {noise:.3f} with half of the labels drawn "
        f"anew. At balance it would be {found.expected:.3f}: {balanced(found.reached)}."
    )


def balanced(reached: tuple[bool, bool]) -> str:
    """Return which of the two runs, on digits and on noise, turns as at balance."""
    return {
        (True, True): "both are within 10% of it",
        (True, False): "only the run on the digits is within 10% of it",
        (False, True): "only the noisy run is within 10% of it",
        (False, False): "neither is within 10% of it",
    }[reached]


def formula(trace: Trace[Any, Any]) -> str:
    """Return the angle at balance, and the measured ones."""
    found, lr, decay = trace.found, trace.settings.lr, trace.settings.weight_decay
    lines = [r"\cos\theta &= 1 - \eta\lambda, \qquad \theta \approx \sqrt{2\,\eta\,\lambda}"]
    if decay:
        lines.append(
            rf"\theta &\approx \sqrt{{2 \cdot {latex(lr)} \cdot {latex(decay)}}}"
            rf" = {latex_short(math.sqrt(2 * lr * decay))}\ \text{{rad}}"
        )
    if found.finished:
        digits, noise = found.measured
        lines.append(
            rf"\text{{measured:}}\quad \theta &= "
            rf"{latex_short(digits)},\ {latex_short(noise)}\ \text{{rad}}"
        )
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield loss, length and angle of the three runs."""
    for name, path in zip(("decay", "decay, noisy labels", "no decay"), _paths(trace), strict=True):
        yield from path_rows(name, path)


def angle(trace: Trace[Any, Any]) -> Figure:
    """Draw the angle by which each step turns the weights."""
    found, decay = trace.found, trace.settings.weight_decay
    title = LEARNING.rstrip(".")
    if found.finished:
        digits, _ = found.measured
        title = f"A step turns the weights by {digits:.3f} rad; at balance by {found.expected:.3f}"
        if not decay:
            title = f"Without weight decay a step turns the weights by {short(digits)} rad in the "
            title += "second half of the run"
    rows = [smoothed(path) for path in _paths(trace)]
    figure = _figure(
        title, rows, theme.axis("Angle of a step, mean of 10", "rad", rangemode="tozero")
    )
    if decay:
        figure["layout"]["shapes"] = [theme.guide(y=found.expected)]
    return figure


def smoothed(path: Path) -> np.ndarray:
    """Return the root mean square of the angle over the ten steps up to each one."""
    return np.sqrt(trailing_mean(np.square(path.angle)))


def length(trace: Trace[Any, Any]) -> Figure:
    """Draw the length of the weights."""
    found = trace.found
    title = LEARNING.rstrip(".")
    if found.finished:
        ends = found.digits.norm[0], found.digits.norm[-1]
        decay = number_text(trace.settings.weight_decay)
        title = f"Weight decay {decay}: the length goes from {ends[0]:.1f} to {ends[1]:.1f}"
    rows = [path.norm[:-1] for path in _paths(trace)]
    return _figure(title, rows, theme.axis("Length of the weights", rangemode="tozero"))


def _paths(trace: Trace[Any, Any]) -> tuple[Path, Path, Path]:
    """Return the runs with decay, with decay and noisy labels, and without decay."""
    return trace.found.digits, trace.found.noise, trace.found.free


def _figure(title: str, rows: list[np.ndarray], yaxis: dict[str, object]) -> Figure:
    lines = (
        ("with decay", theme.WITH, "above"),
        ("noisy labels", theme.THIRD, "below"),
        ("no decay", theme.FOURTH, "right"),
    )
    data: list[theme.Trace] = []
    for row, (name, role, position) in zip(rows, lines, strict=True):
        data.append(theme.line(np.arange(len(row)), row, role, name=name))
        data.append(theme.end_label(np.arange(len(row)), row, name, role, position=position))
    return theme.figure(title, data, theme.axis("Step", range=[0, N_STEPS]), yaxis, margin=ROOM)


VIEW = View(
    name="balance",
    label="Weight decay",
    measure=measure,
    needs=("lr", "weight_decay", "eps", "batch_size", "seed"),
    free=("weight_decay", "lr"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("angle", angle, "Angle by which each step turns the weights."),
        Plot("size", length, "Length of the hidden weights over the steps."),
    ),
    code=(loss_and_gradient, SGD, turned, equilibrium_angle),
    reading="""
**Weight decay.** Only the hidden weights decay. Green: half of the labels are drawn anew in each
step, so that the gradient does not fade. Pink: no decay at all. The grey level line is the closed
form, which holds once the length no longer drifts.
""",
    try_this="Set the weight decay to 0 and watch the length of the weights.",
    claims=(
        Claim(
            "On weights before BN, weight decay does not limit what the network can represent. It sets "
            "how fast the weights turn: at balance by an angle with cosine 1 − ηλ, about √(2ηλ).",
            "proved",
            "for a length that no longer drifts; van Laarhoven 2017, Wan et al. 2021",
        ),
        Claim(
            "At a learning rate of 1 and a weight decay of 0.02 the measured angle is within 5% of "
            "it, on digits and with noisy labels. With a decay of 0.005 the noisy run is not there in "
            "300 steps, and at a rate of 0.1 neither run is.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "The balance needs no noise here: after 2000 steps at a rate of 0.5 and a decay of 0.005 "
            "the digits alone are within 5% of it too.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "At a learning rate of 1 a weight decay of 0.02 makes the training loss after 300 steps worse than "
            "none: it keeps the effective rate high. At 0.1, where a higher effective rate helps, it makes the loss lower.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "“L2 regularization works on BN networks as on others: it keeps the functions simple.”",
            "contested",
            "van Laarhoven 2017 and Zhang et al. 2019: its effect goes through the effective rate. "
            "It still acts as usual on the last layer, and on γ where that decays",
        ),
    ),
)
