"""Shares of digits that are classified right: lines and bars with the range over three starts."""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure

SHARE = theme.axis("Unseen digits classified right", "%", range=[0, 104])


def lines(
    x: Sequence[int], share: NDArray[Any], roles: Mapping[str, theme.Role], names: Mapping[str, str]
) -> list[theme.Trace]:
    """Draw a line and a band for each method; ``share`` has the starts last."""
    rows = [(names[key], 100 * row, roles[key]) for key, row in zip(roles, share, strict=True)]
    beside = 1.06 * x[-1]
    return curves(x, rows, over="three starts", gap=6.5, high=101, end=beside, mode="lines+markers")


def bars(
    title: str,
    rows: Mapping[str, NDArray[Any]],
    roles: Mapping[str, theme.Role],
    names: Mapping[str, str],
    live: Sequence[theme.Trace] = (),
    *,
    left: int = 84,
) -> Figure:
    """Draw level bars of means, in percent, with the range over the starts; names fill the left."""
    mean = [float(row.mean()) for row in rows.values()]
    colors = {"color": [theme.tint(roles[key].color, 0.55) for key in rows]}
    text: dict[str, Any] = {
        "text": [f"{value:.0f}%" for value in mean],
        "textposition": "inside",
        "insidetextanchor": "start",
        "insidetextfont": {"color": theme.TEXT},
        "textangle": 0,
    }
    data = theme.bars(
        mean,
        [names[key] for key in rows],
        theme.REFERENCE,
        level=True,
        hover="%{y}: %{x:.1f}%",
        marker=colors,
        error_x=spread([*rows.values()], color=theme.TEXT),
        **text,
    )
    names_axis = {"type": "category", "ticks": ""}
    return theme.figure(title, [data, *live], SHARE, names_axis, margin={"l": left})


def spread(rows: Sequence[NDArray[Any]], **style: Any) -> dict[str, Any]:
    """Return the error bars from the lowest to the highest start."""
    up = [float(row.max() - row.mean()) for row in rows]
    down = [float(row.mean() - row.min()) for row in rows]
    ends = {"type": "data", "symmetric": False, "array": up, "arrayminus": down}
    return {**ends, **style, "thickness": 1}
