"""What the conventions of libraries make of the same batches."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.labels import apart, at_ends
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
NAME_ROOM = 0.12
"""Share of the height of a chart that a name needs: some lines end close together."""
START_ROLES = {"zero": theme.THIRD, "one": theme.WITH, "corrected": theme.FOURTH}
START_NAMES = {"zero": "from 0", "one": "from 1", "corrected": "corrected"}


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
    share, n = trace.libraries.share, trace.settings.batch_size
    x, top = np.arange(share.shape[2]) + 1, max(1.7, 1.1 * n / (n - 1))
    end = float(x[-1]) + 0.1
    heights = np.array([apart(ends, NAME_ROOM * top, top) for ends in share[:, :, -1]])
    data: list[theme.Trace] = []
    for place, name in enumerate(trace.libraries.names):
        y = Frames(share[:, place])
        role = LIBRARIES[name]
        data.append(theme.line(x, y, role, name=name, mode="lines+markers", marker={"size": 7}))
        data.append(theme.end_label([end], Frames(heights[:, place : place + 1]), name, role))
    layout = {
        "title": theme.finding(Frames([_layers_title(trace, t) for t in range(len(share))])),
        "xaxis": theme.axis("Hidden layer", range=[0.8, end], tickvals=x.tolist()),
        "yaxis": theme.axis("Kept / true variance", range=[0, top]),
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
    low, high = loss_range(loss)
    data += at_ends(_ends(trace), gap=NAME_ROOM * (high - low), high=high, log=True)
    titles = [_losses_title(trace, t) for t in range(len(trace.steps))]
    layout = {
        "title": theme.finding(Frames(titles)),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps]),
        "yaxis": loss_axis([low, high]),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 72},
    }
    return {"data": data, "layout": layout}


def _ends(trace: Trace) -> list[tuple[str, float, float, theme.Role]]:
    """Return where each line ends: at its last finite loss."""
    ends = []
    for name, loss in zip(trace.libraries.names, trace.libraries.loss.T, strict=True):
        finite = np.flatnonzero(np.isfinite(loss))
        if finite.size:
            last = finite[-1]
            ends.append((name, float(trace.steps[last]), float(loss[last]), LIBRARIES[name]))
    return ends


def _losses_title(trace: Trace, t: int) -> str:
    pairs = zip(trace.libraries.names, trace.libraries.loss[t], strict=True)
    words = ", ".join(f"{name} {nats(loss)}" for name, loss in pairs)
    return f"Step {trace.steps[t]}: {words}"
