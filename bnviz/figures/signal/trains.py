"""How deep a network trains: recorded losses, and the reader's own."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.signal.lines import NAMES, ROLES, ROOM, names_at_ends
from bnviz.labs.signal.findings import label
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.sweep import DEPTHS
from bnviz.labs.signal.trace import Trace
from bnviz.labs.signal.training import CHANCE, NORMS, STOPS

LOWEST = 1e-3
"""Lowest loss that is drawn, in nats."""


def trains(trace: Trace, activation: str) -> Figure:
    """Return the loss at the best learning rate against the depth, recorded, and what is live."""
    skips, live = trace.settings.skips, trace.live
    data, ends, words = [], {}, []
    for norm in NORMS:
        loss_DK = _drawn(trace.trained.of(activation, norm, skips=skips))
        low, high, ends[norm] = loss_DK.min(-1), loss_DK.max(-1), loss_DK.mean(-1)
        data += theme.band(DEPTHS, low, high, ROLES[norm], name=f"{NAMES[norm]}, all seeds")
        mean = {"name": NAMES[norm], "mode": "lines+markers"}
        data.append(theme.line(DEPTHS, ends[norm], ROLES[norm], **mean))
        stops = trace.trained.stops(activation, norm, skips=skips)
        words.append(f"{NAMES[norm]} {_until(stops, ends[norm])}")
    data += names_at_ends(DEPTHS, ends)
    if live is not None and activation == trace.settings.activation:
        for norm, loss in zip(NORMS, _drawn(live.best), strict=True):
            star: dict[str, Any] = {
                "name": f"{NAMES[norm]}, just now",
                "marker": {"symbol": "star", "size": 14},
            }
            data.append(theme.dots([trace.settings.depth], [loss], ROLES[norm], **star))
    name = label(activation) + (" with skips" if skips else "")
    return {
        "data": data,
        "layout": {
            "title": theme.finding(f"{name}: {', '.join(words)}"),
            "xaxis": theme.axis("Layers", tickvals=list(DEPTHS), range=[0, 62]),
            "yaxis": theme.log_axis(
                "Loss", "nats", range=[np.log10(LOWEST) - 0.1, 0.6]
            ),
            "shapes": [theme.guide(y=CHANCE), theme.guide(y=STOPS)],
            "annotations": [
                _remark("chance", 0.5, CHANCE, "bottom"),
                _remark("above: does not train", 11, STOPS, "top"),
            ],
            "margin": ROOM,
        },
    }  # fmt: skip


def _until(stops: int | None, loss_D: Array) -> str:
    if stops is None:
        return f"trains at {DEPTHS[-1]}"
    return f"{'diverges' if np.isnan(loss_D[DEPTHS.index(stops)]) else 'stops'} at {stops}"


def _drawn(loss: Array) -> Array:
    """Return losses as they are drawn: a gap where it diverged, and none below the axis."""
    return np.where(np.isfinite(loss), np.maximum(loss, LOWEST), np.nan)


def _remark(text: str, x: float, loss: float, yanchor: str) -> dict[str, Any]:
    """Return what stands above or below a guide."""
    return {"x": x, "y": np.log10(loss), "xanchor": "left", "yanchor": yanchor, "text": text}
