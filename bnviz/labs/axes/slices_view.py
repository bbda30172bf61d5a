"""The tensor slice by slice: every cell in sight."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.axes import Trace
from bnviz.labs.axes.findings import title
from bnviz.labs.axes.sets_view import ON_SOLID, STILL, TOP_LEFT, Points, area, colors
from bnviz.labs.axes.settings import SEQUENCES

GAP = 0.45
"""Between two slices, in cells."""
ROW_PX = (11, 44)
HEIGHT_PX = 380
WIDEST_WITH_VALUES = 16
"""Of more cells side by side the values are not written in, but shown on pointing."""


def slices(trace: Trace) -> Figure:
    """Draw every cell of the tensor: a slice for each sample and channel, or for each sequence.

    The last trace has one point for each cell, with the index of the cell as ``customdata``.
    """
    settings, done = trace.settings, trace.chosen
    x, y = _places(trace.x.shape, settings.layout)
    squares = np.stack([x, y], axis=-1)[..., None, :] + np.array(
        [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    )
    data = [
        area(squares[done.sets == number], color)
        for number, color in enumerate(colors(done, trace.set_of_cell))
    ]
    frame = squares[settings.cell]
    data.append(
        {
            "type": "scatter",
            "mode": "lines",
            "x": frame[:, 0],
            "y": frame[:, 1],
            "line": {"color": theme.TEXT, "width": 3},
            "name": "chosen cell",
            "hoverinfo": "skip",
        }
    )
    data.append(_cells(trace, x + 0.5, y + 0.5))
    return {"data": data, "layout": _frame(trace, float(x.max()) + 1, float(y.max()) + 1)}


def _places(shape: tuple[int, ...], layout: str) -> tuple[Points, Points]:
    """Return the corner of each cell, counted in cells to the right and down."""
    index = np.indices(shape).astype(float)
    if layout == SEQUENCES:
        n, t, c = index
        return n * (shape[2] + GAP) + c, t
    n, c, h, w = index
    return c * (shape[3] + GAP) + w, n * (shape[2] + GAP) + h


def _cells(trace: Trace, x: Points, y: Points) -> theme.Trace:
    """Return a point in each cell: its value, what one sees on pointing, and what a click takes."""
    letters = [letter.lower() for letter in trace.settings.letters]
    index = "<br>".join(f"{letter} = %{{customdata[{k}]}}" for k, letter in enumerate(letters))
    n_columns = trace.x.shape[-1] * (trace.x.shape[0 if len(letters) == 3 else 1])
    chosen = (trace.chosen.sets == trace.set_of_cell).ravel()
    ink = np.where(chosen, ON_SOLID, theme.TEXT).tolist()
    unchanged = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers+text" if n_columns <= WIDEST_WITH_VALUES else "markers",
        "name": "cells",
        "x": x.ravel(),
        "y": y.ravel(),
        "text": [f"{value:.1f}" for value in trace.x.ravel()],
        "textfont": {"size": theme.FONT_SIZE - 3, "color": ink},
        "customdata": np.argwhere(np.ones(trace.x.shape, bool)).tolist(),
        "meta": trace.chosen.sets.ravel().tolist(),
        "hovertemplate": f"{index}<br>x = %{{text}}<extra></extra>",
        "marker": {"size": 18, "opacity": 0, "color": theme.TEXT},
        "selected": unchanged,
        "unselected": unchanged,
    }


def _frame(trace: Trace, width: float, height: float) -> dict[str, Any]:
    """Return the layout of the slices: the names of the axes on the edges, and the size."""
    shape, flat = trace.x.shape, trace.settings.layout == SEQUENCES
    n_tiles, tile = (shape[0], shape[2]) if flat else (shape[1], shape[3])
    centres = (np.arange(n_tiles) * (tile + GAP) + tile / 2).tolist()
    rows = shape[1] if flat else shape[0]
    step = 1 if flat else shape[2] + GAP
    middle = 0.5 if flat else shape[2] / 2
    pixels = float(np.clip(HEIGHT_PX / height, *ROW_PX))
    bare: dict[str, Any] = {"showline": False, "ticks": "", "fixedrange": True, "zeroline": False}
    across, down = ("n", "t") if flat else ("c", "n")
    return {
        "title": {**theme.finding(title(trace)), **TOP_LEFT},
        "xaxis": {
            **theme.axis("Samples N" if flat else "Channels C", **bare),
            "side": "top",
            "range": [-0.1, width + 0.1],
            "tickvals": centres,
            "ticktext": [f"{across} = {k}" for k in range(n_tiles)],
        },
        "yaxis": {
            **bare,
            "range": [height + 0.1, -0.1],
            "tickvals": [middle + step * k for k in range(rows)],
            "ticktext": [f"{down} = {k}" for k in range(rows)],
        },
        "annotations": _edges(flat, width, height, tile, shape),
        "height": round(height * pixels) + 112,
        "margin": {"l": 44, "r": 30, "t": 84, "b": 28},
        "clickmode": "event+select",
        **STILL,
    }


def _edges(
    flat: bool, width: float, height: float, tile: int, shape: tuple[int, ...]
) -> list[dict[str, Any]]:
    """Return the names of the axes inside a slice, at the edges of an outer one."""
    inner = {"showarrow": False, "font": {"size": theme.FONT_SIZE - 1, "color": theme.TEXT}}
    below = {"x": tile / 2, "y": height, "yanchor": "top", "yshift": -4, **inner}
    corner = {"x": 0, "xref": "paper", "xanchor": "right", "xshift": -6, "y": 0, **inner}
    corner |= {"text": "T ↓" if flat else "N ↓", "yanchor": "bottom"}
    if flat:
        return [corner, {**below, "text": "C →"}]
    beside = {"x": width, "y": shape[2] / 2, "xanchor": "left", "xshift": 4, **inner}
    return [corner, {**below, "text": "W →"}, {**beside, "text": "H ↓"}]
