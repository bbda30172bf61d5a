"""A figure at one snapshot, as a Plotly object: for notebooks, tests and ``st.plotly_chart``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bnviz.figures import theme
from bnviz.figures.frames import Figure, pick

if TYPE_CHECKING:
    import plotly.graph_objects as go


def still(figure: Figure, t: int = -1, *, mode: str = "light") -> go.Figure:
    """Return the figure as it stands at one snapshot, with the house template.

    Parameters
    ----------
    figure : dict
        A figure, with or without ``Frames``.
    t : int
        The snapshot, counted as in a list: -1 is the last one.
    mode : {"light", "dark"}
        The theme to draw it in.

    Examples
    --------
    >>> from bnviz.figures.frames import Frames
    >>> still({"data": [{"type": "bar", "y": Frames([[1, 2], [3, 4]])}], "layout": {}}, 0).data[0].y
    (1, 2)
    """
    import plotly.graph_objects as go

    picked = pick(figure, t)
    layout = {"template": theme.template(), **picked.get("layout", {})}
    picked = {**picked, "layout": layout}
    return go.Figure(theme.dark(picked) if mode == "dark" else picked)
