"""The view on the running statistics of one unit, and on what they are made of."""

from functools import partial
from typing import Any

import numpy as np

from bnviz.core.stats.running import RunningStatistics, half_life
from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.sketch import Sketch
from bnviz.labs.train_eval.convention import weights
from bnviz.labs.train_eval.loss_view import STEPS, latex, moving, timeline
from bnviz.labs.train_eval.snapshots import NEEDS, measure
from bnviz.labs.train_eval.training import N_STEPS
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import counted, short, true_minus


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far back the running variance reaches, and how far it is off."""
    step, unit = int(trace.found.steps[-1]), trace.found.unit
    running, true = float(unit.running[1, step]), float(unit.true[1, -1])
    end = "the true variance of the unit is 0"
    if true > 0:
        end = f"the running variance of the unit is {short(running / true)} times the true one"
    return f"{reach(trace)}; after {counted(step, 'step')} {end}."


def reach(trace: Trace[Any, Any]) -> str:
    """Return how far back the running statistics reach at the last step."""
    settings = trace.settings
    if settings.momentum is None:
        return "The cumulative average never forgets: all batches so far have the same weight"
    if settings.momentum == 1:
        return "Momentum 1 keeps the last batch and forgets all others"
    text = (
        f"Momentum {number_text(settings.momentum)} halves the weight of a batch every "
        f"{half_life_words(settings.momentum)}"
    )
    if settings.start == "corrected":
        return f"{text}, and the correction takes the start out"
    return f"{text}, and the start still weighs {percent(trace.found.weights[-1, 0])}"


def half_life_words(momentum: float) -> str:
    """Return after how many steps a batch has half of its weight: '6.6 steps'."""
    return f"{short(half_life(momentum))} steps"


def percent(share: float) -> str:
    """Return a share for a reader: 35%, 0.42%, less than 0.01%."""
    if 0 < share < 1e-4:
        return "less than 0.01%"
    return f"{100 * share:.2g}%" if share < 0.1 else f"{100 * share:.0f}%"


def formula(trace: Trace[Any, Any]) -> str:
    """Return the update, and the last one in numbers."""
    step = int(trace.found.updates[-1])
    if step == 0:
        return r"\begin{aligned} r &\leftarrow (1 - p)\,r + p\,b \end{aligned}"
    s, unit = trace.settings, trace.found.unit
    (old, new), batch = unit.running[1, step - 1 : step + 1], unit.batch[1, step - 1]
    p = 1 / step if s.momentum is None else s.momentum
    head = r"\text{running} &\leftarrow (1 - p)\,\text{running} + p\,\text{batch}"
    plain = s.start != "corrected" and s.variance == "unbiased"
    if s.momentum is not None and not plain:
        return rf"\begin{{aligned}} {head} \end{{aligned}}"
    if s.variance == "biased":
        batch *= (s.batch_size - 1) / s.batch_size
    return (
        rf"\begin{{aligned}} {head} \\[4pt] {latex(new)} &= {latex(1 - p)} \cdot {latex(old)} + "
        rf"{latex(p)} \cdot {latex(batch)} \end{{aligned}}"
    )


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the statistics of the unit, a row for each snapshot."""
    steps, unit = trace.found.steps, trace.found.unit
    columns: dict[str, Any] = {"step": steps}
    for row, what in enumerate(("mean", "variance")):
        columns[f"running {what} of the unit"] = unit.running[row, steps]
        columns[f"true {what} of the unit"] = unit.true[row]
    return columns


SYMBOLS = {"mean": "μ", "variance": "σ²"}


FAINT = {"size": 4, "opacity": 0.4}
"""Marks of single batches: the running value must stand out among them."""


