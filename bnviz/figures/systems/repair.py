"""How far the published class is from the layer, after each repair and with one fault alone."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.systems.points import broken, points
from bnviz.labs.systems import Trace
from bnviz.labs.systems.published import FAULTS
from bnviz.labs.systems.repair import STEPS
from bnviz.numerals import bound, short, superscript

EQUAL = 1e-12
COLUMNS = ("output", "dx", "dγ", "dβ", "mean", "var.", "images")
"""The quantities, with those of the running statistics cut short, and images."""


def parity(trace: Trace) -> Figure:
    """Draw a table: a row for each repair, a cell for the difference of each quantity."""
    found = trace.repair
    cells_KQ = np.column_stack([found.rows, found.on_images])
    cells = [(x, y, float(cells_KQ[y, x])) for y, x in np.ndindex(*cells_KQ.shape)]
    title = (
        f"As published the output is off by {short(found.output[0])}; repaired, nothing is off by "
        f"more than {bound(found.last)}"
    )
    text = {
        "type": "scatter",
        "mode": "text",
        "x": [x for x, _, _ in cells],
        "y": [y for _, y, _ in cells],
        "text": [_written(value) for *_, value in cells],
        "customdata": [f"{STEPS[y]}<br>{COLUMNS[x]}: {_told(value)}" for x, y, value in cells],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    rows = {"range": [len(STEPS) - 0.5, -0.5], **_names(broken(STEPS))}
    columns = {"range": [-0.5, len(COLUMNS) - 0.5], "tickangle": 0, **_names(COLUMNS)}
    return {
        "data": [text],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Largest difference from the layer", **columns),
            "yaxis": theme.axis("", **rows),
            "shapes": [_cell(*cell) for cell in cells],
        },
    }


def _names(names: Sequence[str]) -> dict[str, Any]:
    return {
        "tickvals": list(range(len(names))), "ticktext": list(names), "showline": False,
        "ticks": "",
    }  # fmt: skip


def alone(trace: Trace) -> Figure:
    """Draw the difference of outputs with each fault alone."""
    found = trace.repair.alone
    worst = int(found.argmax())
    title = f"One fault alone: most by \u201c{FAULTS[worst]}\u201d, {short(found[worst])}"
    axis = theme.log_axis("Largest difference", range=[-4.2, 1.4])
    return points(found, FAULTS, "The only fault", title, axis)


def _cell(x: int, y: int, value: float) -> dict[str, object]:
    role = theme.WITH if value < EQUAL else theme.WITHOUT
    colour = theme.PANEL if math.isnan(value) else theme.tint(role.color, 0.25)
    return {
        "type": "rect", "layer": "below", "x0": x - 0.46, "x1": x + 0.46, "y0": y - 0.44,
        "y1": y + 0.44, "fillcolor": colour, "line": {"width": 0},
    }  # fmt: skip


def _written(value: float) -> str:
    """Write a difference in a few letters: its power of ten if it is small."""
    if math.isnan(value):
        return "–"
    if value == 0 or value >= 0.01:
        return short(value)
    return f"10{superscript(math.floor(math.log10(value)))}"


def _told(value: float) -> str:
    return "not there" if math.isnan(value) else short(value)
