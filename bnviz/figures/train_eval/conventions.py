"""What the conventions of libraries make of the same batches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.train_eval.losses import loss_axis, loss_range
from bnviz.labs.train_eval import Trace
from bnviz.labs.train_eval.findings import nats
from bnviz.labs.train_eval.trace import STARTS
from bnviz.marks import decades

Array = NDArray[Any]

LIBRARIES = {
    "PyTorch": theme.WITH,
    "Keras": theme.FOURTH,
    "tutorial": theme.THIRD,
    "paper": theme.REFERENCE,
}
NAMED = {
    "PyTorch": (0, "top right"),
    "Keras": (0, "bottom right"),
    "tutorial": (3, "bottom center"),
    "paper": (4, "top center"),
}
"""In the chart of losses: how many snapshots before the last a line is named, and on which side."""
START_ROLES = {"zero": theme.THIRD, "one": theme.WITH, "corrected": theme.FOURTH}
START_NAMES = {"zero": "from 0", "one": "from 1", "corrected": "corrected"}
PLACES = {"PyTorch": "above", "paper": "below", "tutorial": "above", "Keras": "below"}
"""PyTorch and the paper end close together, and so do the two that are biased."""


def start_up(trace: Trace) -> Figure:
    """Draw the running variance over the true one for three starts, with the closed forms."""
    batches = np.arange(trace.n_steps) + 1
    data: list[theme.Trace] = []
    for place, start in enumerate(STARTS):
        role, name = START_ROLES[start], START_NAMES[start]
        closed, measured = trace.start_up.closed[place], trace.start_up.measured[place]
        data.append(theme.line(batches, closed, theme.REFERENCE, name=f"{name}, closed form"))
        data.append(theme.line(batches, measured, role, name=f"{name}, measured"))
        data.append(
            {
                **theme.end_label(batches[:1], closed[:1], name, role),
                "textposition": "middle left",
                "text": [f"{name} "],
            }
        )
    layout = {
        "title": theme.finding(Frames([_start_title(trace, int(t)) for t in trace.steps])),
        "xaxis": theme.log_axis(
            "Batches so far", labels=decades(1, 300, (1, 3)), range=[-0.02, np.log10(trace.n_steps)]
        ),
        "yaxis": theme.axis("Running / true variance", range=[0, 1.6], side="right"),
        "shapes": [theme.guide(x=Frames(np.maximum(trace.steps, 1)))],
        "margin": {"l": 84, "r": 56},
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _start_title(trace: Trace, step: int) -> str:
    t, place = max(step, 1), STARTS.index("zero")
    measured, closed = (
        part[place, t - 1] for part in (trace.start_up.measured, trace.start_up.closed)
    )
    words = "After 1 batch" if t == 1 else f"After {t} batches"
    if trace.settings.momentum is None:
        return f"{words}: {measured:.2f} of the true one, from any start"
    return f"{words} from 0: {measured:.2f} of the true one, closed form {closed:.2f}"


def layers(trace: Trace) -> Figure:
    """Draw the kept variance over the true one, by layer and convention."""
    share = trace.libraries.share
    x = np.arange(share.shape[2]) + 1
    data: list[theme.Trace] = []
    for place, name in enumerate(trace.libraries.names):
        y = Frames(share[:, place])
        role = LIBRARIES[name]
        data.append(theme.line(x, y, role, name=name, mode="lines+markers", marker={"size": 7}))
        data.append(theme.end_label(x, y, name, role, position=PLACES[name]))
    n = trace.settings.batch_size
    layout = {
        "title": theme.finding(Frames([_layers_title(trace, t) for t in range(len(share))])),
        "xaxis": theme.axis("Hidden layer", range=[0.8, len(x) + 0.1], tickvals=x.tolist()),
        "yaxis": theme.axis("Kept / true variance", range=[0, max(1.7, 1.1 * n / (n - 1))]),
        "shapes": [theme.guide(y=1.0)],
        "margin": {"r": 72},
    }
    return {"data": data, "layout": layout}


def _layers_title(trace: Trace, t: int) -> str:
    n, paper = trace.settings.batch_size, trace.libraries.share[t, -1]
    shares = f"{paper[0]:.2f} in layer 1, {paper[-1]:.2f} in layer 3"
    return f"Paper over true: {shares}; m/(m−1) is {n / (n - 1):.2f}"


def library_losses(trace: Trace) -> Figure:
    """Draw the test loss over the steps in each convention."""
    loss = trace.libraries.loss
    data = [
        theme.line(trace.steps, loss[:, place], LIBRARIES[name], name=name)
        for place, name in enumerate(trace.libraries.names)
    ]
    data += [_name(trace, name, loss[:, place]) for place, name in enumerate(LIBRARIES)]
    titles = [_losses_title(trace, t) for t in range(len(trace.steps))]
    layout = {
        "title": theme.finding(Frames(titles)),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps]),
        "yaxis": loss_axis(loss_range(loss)),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 72},
    }
    return {"data": data, "layout": layout}


def _name(trace: Trace, name: str, loss: Array) -> theme.Trace:
    """Name a line: two at their ends, two further back, since all may end close together."""
    back, place = NAMED[name]
    upto = max(len(trace.steps) - back, 1)
    label = theme.end_label(trace.steps[:upto], loss[:upto], name, LIBRARIES[name])
    return {**label, "textposition": place}


def _losses_title(trace: Trace, t: int) -> str:
    pairs = zip(trace.libraries.names, trace.libraries.loss[t], strict=True)
    words = ", ".join(f"{name} {nats(loss)}" for name, loss in pairs)
    return f"Step {trace.steps[t]}: {words}"
