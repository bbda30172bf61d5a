"""The view on wrong labels that are learned by heart."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.data import flip_labels
from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.claim import Claim
from bnviz.labs.regularization.bands import is_recorded
from bnviz.labs.regularization.memory import Curve, Learner, measure
from bnviz.labs.regularization.settings import BATCHES, NORMS
from bnviz.labs.regularization.words import LEARNING, TOLD
from bnviz.labs.sketch import Sketch
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, grouped


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many wrong labels are given back, and how many unseen digits are right."""
    found, settings = trace.found, trace.settings
    if not found.finished:
        return LEARNING
    bn, plain = found.normed, found.plain
    return (
        f"Batch size {settings.batch_size}, {grouped(settings.n_steps)} steps: with BN the network gives "
        f"**{bn.memorized[-1]:.0%}** of the wrong labels (and the true class for "
        f"{bn.corrected[-1]:.0%} of those images), without norm "
        f"**{plain.memorized[-1]:.0%}**. Unseen digits: {bn.accuracy[-1]:.0%} against "
        f"{plain.accuracy[-1]:.0%}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the size of the noise, and what counts as learned by heart."""
    found, m = trace.found, trace.settings.batch_size
    lines = [
        rf"\frac{{\operatorname{{std}}(\mu_B)}}{{\sigma}} &\approx \frac{{1}}{{\sqrt m}} = "
        rf"\frac{{1}}{{\sqrt{{{m}}}}} = {m**-0.5:.2f}\ \ (\text{{the noise}})",
        r"\text{memorized} &= \frac{\#\{\text{wrong label given back}\}}{\#\{\text{wrong label}\}}",
    ]
    if found.finished:
        n = found.plain.n_wrong
        counts = [round(c.memorized[-1] * n) for c in (found.normed, found.plain)]
        lines.append(
            rf"\text{{with BN}} &= \frac{{{counts[0]}}}{{{n}}}, \qquad \text{{without norm}} = "
            rf"\frac{{{counts[1]}}}{{{n}}}"
        )
    return aligned(lines)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield both curves, and the recorded share at the end for each batch size."""
    for norm, curve in (("none", trace.found.plain), ("bn", trace.found.normed)):
        for what in ("memorized", "corrected", "accuracy"):
            for step, value in zip(curve.steps, getattr(curve, what), strict=True):
                if isfinite(value):
                    yield f"{what} at step", TOLD[norm], float(step), float(value)
    for n, norm in enumerate(NORMS):
        for b, size in enumerate(BATCHES):
            recorded = float(trace.found.bands.memorized[1, b, n, -1])
            yield "recorded: memorized at batch size", TOLD[norm], float(size), recorded
    for norm, (rate, spread) in trace.found.bands.at_best.items():
        yield "recorded: best of four rates", TOLD[norm], BATCHES[0], rate
        yield "recorded: unseen accuracy at that rate", TOLD[norm], BATCHES[0], float(spread[1])


ROLES = {"none": theme.WITHOUT, "bn": theme.WITH, "ln": theme.THIRD}
NAMES = {"none": "no norm", "bn": "BN", "ln": "LN"}
SHARES = {"range": [0, 108], "tickvals": [0, 25, 50, 75, 100]}
MEMORIZED = theme.axis("Wrong labels given back", "%", **SHARES)
GAP = 9
"""Least distance of two names at the ends of lines, in percent."""


def memorized(trace: Trace[Any, Any]) -> Figure:
    """Draw the share of wrong labels that is given back, over the steps."""
    found, size = trace.found, trace.settings.batch_size
    title = LEARNING.rstrip(".")
    if found.finished:
        bn, plain = (c.memorized[-1] for c in (found.normed, found.plain))
        title = f"Batch size {size}: {bn:.0%} of the wrong labels learned by heart with BN, {plain:.0%} "
        title += "without"
    return _over_steps(trace, "memorized", title, MEMORIZED)


def unseen(trace: Trace[Any, Any]) -> Figure:
    """Draw the accuracy on unseen digits over the steps."""
    found = trace.found
    title = LEARNING.rstrip(".")
    if found.finished:
        bn, plain = (c.accuracy[-1] for c in (found.normed, found.plain))
        best = found.plain.accuracy.max()
        title = (
            f"Unseen digits: {bn:.0%} with BN, {plain:.0%} without norm (at its best {best:.0%})"
        )
    axis = theme.axis("Unseen digits recognized", "%", range=[0, 104], tickvals=SHARES["tickvals"])
    return _over_steps(trace, "accuracy", title, axis)


def _over_steps(trace: Trace[Any, Any], what: str, title: str, yaxis: dict[str, object]) -> Figure:
    live: Mapping[str, Curve] = {"none": trace.found.plain, "bn": trace.found.normed}
    steps = trace.found.plain.steps
    data: list[theme.Trace] = []
    ends: list[tuple[str, float, float, theme.Role]] = []
    if is_recorded(trace.settings):
        at = BATCHES.index(trace.settings.batch_size)
        low, middle, high = 100 * getattr(trace.found.bands, what)[:, at]
        for n, norm in enumerate(NORMS):
            name = f"{NAMES[norm]}: {trace.found.bands.n_seeds} starts"
            data += theme.band(steps, low[n], high[n], ROLES[norm], name=name, opacity=0.12)
        ln = NORMS.index("ln")
        data.append(theme.line(steps, middle[ln], ROLES["ln"], name="LN: median, recorded"))
        ends.append(("LN", float(steps[-1]), float(middle[ln, -1]), ROLES["ln"]))
    for norm, curve in live.items():
        row = 100 * getattr(curve, what)
        data.append(theme.line(steps, row, ROLES[norm], name=f"{NAMES[norm]}: this run"))
        known = np.flatnonzero(np.isfinite(row))
        if known.size:
            last = known[-1]
            ends.append((NAMES[norm], float(steps[last]), float(row[last]), ROLES[norm]))
    return theme.figure(
        title,
        data + at_ends(ends, gap=GAP, high=103),
        _steps_axis(steps[-1]),
        yaxis,
        margin={"r": 76},
    )


def _steps_axis(last: float) -> dict[str, Any]:
    return theme.axis("Step", range=[0, last])


def sizes(trace: Trace[Any, Any]) -> Figure:
    """Draw the recorded share at the end over the batch size, and this run as dots."""
    recorded = 100 * trace.found.bands.memorized[..., -1]
    bn = NORMS.index("bn")
    first, last = (f"{recorded[1, at, bn]:.0f}%" for at in (0, -1))
    title = f"Recorded: with BN {first} at batch size {BATCHES[0]}, {last} at {BATCHES[-1]}"
    figure = over_batches(trace, recorded, title, MEMORIZED)
    size, found = trace.settings.batch_size, trace.found
    if found.finished:
        for norm, curve in (("none", found.plain), ("bn", found.normed)):
            at, name = [100 * curve.memorized[-1]], f"{NAMES[norm]}: this run"
            dot = theme.dots([size], at, ROLES[norm], name=name, marker={"size": 10})
            figure["data"].append(dot)
    return figure


def over_batches(
    trace: Trace[Any, Any],
    spread: NDArray[np.float64],
    title: str,
    axis: dict[str, Any],
    gap: float = GAP,
) -> Figure:
    """Draw bands and medians of the norms over the batch size.

    ``spread`` has the lowest, median and highest in percent, shape (3, batch sizes, norms); names
    are at least a gap apart.
    """
    lines = [(NAMES[norm], spread[..., n].T, ROLES[norm]) for n, norm in enumerate(NORMS)]
    over, high = f"{trace.found.bands.n_seeds} starts", float(spread.max()) + 1
    median: dict[str, Any] = {"middle": np.median, "suffix": ": median"}
    return theme.figure(
        title,
        curves(BATCHES, lines, over=over, gap=gap, high=high, **median),
        theme.log_axis("Batch size", labels=BATCHES, range=np.log10([3.6, 68]).tolist()),
        axis,
        margin={"r": 76},
        shapes=[theme.guide(x=trace.settings.batch_size)],
    )


SKETCH = Sketch(
    plot="memorized",
    line=f"{NAMES['bn']}: this run",
    ask="Batches of {batch_size}, with BN: draw the share of wrong labels that is given back.",
    at="step",
    x=(200, 600, 1000, 1600, 2200, 2800, 3400, 4000),
    across=_steps_axis(4000),
    up=MEMORIZED,
)

VIEW = View(
    name="memory",
    label="Wrong labels",
    measure=measure,
    needs=("batch_size", "wrong", "n_steps", "lr", "width", "seed"),
    free=("batch_size", "wrong"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("memorized", memorized, "Share of wrong labels given back, over the steps."),
        Plot("unseen", unseen, "Accuracy on unseen digits over the steps."),
        Plot("sizes", sizes, "Wrong labels given back at the end, over the batch size."),
    ),
    sketch=SKETCH,
    code=(Learner, flip_labels),
    reading="""
**Wrong labels.** A wrong label is another class. It counts as learned by heart if the network gives
it back in evaluation mode. Lines of BN and of no norm are this run; the line of layer norm (LN) and
all bands are recorded.

384 digits, two hidden layers of ReLU units; the wrong class is drawn evenly. Recorded are five
starts with 30% wrong labels, 4000 steps, width 32 and a learning rate of 0.05; with other settings
they are not drawn over the steps. The best moment of a network is picked on the unseen digits, so
it flatters it. All batch sizes take the same number of steps: compare networks of one batch size.
""",
    try_this="Set batch size 8: is it more like 4 or like 16? Then go back to 4 and, "
    "under **More controls**, give the network 16000 steps.",
    claims=(
        Claim(
            "At batch size 4 the network with BN gives back fewer than a quarter of the wrong labels "
            "after 4000 steps. Without norm, or with LN, it gives back 95% or more.",
            "measured here",
            held="19 of 20",
        ),
        Claim(
            "The effect is gone at batch size 16: with BN at least 95% are learned by heart there, "
            "and at 32 and 64.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "At batch size 4 it pays on unseen digits: at equal rates more than 10 points over no norm "
            "at the end.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Each at its own best of four rates (0.01 to 0.1), BN ends more than 5 points ahead. It does not always reach the best moment of the network without norm, picked on the unseen digits.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "It is a delay, not a wall: four times the steps, or four times the width, and far more "
            "wrong labels are learned with BN at batch size 4.",
            "measured here",
            held="10 of 10",
        ),
    ),
    credit=lambda trace: (
        f"The line of LN and all bands: {trace.found.bands.credit}. All else is this run."
    ),
)
