"""The view on how fast the gradient of batch norm grows from layer to layer."""

from math import sqrt
from typing import Any

import numpy as np

from bnviz.core import functional as F
from bnviz.core import theory
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import Array, log_axis, mark
from bnviz.labs.claim import Claim
from bnviz.labs.signal.growth import BATCH_SIZES, DEPTH, SCALES, expected, expected_profile, measure
from bnviz.labs.signal.stack import backward, forward
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, short

SAME = 0.01
"""Relative difference up to which growths at several init scales are called the same."""
ONE = SCALES.index(1.0)
MARKS = (
    {"symbol": "circle-open", "size": 17, "line": {"width": 2}},
    {"symbol": "circle-open", "size": 10, "line": {"width": 2}},
    {"symbol": "circle", "size": 5},
)
"""Marks of the sizes of the weights: they can be told apart where they lie on top of each other."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how fast BN's gradient grows, and how well the closed form tells it."""
    n = trace.settings.batch_size
    rates_S, wanted = trace.found.rate[BATCH_SIZES.index(n)], expected(n)
    if not trace.found.n_networks:
        return f"With batches of {n} the closed form says × {wanted:.3f} per layer."
    low, high = rates_S.min(), rates_S.max()
    rate, off = rates_S[ONE], abs(rates_S[ONE] / wanted - 1)
    same = "whatever the init scale" if high / low - 1 < SAME else f"({low:.3f} to {high:.3f})"
    close = "less than 0.1%" if off < 1e-3 else f"{100 * off:.1f}%"
    return (
        f"With BN, ReLU and batches of {n} the gradient grows × {rate:.3f} per layer on its way "
        f"down, {same}; the closed form says {wanted:.3f} ({close} off). "
        f"From layer {DEPTH} to layer 2 it grows × {short(trace.found.profile(n)[ONE, 0])}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the closed form, and the same at the reader's batch size."""
    n = trace.settings.batch_size
    squared = theory.squared_gradient_growth(n)
    lines = [
        r"\lambda(B) &= \frac{1}{B-3}\left(\frac{B - 1 + J'(c)}{1 - J(c)} - 1\right), "
        r"\quad c = \frac{-1}{B-1}",
        r"J(c) &= \tfrac{1}{\pi}\left(\sqrt{1-c^2} + (\pi - \arccos c)\, c\right)",
        rf"\sqrt{{\lambda({n})}} &= \sqrt{{{squared:.4f}}} = {sqrt(squared):.4f} "
        rf"\quad \to \sqrt{{\pi/(\pi-1)}} = {expected(np.inf):.4f}",
    ]
    return aligned(lines, gap=4)


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the growth per layer at each batch size."""
    measured = zip(SCALES, trace.found.rate.T, strict=True)
    return {
        "batch size": BATCH_SIZES,
        "growth per layer, closed form": [expected(n) for n in BATCH_SIZES],
        **{f"measured, init scale {scale:g}": rate for scale, rate in measured},
    }


def rate(trace: Trace[Any, Any]) -> Figure:
    """Draw the growth per layer against the batch size, measured and from the closed form."""
    sizes = np.geomspace(BATCH_SIZES[0], BATCH_SIZES[-1], 4).round().astype(int)
    curve = np.unique(np.geomspace(BATCH_SIZES[0], BATCH_SIZES[-1], 30).round())
    rates, limit = trace.found.rate, expected(np.inf)
    form = theme.line(curve, [expected(n) for n in curve], theme.REFERENCE, name="closed form")
    dots, keys = _by_scale(sizes, rates.T)
    wanted = np.array([expected(n) for n in BATCH_SIZES])
    off = np.abs(rates / wanted[:, None] - 1).max()
    title = f"Measured within {off:.1%} of the closed form, at three init scales"
    axis: dict[str, Any] = {"tickvals": sizes, "ticktext": [str(n) for n in sizes], "type": "log"}
    return theme.figure(
        title if trace.found.n_networks else "Measuring",
        [form, *dots],
        theme.axis("Batch size", **axis, range=[np.log10(7), np.log10(74)]),
        theme.axis("Growth per layer", range=_range(rates)),
        shapes=[theme.guide(y=limit)],
        annotations=[
            *keys,
            mark("··· closed form", len(SCALES)),
            {
                "x": np.log10(8),
                "y": limit,
                "xanchor": "left",
                "yanchor": "bottom",
                "text": f"limit of large batches: {limit:.3f}",
            },
        ],
    )


def _by_scale(x: Any, rows_S: Array) -> tuple[list[theme.Trace], list[dict[str, Any]]]:
    """Return the dots of each init scale, and the rows of their key."""
    names = [f"init scale {scale:g}" for scale in SCALES]
    dots = [
        theme.dots(x, row, theme.WITH, name=name, marker=look)
        for row, name, look in zip(rows_S, names, MARKS, strict=True)
    ]
    return dots, [mark(f"{'◯○●'[k]} {name}", k) for k, name in enumerate(names)]


def _range(rates: Array) -> list[float]:
    """Return the ends of the axis: those of the closed form, further where a narrow net leaves."""
    ends = np.append(rates[np.isfinite(rates)], [1.19, 1.36])
    return [float(ends.min()) - 0.01, float(ends.max()) + 0.01]


def profile(trace: Trace[Any, Any]) -> Figure:
    """Draw BN's gradient at each layer over that at the last, at three init scales."""
    n = trace.settings.batch_size
    layer, form = np.arange(2, DEPTH + 1), expected_profile(n)
    lines = trace.found.profile(n)
    dots, keys = _by_scale(layer, lines)
    title = f"Batches of {n}: the closed form grows × {short(form[0])} over {DEPTH - 2} layers"
    if trace.found.n_networks:
        measured = short(float(lines[ONE][0]))
        title = (
            f"Batches of {n}: × {measured} over {DEPTH - 2} layers, closed form {short(form[0])}"
        )
    return theme.figure(
        title,
        [theme.line(layer, form, theme.REFERENCE, name="closed form"), *dots],
        theme.axis("Layer", tickvals=theme.layer_ticks(DEPTH)),
        log_axis("Relative gradient norm", [form, lines]),
        annotations=keys,
    )


VIEW = View(
    name="growth",
    label="Growth per layer",
    deeper=True,
    measure=measure,
    needs=("width", "seed"),
    free=("batch_size", "width"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("rate", rate, "Growth of the gradient norm per layer, by batch size."),
        Plot("profile", profile, "Gradient norm by layer, at three init scales."),
    ),
    code=(forward, backward, F.standardize_backward, theory.squared_gradient_growth),
    reading="""
**Growth per layer.** Three random ReLU networks of 20 layers, with BN, at 0.1, 1 and 10 times He's
weights. A growth of 1.23 means: the gradient is 1.23 times as long one layer further down. The
lowest layer is left out, as there is no ReLU below it. Without BN the factor is the init scale itself.
""",
    claims=(
        Claim(
            "At the start, with γ = 1, BN does not abolish exploding gradients. In wide ReLU layers "
            "the squared gradient grows by λ(B) per layer, at least π/(π − 1) = 1.467, and no scale of "
            "the weights helps.",
            "proved",
            "Yang et al. 2019, theorem 8",
        ),
        Claim(
            "At widths of 256 and 512 the measured growth is within 2% of that.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "At the start averaging over more samples does not mend this. From batches of 8 to 64 the growth falls "
            "from 1.34 to 1.22 per layer; its limit is 1.21, not 1.",
            "proved",
            "Yang et al. 2019, theorem 8",
        ),
    ),
)
