"""The gradient of each layer, or how far a step moves its weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.chart import Pick
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.playground.chart_view import RunChart
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.lines_view import ROLES, described, modes, snapshots
from bnviz.labs.playground.trace import TRAINING, WITH, Trace

LEAVES = 1e3
"""A gradient so many times the largest one of the first snapshots leaves the axis."""
FLOWS = {"gradient": "gradient", "ratio": "update ratio"}


def draw(trace: Trace, picked: Mapping[str, str]) -> Figure:
    """Draw the gradient norm of each layer on a log axis, or the update-to-data ratio with its guide."""
    flow = picked["flow"]
    n_layers = trace.networks[WITH].update_ratio.shape[1]
    x = np.arange(1, n_layers + 1)
    data, seen = [], []
    for norm, network in trace.networks.items():
        for mode, words, style in [(0, "", {})] if flow == "ratio" else modes(norm):
            values = network.update_ratio if flow == "ratio" else network.gradient_norm[:, mode]
            shown = np.where(values > 0, values, np.nan)
            seen.append(shown)
            how: dict[str, Any] = {"mode": "lines+markers", "marker": {"size": 5}, "line": style}
            name = NAMES[norm] + words
            data.append(theme.line(x, Frames(shown), ROLES[norm], name=name, **how))
    label = "Update / weights" if flow == "ratio" else "Gradient norm"
    return theme.figure(
        Frames([_flow_title(trace, flow, t) for t in snapshots(trace)]),
        data,
        theme.axis(
            "Layer",
            range=[0.7, n_layers + 0.3],
            tickvals=[*theme.layer_ticks(n_layers - 1), n_layers],
            ticktext=[*map(str, theme.layer_ticks(n_layers - 1)), "out"],
        ),
        _wide_log_axis(label, seen, [1e-3] if flow == "ratio" else []),
        shapes=[theme.guide(y=1e-3)] if flow == "ratio" else [],
    )


def _flow_title(trace: Trace, flow: str, t: int) -> str:
    if flow == "ratio":
        middle = {n: float(np.median(net.update_ratio[t])) for n, net in trace.networks.items()}
        if not np.isfinite(middle[WITH]):
            return "No step has been taken yet"
        words = [described(trace, norm, value, t) for norm, value in middle.items()]
        return f"A step moves the weights of the middle layer by {', '.join(words)} of their size"
    with np.errstate(all="ignore"):
        ratios = {
            norm: network.gradient_norm[t, TRAINING, 0] / network.gradient_norm[t, TRAINING, -2]
            for norm, network in trace.networks.items()
        }
    words = [described(trace, norm, value, t) for norm, value in ratios.items()]
    last = trace.networks[WITH].update_ratio.shape[1] - 1
    return f"Gradient of layer 1 over that of layer {last}: {', '.join(words)}"


def _wide_log_axis(title: str, seen: list[Array], also: list[float]) -> dict[str, Any]:
    """Return a log axis that holds all snapshots, so that it stands still while they play.

    A divergence leaves it: it would make all other lines flat.
    """
    values = np.concatenate([*(part[np.isfinite(part)] for part in seen), also])
    starts = np.concatenate([part[:2].ravel() for part in seen])
    starts = starts[np.isfinite(starts)]
    if starts.size:
        values = values[values <= LEAVES * starts.max()]
    lo, hi = np.log10([values.min(), values.max()]) if values.size else np.array([-1, 1])
    lo, hi = np.floor(lo * 2) / 2 - 0.1, np.ceil(hi * 2) / 2 + 0.1
    return theme.log_axis(title, decades=max(1, int(np.ceil((hi - lo) / 6))), range=[lo, hi])


CHART = RunChart(
    id="gradients",
    name="Gradients",
    draw=draw,
    what="A point for each layer, for both networks.",
    look="How much of the gradient reaches layer 1, at the left?",
    reading="""
How strongly the loss pulls at the weights of each layer, on the next training
batch. A line that falls towards layer 1 is a vanishing gradient. Dotted: the same in eval mode,
where the running statistics are constants, as when BN is frozen. The *update ratio* is the size of
the last step over the size of the weights; about 10⁻³ is a common rule of thumb, not a law.
""",
    picks=lambda _: [Pick("flow", "Quantity", FLOWS, "gradient")],
)
