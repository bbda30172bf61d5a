"""Colours of sets: cells of one colour share a mean and a variance, and no two sets have one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.labs.axes import Sharing

Points = NDArray[np.float64]

SETS = ("#7A5CC8", "#8F6A00", "#007F8C", "#B0457B", "#4E7D1E", "#8A5A3C")
"""Hues of the sets. Each has a contrast of at least 4.5 with white and 3 with the dark page."""
ON_SOLID = "#FEFEFE"
"""Text on a solid cell; nearly white, so that the dark theme does not exchange it."""
PALE = (0.2, 0.55)
"""Opacity of the first and of the last row of sets that are not chosen."""
ALONE = 0.3
"""Opacity where there is only one row of sets."""
TOP_LEFT: dict[str, Any] = {
    "xref": "container",
    "x": 0,
    "yref": "container",
    "y": 1,
    "yanchor": "top",
    "pad": {"t": 8},
}
"""Place of a title."""
STILL: dict[str, Any] = {
    "dragmode": False,
    "modebar": {
        "remove": ["zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]
    },
}
"""Layout of a picture in which there is nothing to zoom into."""


def colors(done: Sharing, chosen: int) -> list[str]:
    """Return one colour for each set: hues along the last axis of the grid, shades along the first.

    The chosen set is solid.
    """
    n_rows, n_columns = done.grid if len(done.grid) == 2 else (1, done.grid[0])
    if n_columns == 1:
        n_rows, n_columns = 1, n_rows
    shades = np.linspace(*PALE, n_rows) if n_rows > 1 else [ALONE]
    return [
        SETS[column] if row * n_columns + column == chosen else theme.tint(SETS[column], shade)
        for row, shade in enumerate(shades)
        for column in range(n_columns)
    ]


def area(polygons: Points, color: str, **more: Any) -> theme.Trace:
    """Return polygons, shape (n, corners, 2), filled with one colour and divided by thin lines."""
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
