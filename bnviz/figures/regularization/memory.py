"""Wrong labels learned by heart, and digits read, over the steps and over the batch size."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.regularization import Trace
from bnviz.labs.regularization.bands import is_recorded
from bnviz.labs.regularization.findings import LEARNING, percent
from bnviz.labs.regularization.memory import NORMS, Curve
from bnviz.labs.regularization.settings import BATCHES

ROLES = {"none": theme.WITHOUT, "bn": theme.WITH, "ln": theme.THIRD}
NAMES = {"none": "no norm", "bn": "BN", "ln": "LN"}
SHARES = {"range": [0, 108], "tickvals": [0, 25, 50, 75, 100]}
GAP = 9
"""Least distance of two names at the ends of lines, in percent."""


def memorized(trace: Trace) -> Figure:
    """Draw the share of wrong labels that is given back, over the steps."""
    found, size = trace.memory, trace.settings.batch_size
    title = LEARNING.rstrip(".")
    if found.finished:
        bn, plain = (percent(c.memorized[-1]) for c in (found.normed, found.plain))
        title = f"Batch size {size}: {bn} of the wrong labels learned by heart with BN, {plain} "
        title += "without"
    axis = theme.axis("Wrong labels given back", "%", **SHARES)
    return _over_steps(trace, "memorized", title, axis)


def unseen(trace: Trace) -> Figure:
    """Draw the accuracy on unseen digits over the steps."""
    found = trace.memory
    title = LEARNING.rstrip(".")
    if found.finished:
        bn, plain = (percent(c.accuracy[-1]) for c in (found.normed, found.plain))
        best = percent(float(found.plain.accuracy.max()))
        title = f"Unseen digits: {bn} with BN, {plain} without norm (at its best {best})"
    axis = theme.axis("Unseen digits read", "%", range=[0, 104], tickvals=SHARES["tickvals"])
    return _over_steps(trace, "accuracy", title, axis)


def _over_steps(trace: Trace, what: str, title: str, yaxis: dict[str, object]) -> Figure:
    live: Mapping[str, Curve] = {"none": trace.memory.plain, "bn": trace.memory.normed}
    steps = trace.memory.plain.steps
    data: list[theme.Trace] = []
    ends: list[tuple[str, float, float, theme.Role]] = []
    if is_recorded(trace.settings):
        at = BATCHES.index(trace.settings.batch_size)
        low, middle, high = 100 * getattr(trace.bands, what)[:, at]
        for n, norm in enumerate(NORMS):
            name = f"{NAMES[norm]}: {trace.bands.n_seeds} starts"
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
    return {
        "data": data + at_ends(ends, gap=GAP, high=103),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=[0, 1.02 * steps[-1]]),
            "yaxis": yaxis,
            "margin": {"r": 76},
        },
    }


def sizes(trace: Trace) -> Figure:
    """Draw the recorded share at the end over the batch size, and this run as dots."""
    recorded = 100 * trace.bands.memorized[..., -1]
    bn = NORMS.index("bn")
    first, last = (f"{recorded[1, at, bn]:.0f}%" for at in (0, -1))
    title = f"Recorded: with BN {first} at batch size {BATCHES[0]}, {last} at {BATCHES[-1]}"
    figure = over_batches(trace, recorded, title)
    size, found = trace.settings.batch_size, trace.memory
    if found.finished:
        for norm, curve in (("none", found.plain), ("bn", found.normed)):
            at, name = [100 * curve.memorized[-1]], f"{NAMES[norm]}: this run"
            dot = theme.dots([size], at, ROLES[norm], name=name, marker={"size": 10})
            figure["data"].append(dot)
    figure["layout"]["yaxis"] = theme.axis("Wrong labels given back", "%", **SHARES)
    return figure


def over_batches(trace: Trace, spread: NDArray[np.float64], title: str, gap: float = GAP) -> Figure:
    """Draw bands and medians of the norms over the batch size.

    Parameters
    ----------
    trace : Trace
    spread : array, shape (3, batch sizes, norms)
        Lowest, median, highest; percent.
    title : str
    gap : float
        Least distance of two names.
    """
    data: list[theme.Trace] = []
    for n, norm in enumerate(NORMS):
        low, _, high = spread[..., n]
        name = f"{NAMES[norm]}: {trace.bands.n_seeds} starts"
        data += theme.band(BATCHES, low, high, ROLES[norm], name=name, opacity=0.12)
    ends = []
    for n, norm in enumerate(NORMS):
        row = spread[1, :, n]
        data.append(theme.line(BATCHES, row, ROLES[norm], name=f"{NAMES[norm]}: median"))
        ends.append((NAMES[norm], float(BATCHES[-1]), float(row[-1]), ROLES[norm]))
    return {
        "data": data + at_ends(ends, gap=gap, high=float(spread.max()) + 1),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis(
                "Batch size", labels=BATCHES, range=np.log10([3.6, 68]).tolist()
            ),
            "margin": {"r": 76},
            "shapes": [theme.guide(x=trace.settings.batch_size)],
        },
    }