def statistic(trace: Trace[Any, Any], what: str) -> Figure:
    """Draw batches as dots, the running value as a line, the true one with a band."""
    row = {"mean": 0, "variance": 1}[what]
    unit, x = trace.found.unit, trace.found.steps
    done, true, running = np.arange(unit.batch.shape[1]) + 1, unit.true[row], unit.running[row]
    low, high = (true + k * unit.scatter[row] for k in (-2, 2))
    data = [
        *theme.band(x, low, high, theme.PRECISE, name="true, ± 2 standard deviations of batches"),
        theme.dots(done, unit.batch[row], theme.TRAIN, name="batch", marker=FAINT),
        theme.line(x, true, theme.PRECISE, name="true"),
        theme.line(
            np.arange(len(done) + 1), running, theme.EVAL, name="running", line={"width": 3}
        ),
        theme.end_label(x, true, "true", theme.PRECISE, position="below"),
        theme.end_label(x, running[x], "running", theme.EVAL, position="above"),
    ]
    axis = _axis(what, _window(trace, row))
    return moving(trace, partial(_title, what=what, row=row), data, axis, margin={"r": 72})


def _axis(what: str, ends: list[float]) -> dict[str, Any]:
    return theme.axis(f"{SYMBOLS[what]} of unit 1, layer 3", range=ends)


def _window(trace: Trace[Any, Any], row: int) -> list[float]:
    """Return the values between which nearly all batches lie, and all of the running value."""
    unit = trace.found.unit
    nearly_all = np.quantile(unit.batch[row], [0.01, 0.99]) if unit.batch.size else []
    shown = np.concatenate([nearly_all, unit.running[row], unit.true[row]])
    low, high = float(shown.min()), float(shown.max())
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _title(trace: Trace[Any, Any], t: int, what: str, row: int) -> str:
    step = int(trace.found.steps[t])
    running, true = trace.found.unit.running[row, step], trace.found.unit.true[row, t]
    return true_minus(f"Step {step}: running {what} {short(running)}, true {short(true)}")


def memory(trace: Trace[Any, Any]) -> Figure:
    """Draw the weight of each batch, and of the start, at each snapshot."""
    made_of = trace.found.weights
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
    axis = theme.axis("Batch (0 is the start)", range=[-6, N_STEPS])
    return moving(trace, _memory_title, data, theme.log_axis("Weight", range=[-4.2, 0.2]), x=axis)


def _memory_title(trace: Trace[Any, Any], t: int) -> str:
    step, momentum = int(trace.found.steps[t]), trace.settings.momentum
    if step == 0:
        return "Step 0: nothing but the start"
    if momentum is None:
        return f"Step {step}: each batch so far weighs {percent(1 / int(trace.found.updates[t]))}"
    if momentum == 1:
        return f"Step {step}: nothing but the last batch"
    half = f"half-life {half_life_words(momentum)}"
    return f"Step {step}: {half}, the start weighs {percent(float(trace.found.weights[t, 0]))}"


SKETCH = Sketch(
    plot="mean",
    line="running",
    ask="Each dot is the mean of a batch. The running mean starts at 0: draw it.",
    at="step",
    x=(0, 10, 25, 50, 100, 150, 200, 250, 300),
    across=theme.axis("Step", range=[0, N_STEPS]),
    up=_axis("mean", [-2.2, 0.8]),
    given=("batch",),
)

VIEW = View(
    name="running",
    label="Running statistics",
    measure=measure,
    needs=NEEDS,
    free=("momentum", "batch_size", "start"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "variance",
            partial(statistic, what="variance"),
            "Variance of one unit over the steps: of each batch, running, and true with a band.",
        ),
        Plot(
            "mean",
            partial(statistic, what="mean"),
            "Mean of the same unit: of each batch, running, and true with a band.",
        ),
        Plot("memory", memory, "Weight of each past batch in the running statistics at this step."),
        STEPS,
    ),
    sketch=SKETCH,
    code=(RunningStatistics.update, weights),
    timeline=timeline,
    reading="""
**Running statistics.** A dot is a batch, the dotted line is the running value, the green line is
the true one at the weights of that step, with the range where most batches lie.

The chart of weights tells what the running value is made of: on its log scale an exponential
average is a straight line, and the diamond is the start.
""",
)
