"""What a reader has drawn, laid over a figure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure, pick

NAME = "your sketch"
STYLE = {"mode": "lines+markers", "marker": {"size": 9, "symbol": "circle-open"}}


def overlay(figure: Figure, x: NDArray[Any], y: NDArray[Any]) -> Figure:
    """Return the figure with a sketch on it, and axes that hold both.

    Where the figure leaves the length of its horizontal axis to its lines, as with the layers of a
    network, the sketch ends with the longest of them.
    """
    if "range" not in figure["layout"]["xaxis"]:
        shown = [np.max(pick(trace["x"], -1)) for trace in figure["data"] if len(trace["x"])]
        inside = x <= max(shown)
        x, y = x[inside], y[inside]
    drawn = theme.line(x, y, theme.READER, name=NAME, **STYLE)
    layout = dict(figure["layout"])
    for name, values in (("xaxis", x), ("yaxis", y)):
        layout[name] = _holding(layout[name], values)
    return {"data": [*figure["data"], drawn], "layout": layout}


def _holding(axis: dict[str, Any], values: NDArray[Any]) -> dict[str, Any]:
    """Return an axis whose range, if it has one, is wide enough for values."""
    if "range" not in axis:
        return axis
    places = np.log10(values) if axis.get("type") == "log" else values
    low, high = axis["range"]
    return {**axis, "range": [min(low, float(places.min())), max(high, float(places.max()))]}


def line_of(figure: Figure, name: str) -> tuple[Any, Any] | None:
    """Return the points of the line of this name, at the last snapshot; None if there is none."""
    for trace in figure["data"]:
        if trace.get("name") == name and trace.get("mode") != "text":
            shown = pick(trace, -1)
            return shown["x"], shown["y"]
    return None
