"""What the conventions of libraries make of the same batches."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.train_eval.losses import loss_range
from bnviz.labs.playground.findings import short
from bnviz.labs.train_eval import Trace
from bnviz.labs.train_eval.findings import nats
from bnviz.labs.train_eval.trace import STARTS

LIBRARIES = {
    "PyTorch": theme.WITH,
    "Keras": theme.FOURTH,
    "tutorial": theme.THIRD,
    "paper": theme.REFERENCE,
}
START_ROLES = {"zero": theme.THIRD, "one": theme.WITH, "corrected": theme.FOURTH}
START_NAMES = {"zero": "from 0", "one": "from 1", "corrected": "corrected"}
POSITIONS = {"zero": "below", "one": "right", "corrected": "above"}


def start_up(trace: Trace) -> Figure:
    """Measured running variance over the true one for three starts, with the closed forms."""
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
        "xaxis": theme.axis(
            "Batches so far", "log scale", type="log", range=[-0.02, np.log10(trace.n_steps)],
            tickvals=[1, 3, 10, 30, 100, 300], ticktext=["1", "3", "10", "30", "100", "300"],
        ),
        "yaxis": theme.axis("Running variance / true one", range=[0, 1.6], side="right"),
        "shapes": [theme.guide(x=Frames(np.maximum(trace.steps, 1)))],
        "margin": {"l": 84, "r": 56},
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _start_title(trace: Trace, step: int) -> str:
    t, place = max(step, 1), STARTS.index("zero")
    measured, closed = (part[place, t - 1] for part in _parts(trace))
    words = "After 1 batch" if t == 1 else f"After {t} batches"
    if trace.settings.momentum is None:
        return f"{words} the cumulative average is {measured:.2f} of the true one, whatever start"
    return f"{words} from 0: {measured:.2f} of the true one, closed form {closed:.2f}"


def _parts(trace: Trace) -> tuple[np.ndarray, np.ndarray]:
    return trace.start_up.measured, trace.start_up.closed


def layers(trace: Trace) -> Figure:
    """Kept variance over the true one, by layer and convention."""
    share = trace.libraries.share
    x = np.arange(share.shape[2]) + 1
    data: list[theme.Trace] = []
    for place, name in enumerate(trace.libraries.names):
        y = Frames(share[:, place])
        role = LIBRARIES[name]
        data.append(theme.line(x, y, role, name=name, mode="lines+markers", marker={"size": 7}))
        data.append(theme.end_label(x, y, name, role))
    n = trace.settings.batch_size
    layout = {
        "title": theme.finding(Frames([_layers_title(trace, t) for t in range(len(share))])),
        "xaxis": theme.axis("Hidden layer", range=[0.8, len(x) + 0.1], tickvals=x.tolist()),
        "yaxis": theme.axis("Kept variance / true one", range=[0, max(1.7, 1.1 * n / (n - 1))]),
        "shapes": [theme.guide(y=1.0)],
        "margin": {"r": 72},
    }
    return {"data": data, "layout": layout}


def _layers_title(trace: Trace, t: int) -> str:
    n, paper = trace.settings.batch_size, trace.libraries.share[t, -1]
    m = f"m/(m−1) = {short(n / (n - 1))}"
    return f"Unbiased: {short(paper[0])} of the true one in layer 1, {short(paper[-1])} in layer 3; {m}"


def library_losses(trace: Trace) -> Figure:
    """Test loss over the steps in each convention."""
    loss = trace.libraries.loss
    data = [
        theme.line(trace.steps, loss[:, place], LIBRARIES[name], name=name)
        for place, name in enumerate(trace.libraries.names)
    ]
    titles = [_losses_title(trace, t) for t in range(len(trace.steps))]
    layout = {
        "title": theme.finding(Frames(titles)),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps]),
        "yaxis": theme.log_axis("Test loss", "nats", range=loss_range(loss)),
        "shapes": [theme.guide(x=Frames(trace.steps))],
    }
    return {"data": data, "layout": layout}


def _losses_title(trace: Trace, t: int) -> str:
    pairs = zip(trace.libraries.names, trace.libraries.loss[t], strict=True)
    words = ", ".join(f"{name} {nats(loss)}" for name, loss in pairs)
    return f"Step {trace.steps[t]}: {words}"
