"""The view on the test loss with the statistics of a test batch, running ones, and precise ones."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.functional import standardize, standardize_with
from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.claim import Claim
from bnviz.labs.sketch import Sketch
from bnviz.labs.train_eval.mine import measure as mine
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.snapshots import NEEDS, WAYS, measure
from bnviz.labs.train_eval.sweep import BATCH_SIZES, LATER
from bnviz.labs.train_eval.training import N_STEPS, Training, score
from bnviz.labs.view import Plot, Timeline, Trace, View
from bnviz.marks import decades
from bnviz.numerals import counted, short, to_latex

NAMES = {
    "batch": "the test batch's own statistics",
    "running": "running statistics",
    "precise": "precise statistics",
}
SAME = 1.05
"""Losses whose ratio is smaller are called about the same."""


def nats(loss: float) -> str:
    """Return a loss for a reader: 1.00, 0.0042, 10⁶, too large."""
    if not math.isfinite(loss):
        return "too large"
    return f"{loss:.2f}" if 0.01 <= loss < 100 else short(loss)


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the three losses at the last step, and which is best."""
    n, step = trace.settings.batch_size, trace.found.steps[-1]
    values = [f"**{nats(value)}** with {NAMES[way]}" for way, value in _last(trace)]
    done = counted(step, "step")
    head = f"After {done}" if trace.found.finished else f"So far, after {done}"
    text = f"{head} with batches of {n}, the test loss is {values[0]}, {values[1]}, {values[2]}"
    return f"{text}: {_order(trace)}."


def _order(trace: Trace[Any, Any]) -> str:
    """Return which is best, if there is a best one."""
    ranked = sorted(_last(trace), key=lambda pair: pair[1])
    (best, least), (_, second), (worst, most) = ranked
    if not np.isfinite(most):
        return "one of them is too large to be written as a number"
    if not _alike(least, second):
        return f"{NAMES[best]} are best"
    if _alike(second, most):
        return "the three are about the same"
    return f"{NAMES[worst]} are worst, and the other two are about the same"


def _alike(less: float, more: float) -> bool:
    """Whether two losses are too close for a verdict, or look the same where they are printed."""
    return more < SAME * less or nats(less) == nats(more)


def _last(trace: Trace[Any, Any]) -> list[tuple[str, float]]:
    return list(zip(WAYS, trace.found.loss[-1], strict=True))


def formula(trace: Trace[Any, Any]) -> str:
    """Return what the unit on show does to 1 with each of the three statistics."""
    step = int(trace.found.steps[-1])
    unit = trace.found.unit
    lines = [r"\hat x &= \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}"]
    for name, stats in (("running", unit.running[:, step]), ("precise", unit.true[:, -1])):
        mean, var = map(float, stats)
        value = (1 - mean) / math.sqrt(var + 1e-5)
        lines.append(
            rf"\text{{{name}: }} 1 &\mapsto \frac{{1 {_sign(0 - mean)}}}"
            rf"{{\sqrt{{{latex(var)} + 10^{{-5}}}}}} = {latex(value)}"
        )
    return r"\begin{aligned} " + r" \\[6pt] ".join(lines) + r" \end{aligned}"


def latex(value: float) -> str:
    """Return a number with three digits as LaTeX."""
    if not math.isfinite(value):
        return r"\text{no number}"
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return to_latex(f"{value:.1e}")


