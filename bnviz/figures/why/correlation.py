"""Correlation matrices of the units of one layer."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.why import Trace
from bnviz.labs.why.correlation import largest
from bnviz.numerals import bound


def before(trace: Trace) -> Figure:
    """Draw the correlations before batch norm."""
    found = trace.correlation.before
    return _figure(
        found, f"Before BN: the largest correlation of two units is {largest(found):.2f}"
    )


def after(trace: Trace) -> Figure:
    """Draw those after batch norm."""
    found = trace.correlation
    return _figure(
        found.after, f"After BN: no correlation changes by more than {bound(found.changed)}"
    )


def whitened(trace: Trace) -> Figure:
    """Draw those after whitening."""
    found = trace.correlation
    return _figure(found.whitened, f"After whitening: at most {bound(found.left)} is left")


def _figure(matrix_CC: np.ndarray, title: str) -> Figure:
    axis: dict[str, Any] = {"showticklabels": False, "ticks": "", "constrain": "domain"}
    return {
        "data": [
            {
                "type": "heatmap",
                "z": np.round(matrix_CC, 4),
                "zmin": -1,
                "zmax": 1,
                "zmid": 0,
                "colorscale": theme.DIVERGING,
                "colorbar": {"thickness": 12, "outlinewidth": 0, "ticks": ""},
                "hovertemplate": "units %{y} and %{x}: %{z:.2f}<extra></extra>",
            }
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Unit", **axis),
            "yaxis": theme.axis("Unit", autorange="reversed", scaleanchor="x", **axis),
        },
    }
