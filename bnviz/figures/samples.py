"""A bar or a stroke for each sample of a batch, with its axes and its key of colours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure

FEW = 16
"""Samples up to which each has its number on the axis."""
UNSEEN = 0.005
"""Share of the height of a chart below which a bar has no height."""
ROOM = {"top": 6}
"""Above the key of the colours, in px; Plotly makes room for the key itself."""


def bars(
    values: NDArray[Any], role: theme.Role, name: str, *, hatched: bool = False, **more: Any
) -> theme.Trace:
    """Return one bar for each sample."""
    pattern = {"shape": "/", "size": 6, "solidity": 0.45} if hatched else {}
    x, hover = np.arange(1, len(values) + 1), f"{name}<br>sample %{{x}}: %{{y:.4g}}"
    style = {"pattern": pattern, "line": {"width": 0}}
    return theme.bars(x, values, role, name=name, hover=hover, marker=style, **more)


def levels(values: NDArray[Any], role: theme.Role, name: str) -> theme.Trace:
    """Return a short level stroke for each sample."""
    marker = {
        "symbol": "line-ew-open",
        "size": 12 if len(values) <= FEW else 7,
        "line": {"width": 2.5, "color": role.color},
    }
    return theme.dots(
        np.arange(1, len(values) + 1),
        values,
        role,
        name=name,
        marker=marker,
        hovertemplate=f"{name}<br>sample %{{x}}: %{{y:.4g}}<extra></extra>",
    )


def amounts(values: NDArray[Any], role: theme.Role, name: str, ends: list[float]) -> theme.Trace:
    """Return bars, or strokes on the zero line where all are too small to be seen as bars."""
    return (levels if unseen(values, ends) else bars)(values, role, name)


def unseen(values: NDArray[Any], ends: list[float]) -> bool:
    """Return whether all values are too small to be seen as bars or strokes on an axis."""
    return bool(np.abs(values).max() < UNSEEN * (ends[1] - ends[0]))


def key() -> dict[str, Any]:
    """Return the layout of a key above the plot: bars have no end to write a name at."""
    legend = {
        "orientation": "h",
        "x": 0,
        "y": 1.02,
        "yanchor": "bottom",
        "font": {"size": theme.FONT_SIZE - 1},
        "itemclick": False,
        "itemdoubleclick": False,
    }
    return {"showlegend": True, "legend": legend, "meta": ROOM}


def sample_axis(m: int) -> dict[str, Any]:
    """Return the axis of the samples, from 1 to m."""
    ticks: dict[str, Any] = {"dtick": 1} if m <= FEW else {}
    return theme.axis("Sample of the batch", range=[0.4, m + 0.6], **ticks)


def reach(*values: NDArray[Any]) -> list[float]:
    """Return the ends of an axis that holds all values, and zero, and is never a speck."""
    ends = np.concatenate([np.atleast_1d(part).ravel() for part in values])
    low, high = min(0.0, float(ends.min())), max(0.0, float(ends.max()))
    room = 0.08 * (high - low) or 1.0
    return [low - room if low < 0 else -room / 2, high + room]


def zero_axis(title: str, ends: list[float]) -> dict[str, Any]:
    """Return a linear axis on which zero is drawn."""
    return theme.axis(title, range=ends, zeroline=True, zerolinecolor=theme.RULE)


def figure(
    title: str, data: list[theme.Trace], m: int, what: str, ends: list[float], **layout: Any
) -> Figure:
    """Return a figure over m samples, with a key of its colours; ``what`` names the other axis."""
    layout = {**key(), **layout}
    return theme.figure(title, data, sample_axis(m), zero_axis(what, ends), **layout)
