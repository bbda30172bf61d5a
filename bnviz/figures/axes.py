"""The two pictures of the axes explorer: the tensor slice by slice, and as one block per method.

One rule holds in both: cells of one colour share a mean and a variance, and no two sets have the
same colour. The set of the chosen cell is solid, all others are pale. The colours are not those of
the methods in other figures (blue for "with BN"): here a colour is a set.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.axes import METHODS, Sharing, Trace
from bnviz.labs.axes.findings import title
from bnviz.labs.axes.settings import SEQUENCES

SETS = ("#7A5CC8", "#8F6A00", "#007F8C", "#B0457B", "#4E7D1E", "#8A5A3C")
"""Hues of the sets. Each has a contrast of at least 4.5 with white and 3 with the dark page."""
ON_SOLID = "#FEFEFE"
"""Text on a solid cell; nearly white, so that the dark theme does not exchange it."""
PALE = (0.2, 0.55)
"""Opacity of the first and of the last row of sets that are not chosen."""
GAP = 0.45
"""Between two slices, in cells."""
ROW_PX = (11, 44)
HEIGHT_PX = 380
WIDEST_WITH_VALUES = 16
"""Of more cells side by side the values are not written in, but shown on pointing."""
DEPTH = (0.42, 0.34)
"""By how much the last sample of a block is moved to the right and up; a block is 1 wide."""
PITCH = (2.05, 2.15)
"""From one block to the next, across and down."""
BLOCKS_IN_ROW = 3
MANY = 12
"""Cells above each other in a block, from which on the lines between them are finer."""

Points = NDArray[np.float64]


def slices(trace: Trace) -> Figure:
    """Draw every cell of the tensor: a slice for each sample and channel, or for each sequence.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict
        A plain Plotly figure. Its last trace has one point for each cell, with the index of the
        cell as ``customdata``.
    """
    settings, done = trace.settings, trace.chosen
    x, y = _places(trace.x.shape, settings.layout)
    squares = np.stack([x, y], axis=-1)[..., None, :] + np.array(
        [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
    )
    data = [
        _area(squares[done.sets == number], color)
        for number, color in enumerate(_colors(done, trace.set_of_cell))
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


def blocks(trace: Trace) -> Figure:
    """Draw the tensor once for each method, as a block: channels across, samples to the back.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict
        A plain Plotly figure.
    """
    data: list[theme.Trace] = []
    notes: list[dict[str, Any]] = []
    for place, method in enumerate(METHODS):
        row, column = divmod(place, BLOCKS_IN_ROW)
        origin = np.array([column * PITCH[0], -row * PITCH[1]])
        data += _block(trace, trace.sharings[method], origin)
        notes += _labels(trace, method, origin)
    counts = [done.n_sets for done in trace.sharings.values() if done is not None]
    fewest, most = min(counts), max(counts)
    span = f"{fewest} to {most}" if fewest < most else f"always {most}"
    notes.append(_key(np.array([2 * PITCH[0], -PITCH[1]])))
    hidden = {"visible": False, "fixedrange": True}
    return {
        "data": data,
        "layout": {
            "title": {
                **theme.finding(f"Five methods, the same tensor: {span} statistics"),
                **_TOP_LEFT,
            },
            "xaxis": {**hidden, "range": [-0.42, 2 * PITCH[0] + 1.6]},
            "yaxis": {**hidden, "range": [-PITCH[1] - 0.62, 1.42]},
            "annotations": notes,
            "height": 330,
            "margin": {"l": 0, "r": 0, "t": 40, "b": 0},
            **_STILL,
        },
    }


def describe(figure: Figure, what: str) -> str:
    """Return the alt text of a figure: its finding, and what is drawn."""
    return f"{figure['layout']['title']['text']}. {what}"


_TOP_LEFT = {"xref": "container", "x": 0, "yref": "container", "y": 1, "yanchor": "top"}
_TOP_LEFT["pad"] = {"t": 8}
_STILL = {
    "dragmode": False,
    "modebar": {
        "remove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]
    },
}


def _places(shape: tuple[int, ...], layout: str) -> tuple[Points, Points]:
    """Give the corner of each cell, counted in cells to the right and down."""
    index = np.indices(shape).astype(float)
    if layout == SEQUENCES:
        n, t, c = index
        return n * (shape[2] + GAP) + c, t
    n, c, h, w = index
    return c * (shape[3] + GAP) + w, n * (shape[2] + GAP) + h


def _colors(done: Sharing, chosen: int) -> list[str]:
    """Give one colour for each set: hues along the last axis of the grid, shades along the first.

    The chosen set is solid (-1 chooses none).
    """
    n_rows, n_columns = done.grid if len(done.grid) == 2 else (1, done.grid[0])
    if n_columns == 1:
        n_rows, n_columns = 1, n_rows
    shades = np.linspace(*PALE, n_rows) if n_rows > 1 else [0.3]
    return [
        SETS[column] if row * n_columns + column == chosen else theme.tint(SETS[column], shade)
        for row, shade in enumerate(shades)
        for column in range(n_columns)
    ]


def _area(polygons: Points, color: str, **more: Any) -> theme.Trace:
    """Fill polygons, shape (n, corners, 2), with one colour; thin lines divide them."""
    parted = np.concatenate([polygons, np.full((len(polygons), 1, 2), np.nan)], axis=1)
    flat = parted.reshape(-1, 2)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": flat[:, 0],
        "y": flat[:, 1],
        "fill": "toself",
        "fillcolor": color,
        "line": {"color": theme.BACKGROUND, "width": 1},
        "hoverinfo": "skip",
        **more,
    }


def _cells(trace: Trace, x: Points, y: Points) -> theme.Trace:
    """Return a point in each cell: its value, what one sees on pointing, and what a click takes."""
    letters = [letter.lower() for letter in trace.settings.letters]
    index = "<br>".join(f"{letter} = %{{customdata[{k}]}}" for k, letter in enumerate(letters))
    n_columns = trace.x.shape[-1] * (trace.x.shape[0 if len(letters) == 3 else 1])
    chosen = (trace.chosen.sets == trace.set_of_cell).ravel()
    colors = np.where(chosen, ON_SOLID, theme.TEXT).tolist()
    unchanged = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "mode": "markers+text" if n_columns <= WIDEST_WITH_VALUES else "markers",
        "name": "cells",
        "x": x.ravel(),
        "y": y.ravel(),
        "text": [f"{value:.1f}" for value in trace.x.ravel()],
        "textfont": {"size": theme.FONT_SIZE - 3, "color": colors},
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
        "title": {**theme.finding(title(trace)), **_TOP_LEFT},
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
        **_STILL,
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


def _block(trace: Trace, done: Sharing | None, origin: Points) -> Iterator[theme.Trace]:
    """Yield the three faces of a block that one sees, cell by cell, and a shade on the side."""
    shape = trace.x.shape
    if trace.settings.layout == SEQUENCES:
        n, v, c = shape
        order = (0, 2, 1)
    else:
        n, c, v = shape[0], shape[1], shape[2] * shape[3]
        order = (0, 1, 2)
    faces = list(_faces(n, c, v))
    if done is None:
        everything = np.concatenate([polygons for polygons, _ in faces])
        yield _area(_seen(everything, origin), theme.tint(theme.REFERENCE.color, 0.15))
        return
    line = {"color": theme.BACKGROUND, "width": 0.75 if v <= MANY else 0.25}
    sets = done.sets.transpose(order) if len(shape) == 3 else done.sets.reshape(n, c, v)
    numbers = np.concatenate([sets[cells] for _, cells in faces])
    polygons = _seen(np.concatenate([polygons for polygons, _ in faces]), origin)
    for number, color in enumerate(_colors(done, int(done.sets[trace.settings.cell]))):
        yield _area(polygons[numbers == number], color, line=line)
    side = np.array([[[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1], [1, 0, 0]]], float)
    yield _area(_seen(side, origin), theme.tint(theme.TEXT, 0.12), line={"width": 0})


def _faces(n: int, c: int, v: int) -> Iterable[tuple[Points, tuple[Any, Any, Any]]]:
    """Yield (polygons in block coordinates, index of their cells): front, top and right face.

    Block coordinates are (right, back, up), each from 0 to 1. Sample 0 is in front, position 0 on
    top.
    """
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    for sizes, fixed in (((c, v), "front"), ((c, n), "top"), ((n, v), "right")):
        i, j = (part.ravel() for part in np.indices(sizes))
        p, q = (np.stack([i, j], axis=-1)[:, None] + corners).transpose(2, 0, 1) / np.reshape(
            sizes, (2, 1, 1)
        )
        zero, one = np.zeros_like(p), np.ones_like(p)
        if fixed == "front":
            yield np.stack([p, zero, 1 - q], axis=-1), (0 * i, i, j)
        elif fixed == "top":
            yield np.stack([p, q, one], axis=-1), (j, i, 0 * i)
        else:
            yield np.stack([one, p, 1 - q], axis=-1), (i, 0 * i + c - 1, j)


def _seen(points: Points, origin: Points) -> Points:
    """Project block coordinates (right, back, up) to the page."""
    right, back, up = np.moveaxis(points, -1, 0)
    return np.stack([right + DEPTH[0] * back, up + DEPTH[1] * back], axis=-1) + origin


def _labels(trace: Trace, method: str, origin: Points) -> list[dict[str, Any]]:
    """Return the name of a block, its count, and the names of its edges."""
    done = trace.sharings[method]
    here = method == trace.settings.method
    count = "refused" if done is None else f"{done.n_sets} × {done.n_values}"
    name = f"<b>{METHODS[method]}</b>" if here else METHODS[method]
    upright = "T" if trace.settings.layout == SEQUENCES else "HW"
    color = theme.TEXT if here else theme.MUTED
    small = {"showarrow": False, "font": {"size": theme.FONT_SIZE - 2, "color": theme.MUTED}}
    spots = (
        ("C", (0.5, 0.0), {"yanchor": "top"}),
        ("N", (1 + DEPTH[0] / 2, DEPTH[1] / 2), {"xanchor": "left", "yanchor": "top"}),
        (upright, (0.0, 0.5), {"xanchor": "right", "xshift": -2}),
    )
    edges = [
        {"text": text, "x": origin[0] + x, "y": origin[1] + y, **anchor, **small}
        for text, (x, y), anchor in spots
    ]
    heading = {
        "text": f"{name}: {count}",
        "x": origin[0] + 0.5,
        "y": origin[1] - 0.2,
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": theme.FONT_SIZE, "color": color},
    }
    return [heading, *edges]


def _key(origin: Points) -> dict[str, Any]:
    """Return the words in the free sixth place."""
    return {
        "text": "sets × values<br>Solid: the set<br>of the chosen cell",
        "x": origin[0] - 0.1,
        "y": origin[1] + 0.6,
        "xanchor": "left",
        "align": "left",
        "showarrow": False,
        "font": {"size": theme.FONT_SIZE - 1, "color": theme.MUTED},
    }
