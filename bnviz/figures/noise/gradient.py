"""The norm of the gradient against the batch size."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.noise import sizes
from bnviz.labs.noise import Trace
from bnviz.labs.noise.gradient import FITTED
from bnviz.labs.noise.networks import BN, PLAIN

ROLES = {BN: theme.WITH, PLAIN: theme.WITHOUT}
NAMES = {BN: "with BN", PLAIN: "without BN"}
SYMBOLS = {BN: "circle", PLAIN: "diamond"}
LO, HI = 0.05, 20.0
OFF = (0.5, 8.0)
BELOW = 0.95
"""A name below a level line stands at this share of its height."""


def norms(trace: Trace) -> Figure:
    """Draw measured norms, the fitted law, and the norm over all images, for both networks."""
    found = trace.gradient
    data: list[theme.Trace] = []
    ends = np.array([found.sizes[0], found.n])
    for name in (PLAIN, BN):
        role, words = ROLES[name], NAMES[name]
        whole = np.full(2, found.full[name])
        data.append(
            theme.line(ends, whole, role, name=f"|G|, {words}", line={"width": 1, "dash": "dot"})
        )
        data.append(theme.line(found.curve, found.fit[name], role, name=f"fit, {words}"))
        data.append(_points(found.sizes, found.norm[name], name))
    upper = max(ROLES, key=lambda name: float(found.fit[name][-1]))
    for name in (BN, PLAIN):
        where = "above" if name == upper else "below"
        data.append(
            theme.end_label(found.curve, found.fit[name], NAMES[name], ROLES[name], position=where)
        )
    lower = [min(found.full.values())]
    data.append(theme.end_label(ends[:1], lower, "|G|", theme.REFERENCE, position="below"))
    layout = {
        "title": theme.finding(_norms_title(trace)),
        "xaxis": sizes.axis(int(found.sizes[0]), found.n),
        "yaxis": sizes.log_values("Gradient norm", "nats", LO, HI),
        "shapes": [theme.guide(x=trace.settings.batch_size)],
        "margin": {"r": 84},
    }
    return {"data": data, "layout": layout}


def _norms_title(trace: Trace) -> str:
    found = trace.gradient
    falls = all(bool(np.all(np.diff(each) < 0)) for each in found.norm.values())
    above = all(found.norm[name][-1] > found.full[name] for name in found.norm)
    if falls and above:
        return "Larger batches have smaller gradients, down to |G| and not to 0"
    return "The norm of the gradient against the batch size"


def fit(trace: Trace) -> Figure:
    """Draw measured over fitted norm, for both networks: 1 where the law holds."""
    found = trace.gradient
    data: list[theme.Trace] = []
    for name in (PLAIN, BN):
        data.append(_points(found.sizes, found.off[name], name, mode="lines+markers"))
    for name, where in ((BN, "above"), (PLAIN, "below")):
        beside = found.off[name][:1] * (1 if name == BN else BELOW)
        data.append(
            theme.end_label(found.sizes[:1], beside, NAMES[name], ROLES[name], position=where)
        )
    layout = {
        "title": theme.finding(_fit_title(trace)),
        "xaxis": sizes.axis(int(found.sizes[0]), found.n),
        "yaxis": sizes.log_values("Measured over fitted norm", "", *OFF),
        "shapes": [theme.guide(y=1), theme.guide(x=trace.settings.batch_size)],
        "margin": {"r": 34},
    }
    return {"data": data, "layout": layout}


def _fit_title(trace: Trace) -> str:
    found = trace.gradient
    worst = float(np.abs(found.off[PLAIN] - 1).max())
    return (
        f"Fitted from {FITTED} images on, without BN all sizes obey within {100 * worst:.0f}%; "
        f"with BN {found.sizes[0]} images have {found.off[BN][0]:.1f} times the norm"
    )


def _points(x: Any, y: Any, name: str, **more: Any) -> theme.Trace:
    line = {"color": ROLES[name].color, "dash": ROLES[name].dash}
    marker = {"size": 7, "symbol": SYMBOLS[name]}
    return theme.dots(x, y, ROLES[name], name=NAMES[name], marker=marker, line=line, **more)
