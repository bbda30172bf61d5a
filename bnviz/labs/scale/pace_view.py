"""The view on the pace of training at three scales and rates."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.theory import effective_lr, norm_after_step, twin_at_scale
from bnviz.core.train.optim import SGD
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.scale.learner import Path
from bnviz.labs.scale.pace import ARMS, N_STEPS, measure
from bnviz.labs.scale.words import LEARNING, key, path_rows
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, most


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the losses at the end, and how far the twin is from the first run."""
    found, a = trace.found, trace.settings.scale
    if not found.finished:
        return LEARNING
    plain, scaled, twin = (path.last_loss for path in _paths(trace).values())
    return (
        f"After {N_STEPS} steps the loss is {plain:.2f} with a = 1 and **{scaled:.2f}** with "
        f"a = {number_text(a)} at the same learning rate. With a² times the learning rate it is "
        f"**{twin:.2f}**: in every step the two losses differ by {most(found.apart)}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the matching learning rate, the growth of the weights and the effective rate."""
    found, a = trace.found, trace.settings.scale
    path, lr = found.plain, found.lr
    lines = [
        rf"\eta' &= a^2\,\eta = {latex(a)}^2 \cdot {latex(lr)} = {latex_short(found.twin_lr)}",
        r"\|W_{t+1}\|^2 &= \|W_t\|^2 + \eta^2 \|g_t\|^2",
    ]
    if found.finished:
        lines += [
            rf"\|W_{{{N_STEPS}}}\| &= {latex_short(path.norm[-1])}",
            rf"\text{{from }} g \text{{ alone}} &: \ {latex_short(path.pythagoras(lr)[-1])}",
            rf"\frac{{\eta}}{{\|W\|^2}} &: \ {latex_short(effective_lr(lr, path.norm[0]))} \to "
            rf"{latex_short(effective_lr(lr, path.norm[-1]))}",
        ]
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield loss, length and angle of the three runs."""
    for name, path in _paths(trace).items():
        yield from path_rows(ARMS[name], path)


STEPS = np.arange(N_STEPS)
EVERY = 10
"""The twin is drawn as dots on the line of the first run."""
ALL = [0, N_STEPS]
"""Range of the axis of steps."""


def loss(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss of each run."""
    found, a = trace.found, number_text(trace.settings.scale)
    title = LEARNING.rstrip(".")
    if found.finished:
        scaled, plain = found.scaled.last_loss, found.plain.last_loss
        title = f"a = {a}, same rate: loss {scaled:.2f} in place of {plain:.2f}; rate × a²: equal"
    rows = {name: trailing_mean(path.loss) for name, path in _paths(trace).items()}
    return theme.figure(
        title,
        _lines(rows, a),
        theme.axis("Step", range=ALL),
        theme.axis("Training loss", "nats", rangemode="tozero"),
        annotations=[key(f"a = {a}, rate × a²")],
        margin=ROOM,
    )


def _paths(trace: Trace[Any, Any]) -> dict[str, Path]:
    found = trace.found
    return {"plain": found.plain, "scaled": found.scaled, "twin": found.twin}


def _lines(rows: dict[str, np.ndarray], a: str) -> list[theme.Trace]:
    return [
        theme.line(STEPS, rows["plain"], theme.WITH, name=ARMS["plain"]),
        theme.line(STEPS, rows["scaled"], theme.FOURTH, name=f"a = {a}, same rate"),
        theme.dots(STEPS[::EVERY], rows["twin"][::EVERY], theme.THIRD, name=f"a = {a}, × a²"),
        theme.end_label(STEPS, rows["plain"], "a = 1", theme.WITH),
        theme.end_label(STEPS, rows["scaled"], f"a = {a}", theme.FOURTH, position="above"),
    ]


def length(trace: Trace[Any, Any]) -> Figure:
    """Draw the length of the weights of scale 1, measured and by Pythagoras."""
    path, lr = trace.found.plain, trace.found.lr
    steps = np.arange(N_STEPS + 1)
    title = LEARNING.rstrip(".")
    if trace.found.finished:
        title = f"Each step adds to the length: {path.norm[0]:.2f} becomes {path.norm[-1]:.2f}"
    grown, name = path.pythagoras(lr), "√(‖W₀‖² + Σ η²‖g‖²)"
    return theme.figure(
        title,
        [
            theme.line(steps, path.norm, theme.WITH, name="a = 1"),
            theme.dots(steps[::EVERY], grown[::EVERY], theme.REFERENCE, name=name),
        ],
        theme.axis("Step", range=ALL),
        theme.axis("Length of the weights, a = 1"),
        annotations=[key("from the gradients alone", 0.05)],
    )


def rate(trace: Trace[Any, Any]) -> Figure:
    """Draw the effective learning rate of each run, times the squared length at scale 1."""
    found, rows = trace.found, trace.found.effective_lr
    title = LEARNING.rstrip(".")
    if found.finished:
        kept = rows["plain"][-1] / rows["plain"][0]
        title = f"With a = 1 the effective rate falls by itself, to {100 * kept:.0f}% of its start"
    a = number_text(trace.settings.scale)
    return theme.figure(
        title,
        _lines(rows, a),
        theme.axis("Step", range=ALL),
        theme.log_axis("Effective rate η/‖W‖²"),
        annotations=[key(f"a = {a}, rate × a²", 0.5)],
        margin=ROOM,
    )


VIEW = View(
    name="pace",
    label="Pace of training",
    measure=measure,
    needs=("scale", "lr", "eps", "batch_size", "seed"),
    free=("scale", "lr"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("learning", loss, "Loss over the steps for three starts."),
        Plot("length", length, "Length of the hidden weights over the steps."),
        Plot("rate", rate, "Effective learning rate over the steps."),
    ),
    code=(loss_and_gradient, SGD, twin_at_scale, norm_after_step, effective_lr),
    reading="""
**Pace of training.** Three starts with the same directions of all weights and the same batches. The
dots are the run whose hidden weights have a² times the learning rate, and whose ε is a² times as
large. The length is that of all hidden weights together.

In the run of the dots γ, β and the last layer learn as in the first run. The loss is the mean of
ten batches.
""",
    try_this="Set a = 100. How far does the run come at the same rate, and how far with a² "
    "times the rate?",
    claims=(
        Claim(
            "So every step of plain SGD makes the weights longer: ‖W‖² grows by η²‖g‖². The effective "
            "rate η/‖W‖² falls by itself.",
            "proved",
            "Salimans & Kingma 2016, section 2.1, for weight normalization; van Laarhoven 2017",
        ),
        Claim(
            "Weights a times as large take the same path with a² times the learning rate: the same "
            "loss in every step. At the same rate weights ten times as large learn more slowly (rate 1, 150 "
            "steps). So each has its own best rate, and there they learn alike.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "The scale of the initial weights matters with BN too: not for the function at the start, "
            "but for the pace. At ten times He's scale and a rate of 1 the loss is more than 1.3 times as "
            "high after 150 steps (two ReLU layers of 32, digits, plain SGD).",
            "measured here",
            held="10 of 10",
        ),
    ),
)
