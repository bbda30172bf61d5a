"""The signal and its gradient, layer by layer."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.figures.signal.lines import NAMES, ROLES, ROOM, both, log_axis, mark
from bnviz.labs.signal.findings import FLOAT32, percent, power
from bnviz.labs.signal.growth import expected
from bnviz.labs.signal.trace import Trace
from bnviz.numerals import short


def pair(trace: Trace) -> Figure:
    """Return what each layer makes of the two digits, a dot a unit; the diagonal is "the same"."""
    shown = [trace.layers[norm].pair for norm in NAMES]
    values = np.concatenate([part.ravel() for part in shown])
    values = values[np.isfinite(values)]
    lo, hi = values.min(), values.max()
    ends = [min(lo, 0) - 0.05 * (hi - lo), hi + 0.05 * (hi - lo)]
    marks = {"none": {"size": 8, "symbol": "x", "opacity": 0.8}, "bn": {"size": 6, "opacity": 0.7}}
    data: list[dict[str, Any]] = [theme.line(ends, ends, theme.REFERENCE, name="the same")]
    for norm in ("none", "bn"):
        values_T2U = trace.layers[norm].pair
        across, up = (Frames(values_T2U[:, k], bits=16) for k in (0, 1))
        data.append(theme.dots(across, up, ROLES[norm], name=NAMES[norm], marker=marks[norm]))
    titles = [
        f"Layer {layer}: 3 and 8 differ by {percent(with_bn)} with BN, {_apart(without)} without"
        for layer, with_bn, without in zip(
            trace.steps, trace.layers["bn"].apart, trace.layers["none"].apart, strict=True
        )
    ]
    keys = {
        "annotations": [
            key("● with BN", theme.WITH, 0.99, 0.12),
            key("✕ without", theme.WITHOUT, 0.99, 0.02),
        ]
    }
    return {
        "data": data,
        "layout": {
            "title": theme.finding(Frames(titles)),
            "xaxis": theme.axis("A unit's value for the 3", "of the layer's size", range=ends),
            "yaxis": theme.axis("for the 8", range=ends),
            **keys,
        },
    }


def _apart(share: float) -> str:
    return power(share) if share < FLOAT32 else percent(share)


def key(text: str, role: theme.Role, x: float, y: float) -> dict[str, Any]:
    """Return a line of a key inside the plot, at its lower right."""
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper"}
    anchors = {"xanchor": "right", "yanchor": "bottom"}
    return {**place, **anchors, "text": text, "font": {"color": role.text}}


def spread(trace: Trace) -> Figure:
    """Return the spread between samples, and the finest step of float32 beside it."""
    lines = {norm: trace.layers[norm].spread for norm in NAMES}
    finest = FLOAT32 * trace.layers["none"].size
    ends = [lines["bn"], lines["none"]] + ([finest] if (lines["none"] < 30 * finest).any() else [])
    data = [theme.line(trace.steps, finest, theme.REFERENCE, name="finest step of float32")]
    data += both(trace.steps, lines)
    if len(ends) > 2:
        data.append(theme.end_label(trace.steps, finest, "float32", theme.REFERENCE))
    sizes = " and ".join(f"{short(line[-1])} {NAMES[norm]}" for norm, line in lines.items())
    return {
        "data": data,
        "layout": {
            "title": theme.finding(f"Spread between samples at layer {trace.n_steps}: {sizes}"),
            "xaxis": theme.axis("Layer"),
            "yaxis": log_axis("Spread", ends),
            "shapes": [theme.guide(x=Frames(trace.steps.astype(float)))],
            "margin": ROOM,
        },
    }


def gradient(trace: Trace) -> Figure:
    """Return the gradient norm of each layer's weights, for ReLU with the closed form for BN."""
    settings = trace.settings
    lines = {norm: trace.layers[norm].gradient for norm in NAMES}
    data, ends = both(trace.steps, lines), list(lines.values())
    keys = []
    if settings.activation == "relu" and not settings.skips:
        growing = expected(settings.batch_size) ** (settings.depth - trace.steps)
        form = lines["bn"][-1] * growing
        name = f"closed form: × {expected(settings.batch_size):.2f} per layer"
        keys.append(mark(f"··· {name}"))
        data.insert(0, theme.line(trace.steps, form, theme.REFERENCE, name=name))
        ends.append(form)
    ratios = [f"× {short(line[0] / line[-1])} {NAMES[norm]}" for norm, line in lines.items()]
    return {
        "data": data,
        "layout": {
            "title": theme.finding(
                f"Gradient from the last layer to the first: {', '.join(ratios)}"
            ),
            "xaxis": theme.axis("Layer"),
            "yaxis": log_axis("Gradient norm", ends),
            "shapes": [theme.guide(x=Frames(trace.steps.astype(float)))],
            "annotations": keys,
            "margin": ROOM,
        },
    }
