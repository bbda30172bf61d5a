"""A shift at test time: accuracy over contrast and brightness, the layers, the pictures."""

from dataclasses import replace
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.epsilon import Trace
from bnviz.labs.epsilon.findings import changed, percent
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS
from bnviz.labs.epsilon.shift import ADAPTED, ARMS, DEPTH, RUNNING

ROLES = dict(zip(ARMS, (theme.WITH, theme.FOURTH, theme.THIRD, theme.WITHOUT), strict=True))
NAMES = dict(zip(ARMS, ("BN", "BN adapted", "LN", "no norm"), strict=True))
SIDE = 8
PAPER, INK = -0.25, 1.25
"""Ends of the grey scale: a change may go beyond no ink and full ink."""


def charts(trace: Trace) -> list[Chart]:
    """Draw the four charts of this view."""
    return [
        over(trace, "contrast"),
        over(trace, "brightness"),
        layers(trace),
        pictures(trace),
    ]


def over(trace: Trace, what: str) -> Chart:
    """Draw accuracy over the contrast or the brightness of the test pictures."""
    found, first = trace.shift, what == "contrast"
    x = np.array(CONTRASTS if first else BRIGHTNESSES)
    accuracy = 100 * (found.over_contrast if first else found.over_brightness)
    band = 100 * (trace.bands.over_contrast if first else trace.bands.over_brightness)
    at = found.contrast if first else found.brightness
    data: list[theme.Trace] = []
    for a, arm in enumerate(ARMS):
        if not found.inverted:
            low, _, high = band[:, a]
            data += theme.band(
                x, low, high, ROLES[arm], name=f"{NAMES[arm]}: ten starts", opacity=0.12
            )
    for a, arm in enumerate(ARMS):
        data.append(theme.line(x, accuracy[a], ROLES[arm], name=NAMES[arm]))
        chosen = accuracy[a, x == at]
        data.append(theme.dots([at], chosen, ROLES[arm], name=NAMES[arm], marker={"size": 9}))
    last = float(x[-1])
    ends = [(NAMES[arm], last, accuracy[a, -1], ROLES[arm]) for a, arm in enumerate(ARMS)]
    data += at_ends(ends, gap=9, high=101)
    title = _over_title(trace, what)
    layout = {
        "title": theme.finding(title),
        "xaxis": _contrast_axis() if first else _brightness_axis(),
        "yaxis": theme.axis("Accuracy", "%", range=[0, 104], tickvals=[0, 25, 50, 75, 100]),
        "shapes": [theme.guide(x=at)],
        "margin": {"r": 92},
    }
    alt = f"{title}. Lines over the {what}, with bands of ten recorded starts."
    return Chart(what, {"data": data, "layout": layout}, alt)


def _contrast_axis() -> dict[str, Any]:
    ticks = [0.1, 0.3, 1, 3]
    return theme.axis(
        "Contrast at test time", "log scale", type="log", tickmode="array",
        range=[np.log10(0.095), np.log10(3.15)], tickvals=ticks, ticktext=[f"×{c}" for c in ticks],
    )  # fmt: skip


def _brightness_axis() -> dict[str, Any]:
    ticks = [-2, -1, 0, 1, 2]
    return theme.axis(
        "Brightness at test time", "in std of a pixel", range=[-2.1, 2.1], tickvals=ticks
    )


def _over_title(trace: Trace, what: str) -> str:
    """State the accuracies at the chosen value, or where nothing is changed, at an end."""
    found = trace.shift
    plain = not found.inverted
    if what == "contrast":
        values, grid = found.over_contrast, CONTRASTS
        alone = replace(found, brightness=0.0)
        if plain and alone.contrast == 1:
            alone = replace(alone, contrast=CONTRASTS[0])
        place = grid.index(alone.contrast)
    else:
        values, grid = found.over_brightness, BRIGHTNESSES
        alone = replace(found, contrast=1.0)
        if plain and alone.brightness == 0:
            alone = replace(alone, brightness=BRIGHTNESSES[-1])
        place = grid.index(alone.brightness)
    right = dict(zip(ARMS, values[:, place], strict=True))
    if np.isnan([right[RUNNING], right[ADAPTED]]).any():
        return f"Accuracy over {what}"
    scores = [f"{NAMES[arm]} {percent(v)}" for arm, v in right.items() if np.isfinite(v)]
    return f"{changed(alone)} alone: {', '.join(scores)}"


