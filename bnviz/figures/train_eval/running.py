"""The running statistics of one unit, and what they are made of."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.train_eval import Trace
from bnviz.labs.train_eval.findings import half_life_words, percent
from bnviz.labs.train_eval.weights import weights
from bnviz.numerals import short, true_minus

SYMBOLS = {"mean": "μ", "variance": "σ²"}


def statistic(trace: Trace, what: str) -> Figure:
    """Draw batches as dots, the running value as a line, the true one with a band."""
    row = {"mean": 0, "variance": 1}[what]
    unit, done = trace.unit, np.arange(trace.unit.batch.shape[1]) + 1
    true, scatter = unit.true[row], unit.scatter[row]
    data = theme.band(
        trace.steps, true - 2 * scatter, true + 2 * scatter, theme.THIRD,
        name="true, ± 2 standard deviations of batches",
    )  # fmt: skip
    data += [
        theme.dots(done, unit.batch[row], theme.FOURTH, name="batch", marker={"size": 4}),
        theme.line(trace.steps, true, theme.THIRD, name="true"),
        theme.line(np.arange(len(done) + 1), unit.running[row], theme.WITH, name="running"),
        theme.end_label(trace.steps, true, "true", theme.THIRD, position="below"),
        theme.end_label(
            trace.steps, unit.running[row, trace.steps], "running", theme.WITH, position="above"
        ),
    ]
    titles = [_title(trace, what, row, t) for t in range(len(trace.steps))]
    layout = {
        "title": theme.finding(Frames(titles)),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps]),
        "yaxis": theme.axis(f"{SYMBOLS[what]} of unit 1, layer 3", range=_window(trace, row)),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 72},
    }
    return {"data": data, "layout": layout}


def _window(trace: Trace, row: int) -> list[float]:
    """Return the values between which nearly all batches lie, and all of the running value."""
    shown = np.concatenate(
        [
            np.quantile(trace.unit.batch[row], [0.01, 0.99]) if trace.unit.batch.size else [],
            trace.unit.running[row],
            trace.unit.true[row],
        ]
    )
    low, high = float(shown.min()), float(shown.max())
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _title(trace: Trace, what: str, row: int, t: int) -> str:
    step = int(trace.steps[t])
    running, true = trace.unit.running[row, step], trace.unit.true[row, t]
    words = f"Step {step}: running {what} {short(running)}, true {short(true)}"
    return true_minus(words)


def memory(trace: Trace) -> Figure:
    """Draw the weight of each batch, and of the start, at each snapshot."""
    made_of = np.array([weights(trace, int(step)) for step in trace.steps])
    steps = np.arange(made_of.shape[1])
    shown = np.where(made_of > 0, made_of, np.nan)
    start = np.where(steps == 0, shown, np.nan)
    data = [
        theme.line(
            steps[1:], Frames(shown[:, 1:]), theme.WITH, name="weight of batch",
            mode="lines+markers", marker={"size": 3},
        ),
        theme.dots(
            steps[:1], Frames(start[:, :1]), theme.REFERENCE, name="weight of the start",
            marker={"size": 11, "symbol": "diamond"},
        ),
    ]  # fmt: skip
    layout = {
        "title": theme.finding(Frames([_memory_title(trace, t) for t in range(len(trace.steps))])),
        "xaxis": theme.axis("Batch (0 is the start)", range=[-6, trace.n_steps]),
        "yaxis": theme.log_axis("Weight", range=[-4.2, 0.2]),
        "shapes": [theme.guide(x=Frames(trace.steps))],
    }
    return {"data": data, "layout": layout}


def _memory_title(trace: Trace, t: int) -> str:
    step, momentum = int(trace.steps[t]), trace.settings.momentum
    start = float(weights(trace, step)[0])
    if step == 0:
        return "Step 0: nothing but the start"
    if momentum is None:
        return f"Step {step}: each batch so far weighs {percent(1 / trace.updates(step))}"
    if momentum == 1:
        return f"Step {step}: nothing but the last batch"
    half = f"half-life {half_life_words(momentum)}"
    return f"Step {step}: {half}, the start weighs {percent(start)}"
