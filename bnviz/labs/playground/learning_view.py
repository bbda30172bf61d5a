"""Loss and accuracy of both networks over the steps."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.with_without import last_of
from bnviz.labs.playground.chart_view import RunChart
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.lines_view import ROLES, diverged, modes, small_title, snapshots
from bnviz.labs.playground.trace import EVALUATION, WITH, WITHOUT, Trace

CLOSE = 0.25
"""Accuracies nearer than this at the end have their labels one above the other."""


def draw(trace: Trace, picked: Mapping[str, str]) -> Figure:  # noqa: ARG001
    """Draw loss and accuracy on held-out examples, in both modes, for both networks."""
    data: list[theme.Trace] = []
    for norm, network in trace.networks.items():
        loss = np.where(network.loss > 0, network.loss, np.nan)
        for values, axes in ((loss, {}), (100 * network.accuracy, {"yaxis": "y2"})):
            for mode, words, style in modes(norm):
                how: dict[str, Any] = {"name": NAMES[norm] + words, "line": style, **axes}
                data.append(theme.line(trace.steps, values[:, mode], ROLES[norm], **how))
    data += _labels(trace)
    return theme.figure(
        Frames([_learning_title(trace, t) for t in snapshots(trace)]),
        data,
        theme.axis("Step", range=[0, trace.n_steps], anchor="y2"),
        small_title(theme.log_axis("Loss", domain=[0.48, 1], range=_loss_range(trace))),
        yaxis2=small_title(
            theme.axis("Right", "%", domain=[0, 0.38], range=[0, 104], tickvals=[0, 50, 100])
        ),
        shapes=[theme.guide(x=Frames(trace.steps))],
        margin={"r": 84},
    )


def _loss_range(trace: Trace) -> list[float]:
    """Return the exponents of the loss axis: a decade at least, and a divergence leaves it."""
    losses = np.concatenate([network.loss.ravel() for network in trace.networks.values()])
    losses = losses[np.isfinite(losses) & (losses > 0)]
    start = trace.networks[WITH].loss[0].max()
    top = np.log10(min(losses.max(), 10 * start)) + 0.05
    return [min(np.log10(losses.min()) - 0.05, top - 1), top]


def _labels(trace: Trace) -> list[theme.Trace]:
    """Return the names of the networks at the ends of their accuracy lines, apart from each other."""
    last = {n: last_of(network.accuracy[:, EVALUATION]) for n, network in trace.networks.items()}
    upper = WITH if last[WITH] >= last[WITHOUT] else WITHOUT
    labels = []
    for norm, network in trace.networks.items():
        position, text = "right", NAMES[norm]
        if network.diverged_at is not None:
            text += f" diverged at step {network.diverged_at}"
        elif abs(last[WITH] - last[WITHOUT]) < CLOSE:
            position = "above" if norm == upper else "below"
        line = 100 * network.accuracy[:, EVALUATION]
        label = theme.end_label(trace.steps, line, text, ROLES[norm], position=position)
        labels.append({**label, "yaxis": "y2"})
    return labels


def _learning_title(trace: Trace, t: int) -> str:
    parts = []
    for norm, network in trace.networks.items():
        if diverged(network, trace.steps[t]):
            parts.append(f"{NAMES[norm]} diverged at step {network.diverged_at}")
        else:
            parts.append(f"{NAMES[norm]} {network.accuracy[t, EVALUATION]:.0%} right")
    return f"Step {trace.steps[t]}, eval mode: {', '.join(parts)}"


CHART = RunChart(
    id="learning",
    name="Loss and accuracy",
    draw=draw,
    what="Loss and accuracy over the steps, for both networks and both modes.",
    look="Which network learns, the blue one or the orange one?",
    reading="""
Both networks classify the same 256 handwritten digits, which they never
train on; guessing gets 10% right. The loss is the mean cross-entropy in nats (natural logarithm).
*Train mode* normalizes each batch with its own mean and variance; *eval mode* uses the running
statistics, as a deployed model does. Without BN the two modes are one.
""",
)
