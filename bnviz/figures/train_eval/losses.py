"""Test loss with the three statistics: over batch sizes, and over the steps of this run."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import Trace
from bnviz.labs.train_eval.findings import nats
from bnviz.labs.train_eval.trace import WAYS
from bnviz.marks import decades

Array = NDArray[Any]

ROLES = {"batch": theme.FOURTH, "running": theme.WITH, "precise": theme.THIRD}
"""One colour for each of the three, in all charts of this lab."""
NAMED_AT = 8
"""The batch size at which the recorded lines are far enough apart to be named."""
PLACES = {"batch": "top right", "running": "top right", "precise": "bottom left"}
SLUG = "train_eval"


def over_batch_sizes(trace: Trace) -> Figure:
    """Draw the recorded loss over batch sizes with a band, and this run as large dots."""
    sweep = recorded(SLUG)["batch_size"]
    sizes = [cell.batch_size for cell in sweep.cells]
    data: list[theme.Trace] = []
    for way in WAYS:
        values = sweep.values[way]
        data += theme.band(sizes, values.min(1), values.max(1), ROLES[way], name=f"{way}, seeds")
    for way in WAYS:
        name = f"{way} statistics, recorded"
        data.append(theme.line(sizes, sweep.values[way].mean(1), ROLES[way], name=name))
    data += [_name(way, sizes, sweep.values[way].mean(1)) for way in WAYS]
    for place, way in enumerate(WAYS):
        here = Frames(trace.loss[:, place : place + 1])
        style = {"size": 12, "line": {"width": 2, "color": theme.BACKGROUND}}
        name = f"{way} statistics, this run"
        data.append(
            theme.dots([trace.settings.batch_size], here, ROLES[way], name=name, marker=style)
        )
    layout = {
        "title": theme.finding(Frames([_title(trace, t) for t in range(len(trace.steps))])),
        "xaxis": theme.log_axis("Batch size", labels=sizes, range=[np.log10(1.7), np.log10(150)]),
        "yaxis": loss_axis([-1.05, 0.62]),
    }
    return {"data": data, "layout": layout}


def _name(way: str, sizes: list[int], loss: Array) -> theme.Trace:
    place = sizes.index(NAMED_AT)
    label = theme.end_label(sizes[place : place + 1], loss[place : place + 1], way, ROLES[way])
    return {**label, "text": [way], "textposition": PLACES[way]}


def _title(trace: Trace, t: int) -> str:
    values = ", ".join(f"{nats(trace.loss[t, place])} {way}" for place, way in enumerate(WAYS))
    return f"Batches of {trace.settings.batch_size}, step {trace.steps[t]}: loss {values}"


def over_steps(trace: Trace) -> Figure:
    """Draw the loss over the steps of this run."""
    data = [
        theme.line(trace.steps, trace.loss[:, place], ROLES[way], name=f"{way} statistics")
        for place, way in enumerate(WAYS)
    ]
    order = np.argsort(np.where(np.isfinite(trace.loss[-1]), trace.loss[-1], np.inf))
    positions = dict(zip((WAYS[k] for k in order), ("below", "right", "above"), strict=True))
    data += [
        theme.end_label(trace.steps, trace.loss[:, place], way, ROLES[way], position=positions[way])
        for place, way in enumerate(WAYS)
    ]
    gap = [_gap(trace, t) for t in range(len(trace.steps))]
    layout = {
        "title": theme.finding(Frames(gap)),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps]),
        "yaxis": loss_axis(loss_range(trace.loss)),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 64},
    }
    return {"data": data, "layout": layout}


def loss_axis(exponents: list[float]) -> dict[str, Any]:
    """Return the axis of a loss between two powers of ten, with 1, 2 and 5 in each decade."""
    labels = decades(0.01, 10.0, (1, 2, 5))
    return theme.log_axis("Test loss", "nats", labels=labels, range=exponents)


def loss_range(loss: Array) -> list[float]:
    """Return the exponents of a loss axis: what is far above chance leaves it."""
    finite = loss[np.isfinite(loss) & (loss > 0)]
    low = float(np.log10(finite.min())) if finite.size else -1.0
    return [min(low, 0.0) - 0.1, 1.1]


def _gap(trace: Trace, t: int) -> str:
    batch, running, _ = trace.loss[t]
    words = f"Step {trace.steps[t]}"
    if not np.isfinite(running):
        return f"{words}: eval mode overflows"
    ratio = running / batch
    if 1 / 1.02 < ratio < 1.02:
        return f"{words}: train mode and eval mode agree to 2%"
    if ratio > 100:
        return f"{words}: eval mode's loss is {nats(running)}, train mode's {nats(batch)}"
    better, times = ("Eval", 1 / ratio) if ratio < 1 else ("Train", ratio)
    other = "train" if ratio < 1 else "eval"
    return f"{words}: {other} mode's loss is {times:.2f} times {better.lower()} mode's"
