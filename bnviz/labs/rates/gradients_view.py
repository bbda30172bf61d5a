"""The view on the gradients of the first layer before the first step."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import ROLES
from bnviz.labs.claim import Claim
from bnviz.labs.rates.gradients import first_gradient, measure
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.grid_view import USUAL
from bnviz.labs.rates.groups import BN, NORMS
from bnviz.labs.rates.settings import SCALES
from bnviz.labs.rates.words import HEADINGS, LABELS, Row
from bnviz.labs.table import table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the gradients at three scales."""
    none, bn = trace.found.gradient
    he = SCALES.index(1.0)
    said = [
        f"{short(bn[a])} with BN and {short(none[a])} without norm at scale {number_text(scale)}"
        for a, scale in ((0, SCALES[0]), (he, 1.0), (-1, SCALES[-1]))
    ]
    verdict = "**smaller** at a large one" if bn[-1] < none[-1] else "and at a large one"
    first = "**larger**" if bn[0] > none[0] else "not larger"
    return (
        f"The gradient of the first layer is {'; '.join(said)}: with BN {first} at a small scale, "
        f"{verdict}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what batch norm makes of scaled weights, and the measured gradient."""
    bn = trace.found.gradient[PAIR.index(BN)]
    he, other = SCALES.index(1.0), SCALES.index(5.0)
    return aligned(
        [
            r"\mathrm{BN}(a W x) &= \mathrm{BN}(W x)",
            r"\Rightarrow\ \nabla_{aW} L &= \tfrac{1}{a} \nabla_W L",
            rf"\lVert \nabla_{{{number_text(SCALES[other])}W}} L \rVert &= "
            rf"\frac{{{bn[he]:.4g}}}{{{number_text(SCALES[other])}}} = {bn[he] / SCALES[other]:.4g}",
            rf"\text{{measured}} &:\ {bn[other]:.4g}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the gradient at every scale."""
    for norm, values in zip(PAIR, trace.found.gradient, strict=True):
        for scale, value in zip(SCALES, values.tolist(), strict=True):
            yield "gradient norm, first layer", NORMS[norm], scale, np.nan, 0, value


def size(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the gradient."""
    none, bn = trace.found.gradient[:, 0]
    low = number_text(SCALES[0])
    title = f"At scale {low} the gradient with BN is {short(bn)}, without norm {short(none)}"
    return _over_scale(trace, trace.found.gradient, title, "Gradient, first layer")


def pace(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the gradient by that of the weights."""
    row = trace.found.relative[PAIR.index(BN)]
    title = (
        f"With BN a step at scale {number_text(SCALES[0])} is {row[0] / row[-1]:.0f} times that at "
        f"scale {number_text(SCALES[-1])}, relative to the weights"
    )
    return _over_scale(trace, trace.found.relative, title, "Gradient by weight norm")


def _over_scale(trace: Trace[Any, Any], values: NDArray[Any], title: str, what: str) -> Figure:
    shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    low, high = np.log10([np.nanmin(shown), np.nanmax(shown)])
    lines = [(LABELS[norm], shown[j], ROLES[norm]) for j, norm in enumerate(PAIR)]
    place = {"gap": 0.06 * (high - low), "high": float(high), "end": 1.04 * SCALES[-1]}
    return theme.figure(
        title,
        curves(np.array(SCALES), lines, over="", log=True, mode="lines+markers", **place),
        theme.log_axis(
            "Initial scale",
            f"times {USUAL[trace.settings.activation]}",
            labels=SCALES,
            range=[-1.05, 0.75],
        ),
        theme.log_axis(what, decades=2, range=[low - 0.5, high + 0.5]),
        shapes=[theme.guide(x=1.0)],
        margin={"r": 74},
    )


SCALED = "Over six scales of the hidden weights, before the first step."

VIEW = View(
    name="gradients",
    label="Gradients at the start",
    deeper=True,
    measure=measure,
    needs=("depth", "activation", "seed"),
    free=("depth",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot("size", size, SCALED),
        Plot("pace", pace, SCALED),
    ),
    code=(first_gradient,),
    reading="""
**Gradients at the start.** The gradient of the loss of one batch with respect to the first weights,
before any step. Divided by the norm of the weights it tells how far a step turns them.
""",
    try_this="Set 2 hidden layers, then 10. Which line gets steeper, and which one keeps "
    "its slope?",
    claims=(
        Claim(
            "BN(a·W x) = BN(W x) for a > 0: the scale of the weights before BN does not change the function, "
            "and the gradient with respect to a·W is 1/a of that with respect to W (for ε → 0).",
            "proved",
            "Ioffe & Szegedy 2015, section 3.3",
        ),
        Claim(
            "“BN allows higher rates because it makes gradients smaller” is wrong as said: at small "
            "scales the gradient of the first layer is larger with it (a thousand times and more at 0.1), at He's "
            "0.4 to 2.5 times as large, at large scales smaller (a hundredth and less at 5; five plain ReLU "
            "layers of 32, the first batch).",
            "measured here",
            held="10 of 10",
        ),
    ),
)
