"""The words of the view on the loss along the gradient."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.why.band import FACTORS
from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.looks import EARLY, LATE, LOOKS, NORMS
from bnviz.labs.why.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import latex, latex_short, short

NAMES = {"none": "no norm", "bn": "BN"}
CLEAR = 1.5
"""How many times wider a band must be to be called so."""
MIDDLE = int(LOOKS[LATE][0])
"""The second half begins before this step."""


def lost(diverged_J: NDArray[np.bool_]) -> str:
    """Name the networks that diverged before the last look."""
    told = ("the network without norm", "the network with BN")
    return " and ".join(name for name, gone in zip(told, diverged_J, strict=True) if gone)


def verdict(none: float, bn: float) -> str:
    """Say how the two widths compare."""
    if none >= CLEAR * bn:
        return f"**{short(none / bn)} times narrower** with BN"
    if bn >= CLEAR * none:
        return f"**{short(bn / none)} times wider** with BN"
    return "**about as wide** with BN"


def takeaway(trace: Trace) -> str:
    """State how wide the bands are, at the start and later, and how often the loss rises."""
    found = trace.band
    where = f"At learning rate {number_text(found.lr)}"
    if np.isnan(found.width(EARLY)).any():
        return f"{where} {lost(found.diverged)} diverges in the first {LOOKS[EARLY.stop]} steps."
    early = verdict(*found.width(EARLY))
    if found.diverged.any():
        return (
            f"{where} {lost(found.diverged)} diverges. In the first {LOOKS[EARLY.stop]} "
            f"steps the band is {early}."
        )
    (none, bn), rises = found.width(LATE), found.rises(LATE)
    return (
        f"{where} the band is {short(none)} nats wide without norm and {short(bn)} with BN from "
        f"step {MIDDLE} on: {verdict(none, bn)}. In the first {LOOKS[EARLY.stop]} steps it is "
        f"{early}. Later the loss rises on {rises[0]:.0%} of the walks without norm, "
        f"{rises[1]:.0%} with BN."
    )


def lines(trace: Trace) -> list[str]:
    """Write what the band and the effective smoothness are."""
    found = trace.band
    low, high = (latex(round(found.lr * factor, 6)) for factor in (FACTORS[0], FACTORS[-1]))
    said = [
        r"g &= \nabla L(x), \qquad \ell(t) = L(x - t g)",
        r"\text{band} &= \max_t \ell(t) - \min_t \ell(t)",
        rf"t &\in [\tfrac12 \eta,\ 4 \eta] = [{low},\ {high}]",
        r"\beta &= \max_t \frac{\lVert \nabla L(x - t g) - g \rVert}{\lVert t g \rVert}",
    ]
    for norm, width, beta in zip(NORMS, found.width(LATE), found.beta(LATE), strict=True):
        if np.isfinite(width):
            said += [
                rf"&\text{{{NAMES[norm]}, median from step {MIDDLE} on:}}",
                rf"\text{{band}} &= {latex_short(width)}, \quad \beta = {latex_short(beta)}",
            ]
    return said


def rows(trace: Trace) -> Iterator[Row]:
    """List the loss at the point and along the gradient, and the smoothness."""
    found = trace.band
    for j, norm in enumerate(NORMS):
        for t, step in enumerate(LOOKS.tolist()):
            name, at = NAMES[norm], float(step)
            yield "band: loss (nats) before step", name, at, float(found.start[j, t])
            yield "band: least loss (nats) along the gradient", name, at, float(found.low[j, t])
            yield "band: most loss (nats) along the gradient", name, at, float(found.high[j, t])
            yield "band: effective smoothness before step", name, at, float(found.smoothness[j, t])
