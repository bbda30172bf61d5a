"""The words of the view on the surface of the loss."""

from collections.abc import Iterator

import numpy as np

from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.surface import FAR, NEAR, SURFACES
from bnviz.labs.why.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import short, to_latex

NAMES = {"none": "no norm", "bn": "BN", "kept": "no norm, lengths kept"}
DIVERGED = "A network diverged in training: there is no surface about it."
LEVEL = 1.25
"""How many times as wide a range may be and still be called no wider."""


def takeaway(trace: Trace) -> str:
    """State how far the loss ranges about the trained networks, and what makes it."""
    found = trace.surface
    if not found.whole:
        return DIVERGED
    (none, bn, kept), near = found.range_within(FAR).tolist(), found.range_within(NEAR)
    if kept <= LEVEL * bn:
        verdict = "what the picture shows is their length, not smoothness"
    elif kept < none / 2:
        verdict = "most of the difference is their length, not all"
    else:
        verdict = "their length is not what makes the difference"
    return (
        f"Up to a step as long as the weights the loss ranges over **{short(none)}** nats without "
        f"norm and **{short(bn)}** with BN. Without norm it is **{short(kept)}** if the weight "
        f"vectors keep their length: {verdict}. Within {number_text(NEAR)} of that step it is "
        f"{short(near[0])} and {short(near[1])}."
    )


def lines(trace: Trace) -> list[str]:
    """Write the scaling of a direction, and how much longer the weights become."""
    depth = trace.settings.depth
    factor = to_latex(f"{2 ** ((depth + 1) / 2):.3g}")
    return [
        r"d_c &\leftarrow \frac{\lVert w_c \rVert}{\lVert d_c \rVert}\, d_c",
        r"\frac{\lVert w_c + a\, d_c + b\, e_c \rVert}{\lVert w_c \rVert}"
        r" &\approx \sqrt{1 + a^2 + b^2}",
        rf"{depth + 1}\ \text{{layers at distance 1}} &: \sqrt{{2}}^{{\,{depth + 1}}} = {factor}",
        r"\mathrm{BN}(s\, W x) &= \mathrm{BN}(W x)",
    ]


def rows(trace: Trace) -> Iterator[Row]:
    """List the ranges and the losses."""
    found = trace.surface
    for v, surface in enumerate(SURFACES):
        for distance in found.distances.tolist():
            value = float(found.range_within(distance)[v])
            yield "range of the loss (nats) within", NAMES[surface], round(distance, 3), value
        for place, value in zip(found.places.tolist(), _along(found.loss[v]), strict=True):
            yield "loss (nats) along the first direction", NAMES[surface], round(place, 3), value


def _along(loss_GG: np.ndarray) -> list[float]:
    along: list[float] = loss_GG[:, len(loss_GG) // 2].tolist()
    return along
