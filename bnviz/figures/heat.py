"""Heat maps: a bar of their colours, and the correlations of many units."""

from typing import Any

from bnviz.figures import theme

COLORBAR = {"thickness": 12, "outlinewidth": 0, "ticks": ""}


def correlations(values: Any, hover: str, **more: Any) -> theme.Trace:
    """Return a heat map of correlations, from -1 to 1; ``hover`` is Plotly's template."""
    return {
        "type": "heatmap",
        "z": values,
        "zmin": -1,
        "zmax": 1,
        "zmid": 0,
        "colorscale": theme.DIVERGING,
        "colorbar": COLORBAR,
        "hovertemplate": f"{hover}<extra></extra>",
        **more,
    }
