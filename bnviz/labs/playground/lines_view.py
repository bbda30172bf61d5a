"""What the four charts of the playground share: the roles of the lines, and words of a snapshot.

Colour and dash: blue is with BN, solid in training mode and dotted in evaluation mode; orange and
dashed is without BN, where both modes are one. Lines that belong to a whole run stand still, and a
grey guide marks the step on show.
"""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, NetworkTrace, Trace
from bnviz.numerals import short

ROLES = {WITH: theme.WITH, WITHOUT: theme.WITHOUT}
EVAL = {"width": 1.8, "dash": theme.EVAL.dash}
KEY = [
    ("blue", "━━", "with BN, train mode"),
    ("blue", "┅┅", "with BN, eval mode"),
    ("orange", "╍╍", "without BN"),
    ("gray", "┊", "this step"),
]
"""The key of the lines: colour, stroke, name."""


def modes(norm: str) -> list[tuple[int, str, dict[str, Any]]]:
    """Return place, name and line style of the modes in which a network differs."""
    if norm == WITHOUT:
        return [(EVALUATION, "", {})]
    return [(TRAINING, ", train mode", {}), (EVALUATION, ", eval mode", EVAL)]


def small_title(axis: dict[str, Any]) -> dict[str, Any]:
    """Return an axis with a title that fits beside that of the other axis of its chart."""
    return {**axis, "title": {**axis["title"], "font": {"size": theme.FONT_SIZE - 2}}}


def snapshots(trace: Trace) -> range:
    """Return the places of all snapshots."""
    return range(len(trace.steps))


def diverged(network: NetworkTrace, step: int) -> bool:
    """Return whether a network had diverged at a step."""
    return network.diverged_at is not None and step >= network.diverged_at


def described(trace: Trace, norm: str, value: float, t: int) -> str:
    """Return a value with the name of its network, or what is to be said in its place."""
    if diverged(trace.networks[norm], trace.steps[t]):
        return f"{NAMES[norm]} diverged"
    if not np.isfinite(value):
        return f"no number {NAMES[norm]}"
    return f"{short(value)} {NAMES[norm]}"
