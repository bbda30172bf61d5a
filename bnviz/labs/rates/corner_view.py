"""The view on one cell in training: where batch norm is ahead, and where behind."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.norms import normalize
from bnviz.figures import theme
from bnviz.figures.cells import bar, cells, crosses, frame
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.last import last_point
from bnviz.figures.with_without import ROLES
from bnviz.labs.claim import Claim
from bnviz.labs.rates.corner import N_STARTS, measure
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.grid_view import axes
from bnviz.labs.rates.groups import BN, NORMS, losses, weights_of
from bnviz.labs.rates.settings import RATES, SCALES
from bnviz.labs.rates.words import HEADINGS, LABELS, TRAINING, Row
from bnviz.labs.table import table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import decades, number_text
from bnviz.numerals import aligned, latex_short

CLEAR = 1.1
"""How many times larger a loss must be to be called so."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the median losses of the cell, and which is lower."""
    none, bn = trace.found.curves.final
    if np.isnan(none):
        return TRAINING
    s = trace.settings
    where = f"At initial scale {number_text(s.init_scale)} and learning rate {number_text(s.lr)}"
    if np.isinf([none, bn]).any():
        n_none, n_bn = trace.found.curves.n_diverged
        return f"{where} {n_none} of {N_STARTS} starts diverge without norm, {n_bn} with BN."
    if bn > CLEAR * none:
        verdict = "BN is **slower** here"
    elif none > CLEAR * bn:
        verdict = "BN is **faster** here"
    else:
        verdict = "they are level"
    return (
        f"{where} the median loss of {N_STARTS} starts after {s.n_steps} steps is {none:.2f} "
        f"without norm and {bn:.2f} with BN: {verdict}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what sets the pace with BN: the learning rate by the squared norm of the weights."""
    a, lr = trace.settings.init_scale, trace.settings.lr
    weight = trace.found.gradients.weight[SCALES.index(a)]
    return aligned(
        [
            rf"\text{{pace}} &= \frac{{\eta}}{{\lVert W \rVert^2}} = "
            rf"\frac{{{number_text(lr)}}}{{{weight:.3g}^2}} = {latex_short(lr / weight**2, 2)}",
            rf"&\text{{with BN, first layer, scale {number_text(a)}}}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the loss of each start at each look."""
    s, found = trace.settings, trace.found.curves
    if not any(found.known):
        return
    for norm, values in zip(PAIR, found.loss, strict=True):
        for start in range(N_STARTS):
            for step, loss in zip(found.steps.tolist(), values[:, start].tolist(), strict=True):
                what = f"loss of start {start + 1} (nats)"
                yield what, NORMS[norm], s.init_scale, s.lr, step, loss


FACTOR = 8.0
"""Ratio of two losses at either end of the colours."""


def learning(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss over the steps: the band of all starts, and their median."""
    found = trace.found.curves
    data: list[theme.Trace] = []
    lines, ends = [], []
    for norm, loss in zip(PAIR, found.loss, strict=True):
        whole = np.isfinite(loss).all(-1)
        shown = np.where(whole[:, None], np.maximum(loss, 1e-6), np.nan)
        low, high, middle = shown.min(-1), shown.max(-1), np.median(shown, -1)
        role, name = ROLES[norm], LABELS[norm]
        data += theme.band(found.steps, low, high, role, name=f"{name}: {N_STARTS} starts")
        lines.append(theme.line(found.steps, middle, role, name=f"{name}: median"))
        if end := last_point(found.steps, middle):
            ends.append((name, end[0], min(end[1], 9.0), role))
    data += [*lines, *at_ends(ends, gap=0.12, high=1.0, log=True)]
    known = np.log10(np.maximum(found.loss[np.isfinite(found.loss)], 1e-3))
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.4)
    return theme.figure(
        _title(trace),
        data,
        theme.axis("Step", range=[0, trace.settings.n_steps]),
        theme.log_axis(
            "Training loss",
            "nats",
            labels=decades(0.01, 10, (1, 2, 5)),
            range=[min(low, -0.4) - 0.1, min(high, 1.0) + 0.1],
        ),
        margin={"r": 74},
    )


def _title(trace: Trace[Any, Any]) -> str:
    s = trace.settings
    where = f"Scale {number_text(s.init_scale)}, rate {number_text(s.lr)}"
    none, bn = trace.found.curves.final
    if np.isnan(none):
        return f"{where}: loss over the steps"
    lost = [
        f"{n} of {N_STARTS} diverge {'with BN' if norm == BN else 'without norm'}"
        for norm, n in zip(PAIR, trace.found.curves.n_diverged, strict=True)
        if n
    ]
    if lost:
        return f"{where}: {', '.join(lost)}"
    return f"{where}: loss {none:.2f} without norm, {bn:.2f} with BN"


def ahead(trace: Trace[Any, Any]) -> Figure:
    """Draw for each cell how many times lower the loss of the better network is."""
    s, found = trace.settings, trace.found.grid
    ratio = found.ratio
    z = np.log(np.clip(ratio, 1 / FACTOR, FACTOR))
    text = np.array([[_factor(value) for value in row] for row in ratio.tolist()])
    n_none, n_bn = int((ratio < 1 / CLEAR).sum()), int((ratio > CLEAR).sum())
    title = f"No norm is ahead in {n_none} cells, BN in {n_bn}"
    if not found.complete(*PAIR):
        title += ", so far"
    names = ("no norm 8×", "2×", "level", "2×", "BN 8×")
    data = [
        cells(
            z,
            text,
            RATES,
            SCALES,
            zmin=-np.log(FACTOR),
            zmax=np.log(FACTOR),
            colorscale=theme.DIVERGING,
            textfont={"size": theme.FONT_SIZE - 2},
            colorbar=bar(np.log([1 / 8, 1 / 2, 1, 2, 8]), names, ""),
            hovertemplate="scale %{customdata[1]}, rate %{customdata[0]}<br>"
            "loss without norm / with BN: %{text}<extra></extra>",
        ),
        crosses(found.both_diverged, "both diverged"),
    ]
    chosen = frame(RATES.index(s.lr), SCALES.index(s.init_scale), width=3)
    return theme.figure(title, data, *axes(s.activation), shapes=[chosen])


def _factor(ratio: float) -> str:
    """Return a ratio of two losses; a cross where one of the two has diverged."""
    if np.isnan(ratio):
        return ""
    if np.isinf(ratio) or ratio == 0:
        return "×"
    if ratio >= 99.5:
        return ">99"
    return f"{ratio:.1f}" if 0.095 <= ratio < 9.95 else f"{ratio:.2g}"


VIEW = View(
    name="corner",
    label="Where BN is slower",
    measure=measure,
    needs=("depth", "n_steps", "lr", "init_scale", "activation", "seed"),
    free=("lr", "init_scale"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot("learning", learning, f"Loss over the steps, median and range of {N_STARTS} starts."),
        Plot(
            "ahead",
            ahead,
            "Ahead is by more than 10% of the loss. Numbers: loss without norm by loss with BN.",
        ),
    ),
    code=(weights_of, normalize, losses),
    reading="""
**Where BN is slower.** Lines are medians of six starts, bands go from the lowest to the highest; a
line ends where a start diverges. In the map the number is the loss without norm divided by the loss
with BN: above 1, blue, BN is ahead; below 1, orange, it is behind.

Each start has its own weights and batches. In the map a cross stands where one of the two has
diverged. The thick frame is the cell of the curves.
""",
    try_this="Set the scale to 0.5, then the scale to 1 and the rate to 0.1. Where is BN "
    "ahead, and where behind?",
    claims=(
        Claim(
            "BN is not always faster. At He's scale and a learning rate of 0.03 the network without norm "
            "is ahead after 80 steps, by a tenth or more.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "At the same scale and after as many steps, each at its own best of seven rates, both end at a "
            "loss of 0.05 to 0.15: BN at 0.3 or 1, no norm at 0.1 or 0.3.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "The gain of BN in accuracy comes from the larger learning rate; at the same small rate "
            "both end alike.",
            "reported",
            "Bjorck et al. 2018, ResNet-110 on CIFAR-10",
        ),
    ),
)
