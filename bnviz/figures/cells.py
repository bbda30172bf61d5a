"""A map of cells in rows and columns: a number in each, a cross, a frame, a bar of colours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.marks import number_text


def cells(
    z: NDArray[np.float64],
    text: NDArray[Any],
    columns: Sequence[float],
    rows: Sequence[float],
    **more: Any,
) -> theme.Trace:
    """Return a heat map of the cells, a number written in each; NaN leaves a cell empty.

    ``customdata`` holds what the column and the row of a cell stand for.
    """
    names = [[[number_text(column), number_text(row)] for column in columns] for row in rows]
    return {
        "type": "heatmap",
        "z": z,
        "x": list(range(len(columns))),
        "y": list(range(len(rows))),
        "text": text.tolist(),
        "texttemplate": "%{text}",
        "customdata": names,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        **more,
    }


def crosses(where: NDArray[np.bool_], name: str) -> theme.Trace:
    """Return a cross in each cell that is marked."""
    places = np.argwhere(where)
    return {
        "type": "scatter",
        "mode": "text",
        "x": places[:, 1].tolist(),
        "y": places[:, 0].tolist(),
        "text": ["×"] * len(places),
        "textfont": {"color": theme.MUTED, "size": 18},
        "name": name,
        "hovertemplate": f"{name}<extra></extra>",
    }


def texts(loss: NDArray[np.float64]) -> NDArray[Any]:
    """Return losses as texts as short as a cell needs; empty where there is none."""

    def text(value: float) -> str:
        if np.isnan(value):
            return ""
        if value >= 99.5:
            return ">99"
        return f"{value:.2f}" if value < 9.95 else f"{value:.0f}"

    return np.array([[text(value) for value in row] for row in loss.tolist()])


def bar(values: NDArray[Any], names: Sequence[str], unit: str) -> dict[str, Any]:
    """Return a thin colour bar with names at some values."""
    return {
        "thickness": 10,
        "outlinewidth": 0,
        "ticks": "",
        "tickvals": values.tolist(),
        "ticktext": list(names),
        "tickfont": {"color": theme.MUTED, "size": theme.FONT_SIZE - 2},
        "title": {"text": unit, "font": {"color": theme.MUTED, "size": theme.FONT_SIZE - 2}},
        "xpad": 4,
    }


def frame(column: int, row: int, *, width: float = 2.0) -> dict[str, Any]:
    """Return a frame round a cell, which marks a network that trains."""
    half = 0.48
    return {
        "type": "rect",
        "x0": column - half,
        "x1": column + half,
        "y0": row - half,
        "y1": row + half,
        "line": {"color": theme.TEXT, "width": width},
    }