def layers(trace: Trace) -> Chart:
    """Draw mean and deviation of the normalized values of each layer."""
    found, x = trace.shift, np.arange(1, DEPTH + 1)
    data: list[theme.Trace] = []
    for row, arm in enumerate((RUNNING, ADAPTED)):
        role, name = ROLES[arm], NAMES[arm]
        style = {"mode": "lines+markers", "marker": {"size": 6}}
        data.append(theme.line(x, found.spread[row], role, name=f"{name}: deviation", **style))
        hollow = {"size": 8, "symbol": "circle-open"}
        data.append(
            theme.line(x, found.offset[row], role, name=f"{name}: mean", mode="lines+markers",
                       marker=hollow, line={"width": 1})
        )  # fmt: skip
    ends = [
        ("deviation", DEPTH + 0.12, found.spread[0, -1], theme.WITH),
        ("mean", DEPTH + 0.12, found.offset[0, -1], theme.WITH),
        ("deviation", DEPTH + 0.12, found.spread[1, -1], theme.FOURTH),
        ("mean", DEPTH + 0.12, found.offset[1, -1], theme.FOURTH),
    ]
    top = max(1.2, 1.1 * float(np.nanmax([found.spread, found.offset, np.ones((2, DEPTH))])))
    data += at_ends(ends, gap=0.085 * top, high=top)
    deviation, mean = found.spread[0, -1], found.offset[0, -1]
    title = (
        f"Layer {DEPTH} gets deviation {deviation:.2g} and mean {mean:.2g}; it learned with 1 and 0"
        if np.isfinite(deviation) else "What reaches each layer after normalization"
    )  # fmt: skip
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Hidden layer", range=[0.8, DEPTH + 0.2], tickvals=x.tolist()),
        "yaxis": theme.axis("Normalized values", range=[-0.05 * top, top]),
        "shapes": [theme.guide(y=1), theme.guide(y=0)],
        "margin": {"r": 92},
    }
    alt = f"{title}. Deviation and mean of each layer, with running and with adapted statistics."
    return Chart("layers", {"data": data, "layout": layout}, alt)


def pictures(trace: Trace) -> Chart:
    """Draw a few digits, as they were in training and as they come now."""
    found = trace.shift
    rows = [np.hstack(_framed(part)) for part in (found.before, found.after)]
    picture = np.vstack(rows)[::-1]  # the first row of a heatmap is drawn at the bottom
    height, width = picture.shape
    data = [
        {
            "type": "heatmap",
            "z": picture,
            "zmin": PAPER,
            "zmax": INK,
            "colorscale": [[0, theme.BACKGROUND], [1, theme.TEXT]],
            "showscale": False,
            "hovertemplate": "ink %{z:.2f}<extra></extra>",
        }
    ]
    bare = {"showline": False, "ticks": "", "zeroline": False}
    title = f"The same digits in training and at test time: {changed(found, capital=False)}"
    layout = {
        "title": theme.finding(title),
        "xaxis": {**bare, "showticklabels": False, "range": [-0.5, width - 0.5]},
        "yaxis": {
            **bare,
            "range": [-0.5, height - 0.5],
            "tickvals": [height / 4 - 0.5, 3 * height / 4 - 0.5],
            "ticktext": ["test", "training"],
            "scaleanchor": "x",
        },
    }
    alt = f"{changed(found)}. Six digits above as in training, and below as they come at test time."
    figure: Figure = {"data": data, "layout": layout}
    return Chart("pictures", figure, alt)


def _framed(pictures_PD: Any) -> list[Any]:
    """Give pictures as squares with a margin."""
    return [np.pad(p.reshape(SIDE, SIDE), 1, constant_values=np.nan) for p in pictures_PD]
