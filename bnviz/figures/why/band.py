"""The loss along the gradient, how wide its band is, and how fast the gradient turns."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.why import Trace
from bnviz.labs.why.findings.band import MIDDLE, NAMES, lost, verdict
from bnviz.labs.why.learner import N_STEPS
from bnviz.labs.why.looks import EARLY, LATE, LOOKS, NORMS
from bnviz.numerals import short

ROLES = {"none": theme.WITHOUT, "bn": theme.WITH}
STEPS: dict[str, Any] = {"range": [0, N_STEPS * 1.2], "tickvals": [0, 20, 40, 60, 80, 100]}
"""Axis of steps: the right end has room for names."""
MOST_LOSS = 5.0
"""Top of the axis of losses; a band that goes beyond leaves the plot there."""
SMOOTHNESS = ("β", "low: smooth", (2, 5, 10, 20, 50, 100, 200, 500))
"""Title, unit and labels of the axis of the effective smoothness."""
LEAST, MOST = 1e-3, 1e4
"""Ends of what a log axis shows."""


def losses(trace: Trace) -> Figure:
    """Draw the band from the least to the most loss, and the loss at the point itself."""
    found = trace.band
    data: list[theme.Trace] = []
    for norm, low, high in zip(NORMS, found.low, found.high, strict=True):
        data += theme.band(LOOKS, low, np.minimum(high, 1e3), ROLES[norm], name=NAMES[norm])
    for norm, start in zip(NORMS, found.start, strict=True):
        data.append(theme.line(LOOKS, start, ROLES[norm], name=f"{NAMES[norm]}: before the step"))
    most = min(MOST_LOSS, 1.1 * float(np.nanmax(found.high)))
    data += at_ends(_ends(found.start), gap=0.08 * most, high=most)
    return {
        "data": data,
        "layout": {
            "title": theme.finding(_losses_title(trace)),
            "xaxis": theme.axis("Step", **STEPS),
            "yaxis": theme.axis("Loss", "nats", range=[0, most]),
        },
    }


def _losses_title(trace: Trace) -> str:
    found = trace.band
    if found.diverged.any():
        return f"In this run {lost(found.diverged)} diverges"
    none, bn = found.rises(LATE)
    return (
        f"From step {MIDDLE} on the loss rises along {none:.0%} of the walks without norm, "
        f"{bn:.0%} with BN"
    )


def width(trace: Trace) -> Figure:
    """Draw how wide the bands are."""
    found = trace.band
    early = verdict(*found.width(EARLY)).replace("*", "")
    title = f"In the first {LOOKS[EARLY.stop]} steps the band is {early}"
    if np.isnan(found.width(EARLY)).any():
        title = f"In this run {lost(found.diverged)} diverges"
    elif not found.diverged.any():
        title += f"; from step {MIDDLE} on {verdict(*found.width(LATE)).replace('*', '')}"
    return _log(found.high - found.low, title, "Width", "nats", (0.01, 0.1, 1, 10, 100))


def smoothness(trace: Trace) -> Figure:
    """Draw the effective smoothness."""
    found = trace.band
    if np.isnan(found.beta(EARLY)).any():
        title = f"In this run {lost(found.diverged)} diverges"
        return _log(found.smoothness, title, *SMOOTHNESS)
    none, bn = found.beta(EARLY)
    title = (
        f"Median β of the first {LOOKS[EARLY.stop]} steps: {short(none)} without norm, "
        f"{short(bn)} with BN"
    )
    if not found.diverged.any():
        none, bn = found.beta(LATE)
        title += f"; from step {MIDDLE} on {short(none)} and {short(bn)}"
    return _log(found.smoothness, title, *SMOOTHNESS)


def _log(
    values_JT: np.ndarray, title: str, what: str, unit: str, labels: tuple[float, ...]
) -> Figure:
    shown = np.clip(values_JT, LEAST, MOST)
    low, high = np.log10([np.nanmin(shown), np.nanmax(shown)])
    room = 0.1 * max(high - low, 0.5)
    data = [
        theme.line(LOOKS, values, ROLES[norm], name=NAMES[norm])
        for norm, values in zip(NORMS, shown, strict=True)
    ]
    data += at_ends(_ends(shown), gap=room, high=high + room, log=True)
    ends = [float(low - room), float(high + room)]
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", **STEPS),
            "yaxis": theme.log_axis(what, unit, labels=labels, range=ends),
        },
    }


def _ends(values_JT: np.ndarray) -> list[tuple[str, float, float, theme.Role]]:
    """Give name, last step, last value and role of each line."""
    return [
        (NAMES[norm], float(LOOKS[-1]), float(values[-1]), ROLES[norm])
        for norm, values in zip(NORMS, values_JT, strict=True)
    ]
