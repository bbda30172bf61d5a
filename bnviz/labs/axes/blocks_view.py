"""The tensor as a block, once for each method."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.axes import METHODS, Sharing, Trace
from bnviz.labs.axes.sets_view import STILL, TOP_LEFT, Points, area, colors
from bnviz.labs.axes.settings import SEQUENCES

DEPTH = (0.42, 0.34)
"""By how much the last sample of a block is moved to the right and up; a block is 1 wide."""
PITCH = (2.05, 2.15)
"""From one block to the next, across and down."""
BLOCKS_IN_ROW = 3
MANY = 12
"""Cells above each other in a block, from which on the lines between them are finer."""


def blocks(trace: Trace) -> Figure:
    """Draw the tensor once for each method, as a block: channels across, samples to the back."""
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
            "title": theme.finding(f"Five methods, the same tensor: {span} statistics") | TOP_LEFT,
            "xaxis": {**hidden, "range": [-0.42, 2 * PITCH[0] + 1.6]},
            "yaxis": {**hidden, "range": [-PITCH[1] - 0.62, 1.42]},
            "annotations": notes,
            "height": 330,
            "margin": {"l": 0, "r": 0, "t": 40, "b": 0},
            **STILL,
        },
    }


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
        yield area(_seen(everything, origin), theme.tint(theme.REFERENCE.color, 0.15))
        return
    line = {"color": theme.BACKGROUND, "width": 0.75 if v <= MANY else 0.25}
    sets = done.sets.transpose(order) if len(shape) == 3 else done.sets.reshape(n, c, v)
    numbers = np.concatenate([sets[cells] for _, cells in faces])
    polygons = _seen(np.concatenate([polygons for polygons, _ in faces]), origin)
    for number, color in enumerate(colors(done, int(done.sets[trace.settings.cell]))):
        yield area(polygons[numbers == number], color, line=line)
    side = np.array([[[1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 0, 1], [1, 0, 0]]], float)
    yield area(_seen(side, origin), theme.tint(theme.TEXT, 0.12), line={"width": 0})


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
    """Return block coordinates (right, back, up) as places on the page."""
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
