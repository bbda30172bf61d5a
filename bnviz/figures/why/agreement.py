"""How far the gradient of a layer survives the step of the layers before it."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.why.band import ROLES, STEPS
from bnviz.labs.why import Trace
from bnviz.labs.why.findings.agreement import verdict
from bnviz.labs.why.findings.band import MIDDLE, NAMES, lost
from bnviz.labs.why.looks import EARLY, LATE, LOOKS, NORMS
from bnviz.numerals import signed

TALL = 1.06
"""Top of the axis of cosines."""


def over_time(trace: Trace) -> Figure:
    """Draw the mean cosine of the layers over the steps."""
    found = trace.agreement
    title = f"First {LOOKS[EARLY.stop]} steps: {verdict(*found.over(EARLY))}"
    if np.isnan(found.over(EARLY)).any():
        title = f"In this run {lost(found.diverged)} diverges"
    elif found.diverged.any():
        title += f"; then {lost(found.diverged)} diverges"
    else:
        title += f"; from step {MIDDLE} on: {verdict(*found.over(LATE))}"
    axis = theme.axis("Step", **STEPS)
    return _figure(LOOKS, found.mean, title.replace("*", ""), "Mean cosine (1: no shift)", axis)


def early_layers(trace: Trace) -> Figure:
    """Draw the cosine of each layer in the first steps."""
    return _layers(trace, EARLY, f"First {LOOKS[EARLY.stop]} steps")


def late_layers(trace: Trace) -> Figure:
    """Draw the cosine of each layer in the second half."""
    return _layers(trace, LATE, f"From step {MIDDLE} on")


def _layers(trace: Trace, when: slice, what: str) -> Figure:
    found = trace.agreement
    layers_JL = found.layers(when)
    names = " and ".join(
        f"{signed(float(np.min(layers)))} {'with BN' if norm == 'bn' else 'without norm'}"
        for norm, layers in zip(NORMS, layers_JL, strict=True)
        if np.isfinite(layers).all()
    )
    title = f"{what}: the lowest cosine of a layer is {names}" if names else f"{what}: no run"
    n = layers_JL.shape[1]
    ticks = list(range(1, n + 1))
    text = [*map(str, ticks[:-1]), "out"]
    axis = theme.axis("Layer", range=[0.6, n * 1.22 + 0.4], tickvals=ticks, ticktext=text)
    return _figure(np.array(ticks), layers_JL, title, "Cosine (1: no shift)", axis)


def _figure(
    x: np.ndarray, values_JX: np.ndarray, title: str, what: str, xaxis: dict[str, Any]
) -> Figure:
    least = min(0.0, float(np.nanmin(values_JX)) - 0.05)
    data, ends = [], []
    for norm, values in zip(NORMS, values_JX, strict=True):
        data.append(theme.line(x, values, ROLES[norm], name=NAMES[norm]))
        ends.append((NAMES[norm], float(x[-1]), float(values[-1]), ROLES[norm]))
    data += at_ends(ends, gap=0.09 * (TALL - least), high=TALL)
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": xaxis,
            "yaxis": theme.axis(what, range=[least, TALL]),
        },
    }
