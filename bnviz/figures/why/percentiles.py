"""What one unit is sent over training, how far all units drift, and what is read meanwhile."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.why import Trace
from bnviz.labs.why.findings.percentiles import NAMES
from bnviz.labs.why.percentiles import EARLY, N_STARTS, N_STEPS, NORMS
from bnviz.numerals import short

ROLES = {"none": theme.WITHOUT, "bn": theme.WITH}
WIDE = [0, N_STEPS * 1.2]
"""Range of the axis of steps: the right end has room for names."""
PLACES = ("15th", "median", "85th")


def without(trace: Trace) -> Figure:
    """Draw the unit without batch norm."""
    return _unit(trace, "none", "Without BN")


def with_bn(trace: Trace) -> Figure:
    """Draw the unit with batch norm."""
    return _unit(trace, "bn", "With BN")


def _unit(trace: Trace, norm: str, who: str) -> Figure:
    found, j, role = trace.percentiles, NORMS.index(norm), ROLES[norm]
    rows = found.percentiles[j].T
    low, high = float(found.percentiles.min()), float(found.percentiles.max())
    room = 0.08 * (high - low)
    data = theme.band(found.steps, rows[0], rows[2], role, name="15th to 85th percentile")
    for k in (0, 2, 1):
        thin = {} if k == 1 else {"line": {"width": 1}}
        data.append(theme.line(found.steps, rows[k], role, name=PLACES[k], **thin))
    ends = [(PLACES[k], float(N_STEPS), float(rows[k, -1]), role) for k in range(3)]
    data += at_ends(ends, gap=1.7 * room, high=high + room)
    first, last = found.spread[j, 0], found.spread[j, -1]
    title = (
        f"{who} the median of a unit moves by {short(found.moved[j])}; its spread goes from "
        f"{short(first)} to {short(last)}"
    )
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=WIDE),
            "yaxis": theme.axis("Input of the unit", range=[low - room, high + room]),
        },
    }


def drift(trace: Trace) -> Figure:
    """Draw how far unit means move within twenty steps."""
    found = trace.percentiles
    none, bn = found.drifts
    title = f"Over all steps unit means drift by {short(none)} without norm, {short(bn)} with BN"
    most = 1.1 * max(float(found.drift.max()), 0.02)
    axis = theme.axis("Drift within 20 steps", range=[-0.04 * most, most])
    return _both(trace, title, found.drift, axis, most)


def accuracy(trace: Trace) -> Figure:
    """Draw the share of held-out images that are read."""
    found = trace.percentiles
    none, bn = found.read(EARLY)
    title = f"After {EARLY} steps BN reads {bn:.0%} of unseen digits, no norm {none:.0%}"
    axis = theme.axis("Unseen digits read", "%", range=[0, 104])
    return _both(trace, title, 100 * found.accuracy, axis, 104.0)


def _both(
    trace: Trace, title: str, values_JTR: np.ndarray, yaxis: dict[str, object], most: float
) -> Figure:
    """Draw the median of the starts over the steps, and the band of all of them."""
    steps = trace.percentiles.steps
    data: list[theme.Trace] = []
    ends = []
    for norm, values_TR in zip(NORMS, values_JTR, strict=True):
        role, name = ROLES[norm], NAMES[norm]
        lowest, highest = values_TR.min(-1), values_TR.max(-1)
        data += theme.band(steps, lowest, highest, role, name=f"{name}: {N_STARTS} starts")
        middle = np.median(values_TR, -1)
        data.append(theme.line(steps, middle, role, name=name))
        ends.append((name, float(steps[-1]), float(middle[-1]), role))
    data += at_ends(ends, gap=0.09 * most, high=most)
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Step", range=WIDE),
        "yaxis": yaxis,
    }
    return {"data": data, "layout": layout}
