"""Maps over learning rate and initial scale: the final loss of each cell."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.labs.rates.grid import N_CELLS, PAIR
from bnviz.labs.rates.groups import BN, FIXED, MEAN_ONLY, NORMS, STD_ONLY
from bnviz.labs.rates.settings import RATES, SCALES
from bnviz.labs.rates.trace import Trace
from bnviz.marks import number_text

NAMES = {
    "none": "No norm",
    "bn": "BN",
    "mean-only": "Only centring",
    "std-only": "Only dividing",
    "bn-fixed": "BN, γ = 1, β = 0",
}
LEAST, MOST = 0.1, 3.0
"""Losses at the two ends of the colours, in nats; the same in all maps."""
BAR = (0.1, 0.3, 1.0, 3.0)
COLORS = [[k / 8, color] for k, color in enumerate(theme.ramp(60)[8:49:5])]
"""The middle of the ramp: the cells' numbers, in the background's colour, have 4:1 everywhere."""
USUAL = {"relu": "He's", "tanh": "Xavier's", "sigmoid": "Xavier's"}


def pair(trace: Trace) -> list[Chart]:
    """Draw the maps without norm and with BN."""
    return [loss_map(trace, norm) for norm in PAIR]


def parts(trace: Trace) -> list[Chart]:
    """Draw the maps of the two halves of BN, of BN, and of BN with gamma and beta fixed."""
    return [loss_map(trace, norm) for norm in (MEAN_ONLY, STD_ONLY, BN, FIXED)]


def loss_map(trace: Trace, norm: str) -> Chart:
    """Draw the final loss of all cells of one norm."""
    m = list(NORMS).index(norm)
    loss, diverged = trace.grid.loss[m], trace.grid.diverged[m]
    data = [
        cells(
            np.log10(np.clip(loss, LEAST / 10, None)),
            texts(loss),
            zmin=np.log10(LEAST),
            zmax=np.log10(MOST),
            colorscale=COLORS,
            reversescale=True,
            textfont={"size": theme.FONT_SIZE - 2, "color": theme.BACKGROUND},
            colorbar=bar(np.log10(BAR), [number_text(value) for value in BAR], "nats"),
            hovertemplate="scale %{customdata[1]}, rate %{customdata[0]}<br>loss %{text}"
            "<extra></extra>",
        ),
        crosses(diverged, "diverged"),
    ]
    title = _title(trace, norm)
    layout = {
        "title": theme.finding(title),
        **axes(trace.settings.activation),
        "shapes": [frame(e, a) for a, e in np.argwhere(trace.grid.trained[m]).tolist()],
    }
    alt = f"{title}. Final loss over seven learning rates and six initial scales."
    return Chart(norm, {"data": data, "layout": layout}, alt)


def _title(trace: Trace, norm: str) -> str:
    found, n_trained = trace.grid, trace.grid.n_trained[norm]
    if not found.complete(norm):
        if not found.known[list(NORMS).index(norm)].any():
            return f"{NAMES[norm]}: final loss of each cell"
        n_known = int(found.known[list(NORMS).index(norm)].sum()) * len(RATES)
        return f"{NAMES[norm]}: {n_trained} of the first {n_known} cells train"
    lost = found.n_diverged[norm]
    also = f", {lost} diverge (×)" if lost else ", no cell diverges"
    return f"{NAMES[norm]}: {n_trained} of {N_CELLS} cells train{also}"


def cells(z: NDArray[np.float64], text: NDArray[Any], **more: Any) -> theme.Trace:
    """Return a heat map of the cells, a number written in each; NaN leaves a cell empty."""
    names = [[[number_text(rate), number_text(scale)] for rate in RATES] for scale in SCALES]
    return {
        "type": "heatmap",
        "z": z,
        "x": list(range(len(RATES))),
        "y": list(range(len(SCALES))),
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
    """Write losses as short as a cell needs; empty where there is none."""

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


def axes(activation: str) -> dict[str, Any]:
    """Return the two axes of a map."""
    bare: dict[str, Any] = {"ticks": "", "showline": False}
    return {
        "xaxis": theme.axis(
            "Learning rate",
            tickvals=list(range(len(RATES))),
            ticktext=[number_text(rate) for rate in RATES],
            range=[-0.5, len(RATES) - 0.5],
            **bare,
        ),
        "yaxis": theme.axis(
            f"Initial scale (times {USUAL[activation]})",
            tickvals=list(range(len(SCALES))),
            ticktext=[number_text(scale) for scale in SCALES],
            range=[-0.5, len(SCALES) - 0.5],
            **bare,
        ),
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
