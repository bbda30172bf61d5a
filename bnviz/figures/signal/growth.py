"""The growth of BN's gradient, measured and from the closed form."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.signal.lines import MARKS, log_axis, mark
from bnviz.labs.signal.findings import ONE
from bnviz.labs.signal.growth import BATCH_SIZES, DEPTH, SCALES, expected
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.trace import Trace
from bnviz.numerals import short


def rate(trace: Trace) -> Figure:
    """Return the growth per layer against the batch size, measured and from the closed form."""
    sizes = np.geomspace(BATCH_SIZES[0], BATCH_SIZES[-1], 4).round().astype(int)
    curve = np.unique(np.geomspace(BATCH_SIZES[0], BATCH_SIZES[-1], 30).round())
    rates, limit = trace.growth.rate, expected(np.inf)
    form = theme.line(curve, [expected(n) for n in curve], theme.REFERENCE, name="closed form")
    data = [form]
    for k, scale in enumerate(SCALES):
        name = f"init scale {scale:g}"
        data.append(theme.dots(sizes, rates[:, k], theme.WITH, name=name, marker=MARKS[k]))
    wanted = np.array([expected(n) for n in BATCH_SIZES])
    off = np.abs(rates / wanted[:, None] - 1).max()
    title = f"Measured within {off:.1%} of the closed form, at three init scales"
    axis: dict[str, Any] = {"tickvals": sizes, "ticktext": [str(n) for n in sizes], "type": "log"}
    keys = [mark(f"{'◯○●'[k]} init scale {scale:g}", k)
            for k, scale in enumerate(SCALES)]  # fmt: skip
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title if trace.growth.n_networks else "Measuring"),
            "xaxis": theme.axis("Batch size", **axis, range=[np.log10(7), np.log10(74)]),
            "yaxis": theme.axis("Growth per layer", range=_range(rates)),
            "shapes": [theme.guide(y=limit)],
            "annotations": [
                *keys,
                mark("··· closed form", len(SCALES)),
                {
                    "x": np.log10(8), "y": limit, "xanchor": "left", "yanchor": "bottom",
                    "text": f"limit of large batches: {limit:.3f}",
                },
            ],
        },
    }  # fmt: skip


def _range(rates: Array) -> list[float]:
    """Return the ends of the axis: those of the closed form, further where a narrow net leaves."""
    ends = np.append(rates[np.isfinite(rates)], [1.19, 1.36])
    return [float(ends.min()) - 0.01, float(ends.max()) + 0.01]


def profile(trace: Trace) -> Figure:
    """Return BN's gradient at each layer over that at the last, at three init scales."""
    n = trace.settings.batch_size
    layer, form = np.arange(2, DEPTH + 1), expected(n) ** (DEPTH - np.arange(2.0, DEPTH + 1))
    data = [theme.line(layer, form, theme.REFERENCE, name="closed form")]
    lines = trace.growth.profile(n)
    for k, scale in enumerate(SCALES):
        name = f"init scale {scale:g}"
        data.append(theme.dots(layer, lines[k], theme.WITH, name=name, marker=MARKS[k]))
    title = f"Batches of {n}: the closed form grows × {short(form[0])} over {DEPTH - 2} layers"
    if trace.growth.n_networks:
        measured = short(float(lines[ONE][0]))
        title = (
            f"Batches of {n}: × {measured} over {DEPTH - 2} layers, closed form {short(form[0])}"
        )
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Layer"),
            "yaxis": log_axis("Relative gradient norm", [form, lines]),
            "annotations": [
                mark(f"{'◯○●'[k]} init scale {scale:g}", k) for k, scale in enumerate(SCALES)
            ],
        },
    }
