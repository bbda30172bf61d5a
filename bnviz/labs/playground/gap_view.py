"""The gap between the modes, and the statistics of one unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.chart import Pick
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.playground.chart_view import RunChart
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.lines_view import ROLES, diverged, small_title, snapshots
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, NetworkTrace, Trace
from bnviz.numerals import short

STATISTICS = {"mean": "mean", "variance": "variance"}
WORST = "worst"
SMALLEST_GAP = 0.05
FAINT = {"size": 4, "opacity": 0.4}
"""Marks of single batches: the running value must stand out among them."""


def draw(trace: Trace, picked: Mapping[str, str]) -> Figure:
    """Draw loss in evaluation mode minus training mode, and one unit's statistics over the steps."""
    row = {"mean": 0, "variance": 1}[picked["statistic"]]
    layer, unit = (
        furthest(trace, row) if picked["layer"] == WORST else (int(picked["layer"]) - 1, 0)
    )
    data: list[theme.Trace] = []
    for norm, network in trace.networks.items():
        data.append(theme.line(trace.steps, gaps(network), ROLES[norm], name=NAMES[norm]))
    statistics = trace.networks[WITH].statistics
    assert statistics is not None
    batch, running, true, scatter = (part[:, row, layer, unit] for part in statistics)
    low: dict[str, Any] = {"yaxis": "y2"}
    ends, name = (true - 2 * scatter, true + 2 * scatter), "true, ± 2 standard errors"
    data += theme.band(trace.steps, *ends, theme.PRECISE, name=name, **low)
    data.append(theme.dots(trace.steps, batch, theme.TRAIN, name="batch", marker=FAINT, **low))
    true_line = {"line": {"width": 1}, **low}
    data.append(theme.line(trace.steps, true, theme.PRECISE, name="true", **true_line))
    data.append(
        theme.line(trace.steps, running, theme.EVAL, name="running", line={"width": 3}, **low)
    )
    data.append(theme.end_label(trace.steps, running, "running", theme.EVAL) | low)
    symbol = "μσ"[row] + "²" * row
    upper = {"domain": [0.66, 1], "zeroline": True, "zerolinecolor": theme.RULE}
    upper |= {"exponentformat": "none", "rangemode": "normal", "nticks": 4}
    return theme.figure(
        Frames([_gap_title(trace, t) for t in snapshots(trace)]),
        data,
        theme.axis("Step", range=[0, trace.n_steps], anchor="y2"),
        small_title(theme.axis("Gap", "nats", **upper, **_gap_range(trace))),
        yaxis2=small_title(theme.axis(symbol, domain=[0, 0.4], nticks=4)),
        annotations=[_named(f"{symbol} of layer {layer + 1}, unit {unit + 1}", 0.42)],
        shapes=[theme.guide(x=Frames(trace.steps))],
        margin={"r": 84},
    )


def _named(text: str, y: float) -> dict[str, Any]:
    """Return what stands above the lower part of the chart."""
    place = {"x": 0.01, "xref": "paper", "xanchor": "left", "y": y, "yref": "paper"}
    return {**place, "yanchor": "bottom", "text": text, "font": {"size": theme.FONT_SIZE - 2}}


def furthest(trace: Trace, row: int) -> tuple[int, int]:
    """Return layer and unit, from 0, whose running statistic is now furthest from the true one.

    Means (row 0) are compared in standard deviations of the unit, variances (row 1) as a ratio.
    After a divergence it is the first unit.
    """
    statistics = trace.networks[WITH].statistics
    assert statistics is not None
    running, true = statistics.running[-1], statistics.true[-1]  # shape (2, L, U)
    with np.errstate(all="ignore"):
        if row == 0:
            off = np.abs(running[0] - true[0]) / np.sqrt(true[1])
        else:
            off = np.abs(np.log(running[1] / true[1]))
    off = np.where(np.isfinite(off), off, -1)
    layer, unit = np.unravel_index(int(off.argmax()), off.shape)
    return int(layer), int(unit)


def gaps(network: NetworkTrace) -> Array:
    """Return the loss in evaluation mode minus that in training mode, at each snapshot."""
    with np.errstate(all="ignore"):
        return np.asarray(network.loss[:, EVALUATION] - network.loss[:, TRAINING])


def _gap_range(trace: Trace) -> dict[str, Any]:
    """Return a range of at least 0.05 nats, lest rounding look like a gap; none if it is wider."""
    gap = gaps(trace.networks[WITH])
    small = np.isfinite(gap).all() and np.abs(gap).max() < SMALLEST_GAP
    return {"range": [-SMALLEST_GAP, SMALLEST_GAP]} if small else {}


def _gap_title(trace: Trace, t: int) -> str:
    network = trace.networks[WITH]
    if diverged(network, trace.steps[t]):
        return f"with BN diverged at step {network.diverged_at}"
    difference = gaps(network)[t]
    if not np.isfinite(difference):
        return "Eval mode overflows: its loss is not a finite number"
    if abs(difference) < 0.005:
        return "Eval mode and train mode agree to 0.005 nats"
    word = "above" if difference > 0 else "below"
    return f"Eval mode: loss {short(abs(difference))} {word} train mode"


def picks(settings: Settings) -> list[Pick]:
    """Return the choices: which layer, and which of its statistics."""
    layers = {WORST: "furthest off"}
    layers |= {str(layer): f"layer {layer}" for layer in range(1, settings.depth + 1)}
    return [
        Pick("layer", "Layer", layers, WORST, "select"),
        Pick("statistic", "Statistic", STATISTICS, "mean"),
    ]


CHART = RunChart(
    id="gap",
    name="Train and eval gap",
    draw=draw,
    what="Loss of eval mode minus train mode, and the statistics of one unit, over the steps.",
    look="At which steps do train mode and eval mode differ?",
    reading="""
Above: loss in eval mode minus loss in train mode on the same examples. Below: one unit: the one
whose running statistic is furthest from the truth at the end, or the first of the layer you choose.
Dots are the statistic of a batch, the dotted line is the running statistic. The green band is the
true value (thin green line) ± 2 standard errors of random batches; in layer 1 it holds about 95% of
them. Above layer 1 the means lie far closer together, for the layers below have already normalized
the batch. A running statistic away from the thin line is out of date.
""",
    picks=picks,
)
