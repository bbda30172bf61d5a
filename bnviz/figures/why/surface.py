"""The loss about a trained network, and how far it ranges by the distance."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.why import Trace
from bnviz.labs.why.findings.surface import DIVERGED, NAMES
from bnviz.labs.why.surface import FAR, NEAR, SURFACES
from bnviz.marks import decades, number_text
from bnviz.numerals import short

ROLES = {"none": theme.WITHOUT, "bn": theme.WITH, "kept": theme.THIRD}
WHO = {"none": "Without norm", "bn": "With BN", "kept": "No norm, lengths kept"}
SHORT = {**NAMES, "kept": "lengths kept"}
LEAST = 0.01
"""Losses below are drawn as this, in nats: the colours are logarithmic."""


def none(trace: Trace) -> Figure:
    """Draw the surface without norm."""
    return _map(trace, "none")


def bn(trace: Trace) -> Figure:
    """Draw the surface with batch norm."""
    return _map(trace, "bn")


def kept(trace: Trace) -> Figure:
    """Draw the surface without norm on which each weight vector keeps its length."""
    return _map(trace, "kept")


def _map(trace: Trace, name: str) -> Figure:
    found, v = trace.surface, list(SURFACES).index(name)
    title = DIVERGED.rstrip(".")
    if found.whole:
        middle, most = found.centre[v], found.loss[v].max()
        title = f"{WHO[name]}: loss {middle:.2f} in the middle, up to {short(most)}"
    shown = np.log10(np.maximum(found.loss, LEAST)) if found.whole else np.zeros((3, 1, 1))
    low, high = float(shown.min()), float(shown.max())
    bar = [value for value in decades(LEAST, 1e4) if low <= np.log10(value) <= high]
    axis: dict[str, Any] = {"ticks": "", "showline": False, "dtick": 0.5}
    small = {"color": theme.MUTED, "size": theme.FONT_SIZE - 2}
    return {
        "data": [
            {
                "type": "contour",
                "x": found.places,
                "y": found.places,
                "z": np.round(shown[v], 4),
                "text": [[f"{value:.3g}" for value in row] for row in found.loss[v]],
                "zmin": low,
                "zmax": high,
                "colorscale": theme.SEQUENTIAL,
                "reversescale": True,
                "contours": {"coloring": "heatmap", "start": -2, "end": 4, "size": 1 / 3},
                "line": {"width": 0.5, "color": theme.BACKGROUND},
                "colorbar": {
                    "thickness": 10,
                    "outlinewidth": 0,
                    "ticks": "",
                    "tickvals": np.log10(bar).tolist(),
                    "ticktext": [f"{value:g}" for value in bar],
                    "tickfont": small,
                    "title": {"text": "nats", "font": small},
                    "xpad": 4,
                },
                "hovertemplate": "at %{x:.2f}, %{y:.2f}: loss %{text}<extra></extra>",
            }
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Along a random direction", **axis),
            "yaxis": theme.axis("Along another", **axis),
        },
    }  # fmt: skip


def ranges(trace: Trace) -> Figure:
    """Draw highest minus lowest loss within each distance."""
    found = trace.surface
    title = DIVERGED.rstrip(".")
    x = found.distances
    rows = np.array([found.range_within(float(distance)) for distance in x]).T
    data: list[theme.Trace] = []
    low, high = -1.0, 1.0
    if found.whole:
        far, near = (found.range_within(distance) for distance in (FAR, NEAR))
        title = (
            f"Range without norm by range with BN: {short(far[0] / far[1])} within distance "
            f"{number_text(FAR)}, {short(near[0] / near[1])} within {number_text(NEAR)}"
        )
        rows = np.maximum(rows, 1e-4)
        low, high = float(np.log10(rows.min())), float(np.log10(rows.max()))
        data = [
            theme.line(x, row, ROLES[name], name=NAMES[name])
            for name, row in zip(SURFACES, rows, strict=True)
        ]
        ends = [
            (SHORT[name], FAR, float(row[-1]), ROLES[name])
            for name, row in zip(SURFACES, rows, strict=True)
        ]
        data += at_ends(ends, gap=0.09 * (high - low + 0.3), high=high + 0.1, log=True)
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Distance, in lengths of the weights", range=[0, FAR * 1.35]),
            "yaxis": theme.log_axis("Range", "nats", range=[low - 0.15, high + 0.15]),
        },
    }
