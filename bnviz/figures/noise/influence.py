"""What the replacement of one sample does to the outputs of the others."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.noise import Trace
from bnviz.labs.noise.settings import MODES, TRAIN


def heat(trace: Trace) -> Figure:
    """Draw how far sample i moves when sample j is replaced; train mode sets the colours."""
    found, mode = trace.influence, trace.settings.norm
    moved = found.moved[mode]
    shown = len(moved)
    j = found.replaced
    data = [
        {
            "type": "heatmap",
            "z": moved,
            "x0": 1,
            "y0": 1,
            "zmin": 0,
            "zmax": found.largest[TRAIN],
            "colorscale": theme.SEQUENTIAL,
            "xgap": 1 if shown <= 8 else 0,
            "ygap": 1 if shown <= 8 else 0,
            "colorbar": {
                "title": {"text": "distance<br>in logits", "font": {"size": theme.FONT_SIZE - 2}},
                "thickness": 12,
                "outlinewidth": 0,
                "ticks": "",
            },
            "hovertemplate": "sample %{y} replaced<br>sample %{x} moves by %{z:.3f}<extra></extra>",
        }
    ]
    frame = {
        "type": "rect",
        "x0": 0.5,
        "x1": shown + 0.5,
        "y0": j - 0.5,
        "y1": j + 0.5,
        "line": {"color": theme.TEXT, "width": 2},
    }
    layout = {
        "title": theme.finding(_heat_title(trace)),
        "xaxis": theme.axis("Other sample i, whose output moves", **_places(shown)),
        "yaxis": {
            **theme.axis("Replaced sample j", **_places(shown)),
            "range": [shown + 0.5, 0.5],
        },
        "shapes": [frame],
    }
    return {"data": data, "layout": layout}


def _heat_title(trace: Trace) -> str:
    found, mode = trace.influence, trace.settings.norm
    if found.largest[mode] == 0:
        return f"{MODES[mode]}: whichever sample is replaced, no other output moves"
    return f"{MODES[mode]}: a replaced sample moves the others by {found.mean[mode]:.2f} on average"


def answers(trace: Trace) -> Figure:
    """Draw the probability of the right digit, before and after the chosen sample is replaced."""
    found = trace.influence
    places = np.arange(1, len(found.before) + 1)
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": np.repeat(places, 3),
            "y": np.stack([found.before, found.after, np.full(len(places), np.nan)], 1).ravel(),
            "line": {"color": theme.REFERENCE.color, "width": 1.5},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        _points(places, found.before, found.labels, "before", "circle-open", theme.REFERENCE),
        _points(places, found.after, found.labels, "after", "circle", theme.WITH),
    ]
    layout = {
        "title": theme.finding(_answers_title(trace)),
        "xaxis": theme.axis("Other sample i", **_places(len(places))),
        "yaxis": theme.axis("Probability of the right digit", range=[-0.04, 1.04]),
        "showlegend": True,
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        "meta": {"top": 34},
    }
    return {"data": data, "layout": layout}


def _points(x: Any, y: Any, labels: Any, name: str, symbol: str, role: theme.Role) -> theme.Trace:
    texts = [f"sample {k}, a {label}" for k, label in enumerate(labels, 1)]
    return theme.dots(
        x,
        y,
        role,
        name=name,
        marker={"size": 8, "symbol": symbol},
        text=texts,
        hovertemplate=f"%{{text}}<br>{name}: %{{y:.3f}}<extra></extra>",
    )


def _answers_title(trace: Trace) -> str:
    found = trace.influence
    start = f"Sample {found.replaced} becomes another image, a {found.new_label}"
    if found.others_moved == 0:
        return f"{start}: the others stay as they were"
    flips = {0: "no other answer changes", 1: "1 other answer changes"}
    return f"{start}: {flips.get(found.n_flips, f'{found.n_flips} other answers change')}"


def _places(shown: int) -> dict[str, Any]:
    """Return the range and the ticks of an axis of samples, which are counted from 1."""
    every = 1 if shown <= 8 else 4
    return {"range": [0.5, shown + 0.5], "tickvals": list(range(every, shown + 1, every))}