def _sign(value: float) -> str:
    return f"- {latex(-value)}" if value < 0 else f"+ {latex(value)}"


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the losses and accuracies, a row for each snapshot."""
    columns: dict[str, Any] = {"step": trace.found.steps}
    for place, way in enumerate(WAYS):
        columns[f"test loss, {way} (nats)"] = trace.found.loss[:, place]
        columns[f"accuracy, {way}"] = trace.found.accuracy[:, place]
    return columns


def timeline(trace: Trace[Any, Any]) -> Timeline:
    """Return the snapshots of the training."""
    return Timeline(trace.found.steps.tolist(), N_STEPS)


ROLES = {"batch": theme.TRAIN, "running": theme.EVAL, "precise": theme.PRECISE}
"""One colour for each of the three, in all charts of this lab."""
NAMED_AT = 8
"""The batch size at which the recorded lines are far enough apart to be named."""
PLACES = {"batch": "top right", "running": "top right", "precise": "bottom left"}
SHOWN = [-1.05, 0.62]
"""Exponents of the losses on the chart over batch sizes."""


def over_batch_sizes(trace: Trace[Any, Any]) -> Figure:
    """Draw the recorded loss over batch sizes with a band, and this run as large dots."""
    sweep = trace.found.recorded
    sizes = [cell.batch_size for cell in sweep.cells]
    data: list[theme.Trace] = []
    for way in WAYS:
        values = sweep.values[way]
        data += theme.band(sizes, values.min(1), values.max(1), ROLES[way], name=f"{way}, seeds")
    for way in WAYS:
        name = f"{way} statistics, recorded"
        data.append(theme.line(sizes, sweep.values[way].mean(1), ROLES[way], name=name))
    (later,) = trace.found.later.cells
    for way in WAYS:
        loss, far = trace.found.later.values[way].mean(1), {"size": 10, "symbol": "diamond-open"}
        name = f"{way} statistics after {LATER} steps, recorded"
        data.append(theme.dots([later.batch_size], loss, ROLES[way], name=name, marker=far))
    for way in WAYS:
        x, y = [NAMED_AT], [sweep.values[way].mean(1)[sizes.index(NAMED_AT)]]
        label = theme.end_label(x, y, way, ROLES[way])
        data.append({**label, "text": [way], "textposition": PLACES[way]})
    for place, way in enumerate(WAYS):
        here = Frames(trace.found.loss[:, place : place + 1])
        look: dict[str, Any] = {"size": 12, "line": {"width": 2, "color": theme.BACKGROUND}}
        if way == "running":  # hollow, as all that is of eval mode
            look = {"size": 11, "symbol": "circle-open", "line": {"width": 3}}
        name, x = f"{way} statistics, this run", [trace.settings.batch_size]
        data.append(theme.dots(x, here, ROLES[way], name=name, marker=look))
    return theme.figure(titles(trace, _title), data, sizes_axis(sizes), loss_axis(SHOWN))


def sizes_axis(sizes: list[int]) -> dict[str, Any]:
    """Return the axis of the recorded batch sizes."""
    ends = [float(np.log10(1.7)), float(np.log10(150))]
    return theme.log_axis("Batch size", labels=sizes, range=ends)


def _title(trace: Trace[Any, Any], t: int) -> str:
    values = ", ".join(
        f"{nats(trace.found.loss[t, place])} {way}" for place, way in enumerate(WAYS)
    )
    return f"Batches of {trace.settings.batch_size}, step {trace.found.steps[t]}: loss {values}"


def over_steps(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss over the steps of this run."""
    x, loss = trace.found.steps, trace.found.loss
    order = np.argsort(np.where(np.isfinite(loss[-1]), loss[-1], np.inf))
    places = dict(zip((WAYS[k] for k in order), ("below", "right", "above"), strict=True))
    lines, names = [], []
    for way, y in zip(WAYS, loss.T, strict=True):
        lines.append(theme.line(x, y, ROLES[way], name=f"{way} statistics"))
        names.append(theme.end_label(x, y, way, ROLES[way], position=places[way]))
    return moving(trace, _gap, [*lines, *names], loss_axis(loss_range(loss)), margin={"r": 64})


def titles(trace: Trace[Any, Any], title: Callable[[Trace[Any, Any], int], str]) -> Frames:
    """Return the title at each snapshot."""
    return Frames([title(trace, t) for t in range(len(trace.found.steps))])


def moving(
    trace: Trace[Any, Any],
    title: Callable[[Trace[Any, Any], int], str],
    data: list[theme.Trace],
    y: dict[str, Any],
    **layout: Any,
) -> Figure:
    """Return a figure over the steps, with a guide at the snapshot on show."""
    now = theme.guide(x=Frames(trace.found.steps))
    x = layout.pop("x", None) or theme.axis("Step", range=[0, N_STEPS])
    return theme.figure(titles(trace, title), data, x, y, shapes=[now], **layout)


def loss_axis(exponents: list[float]) -> dict[str, Any]:
    """Return the axis of a loss between two powers of ten, with 1, 2 and 5 in each decade."""
    labels = decades(0.01, 10.0, (1, 2, 5))
    return theme.log_axis("Test loss", "nats", labels=labels, range=exponents)


def loss_range(loss: NDArray[Any]) -> list[float]:
    """Return the exponents of a loss axis: what is far above chance leaves it."""
    finite = loss[np.isfinite(loss) & (loss > 0)]
    low = float(np.log10(finite.min())) if finite.size else -1.0
    return [min(low, 0.0) - 0.1, 1.1]


def _gap(trace: Trace[Any, Any], t: int) -> str:
    batch, running, _ = trace.found.loss[t]
    words = f"Step {trace.found.steps[t]}"
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


STEPS = Plot("steps", over_steps, "Test loss over the steps with the three statistics.")

SKETCH = Sketch(
    plot="batch_sizes",
    line="running statistics, recorded",
    ask="Draw the test loss in eval mode, for each batch size of the training.",
    at="batch size",
    x=BATCH_SIZES,
    across=sizes_axis(list(BATCH_SIZES)),
    up=loss_axis(SHOWN),
)

VIEW = View(
    name="loss",
    label="Which statistics?",
    measure=measure,
    needs=NEEDS,
    free=("batch_size", "momentum"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "batch_sizes",
            over_batch_sizes,
            "Test loss over batch sizes, recorded over eight seeds, with this run as large dots.",
        ),
        STEPS,
    ),
    mine=mine,
    code=(Training.step, standardize, standardize_with, precise, score),
    timeline=timeline,
    sketch=SKETCH,
    credit=lambda trace: f"The lines over batch sizes are **{trace.found.recorded.credit}**.",
    reading="""
**Which statistics?** The lines over batch sizes are recorded, with the default settings. The three
large dots are this run, live: your batch size, momentum and seed, at the step on show. Diamonds at
batch size 2 are the mean of ten longer trainings, of 10 000 steps.
""",
    claims=(
        Claim(
            "At batch size 2 this network hardly learns: with each of the three statistics the test loss is "
            "above 1.5 after 300 steps at rate 0.05, and still after 10 000.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
