"""The words of the view on gradients before and after the earlier layers moved."""

from collections.abc import Iterator

import numpy as np

from bnviz.labs.why.findings.band import MIDDLE, NAMES, lost
from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.looks import EARLY, LATE, LOOKS, NORMS
from bnviz.labs.why.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import latex, latex_short, signed

CLEAR = 0.1
"""Difference of two mean cosines from which on they are called different."""


def verdict(none: float, bn: float) -> str:
    """Say which network has more of the shift: a lower cosine is more shift."""
    if none - bn >= CLEAR:
        return "**more** shift with BN"
    if bn - none >= CLEAR:
        return "**less** shift with BN"
    return "about the same"


def takeaway(trace: Trace) -> str:
    """State how far gradients agree, at the start and later."""
    found = trace.agreement
    none, bn = found.over(EARLY)
    if np.isnan([none, bn]).any():
        return (
            f"At learning rate {number_text(found.lr)} {lost(found.diverged)} diverges in the "
            f"first {LOOKS[EARLY.stop]} steps."
        )
    said = (
        f"Cosine of the gradients at learning rate {number_text(found.lr)}, mean of the layers: in "
        f"the first {LOOKS[EARLY.stop]} steps {signed(none)} without norm and {signed(bn)} with BN "
        f"({verdict(none, bn)})"
    )
    if found.diverged.any():
        return f"{said}; then {lost(found.diverged)} diverges."
    none, bn = found.over(LATE)
    return f"{said}; from step {MIDDLE} on {signed(none)} and {signed(bn)} ({verdict(none, bn)})."


def lines(trace: Trace) -> list[str]:
    """Write what is compared."""
    found = trace.agreement
    said = [
        r"G_i &= \nabla_{W_i} L(\theta_1, \ldots, \theta_n)",
        r"G_i' &= \nabla_{W_i} L(\theta_1', \ldots, \theta_{i-1}',\ \theta_i, \ldots, \theta_n)",
        rf"\theta_j' &= \theta_j - \eta \nabla_{{\theta_j}} L, \qquad \eta = {latex(found.lr)}",
        r"\cos_i &= \frac{\langle G_i, G_i' \rangle}{\lVert G_i \rVert\, \lVert G_i' \rVert}",
    ]
    ratios = np.median(found.ratio[:, LATE, 1:], (1, 2))
    for norm, cosine, ratio in zip(NORMS, found.over(LATE), ratios, strict=True):
        if np.isfinite(cosine):
            said += [
                rf"&\text{{{NAMES[norm]}, from step {MIDDLE} on:}}",
                rf"\overline{{\cos}} &= {latex_short(cosine)}, \quad"
                rf" \lVert G' \rVert / \lVert G \rVert = {latex_short(ratio)}",
            ]
    return said


def rows(trace: Trace) -> Iterator[Row]:
    """List mean cosines over the steps, and those of each layer."""
    found = trace.agreement
    for j, norm in enumerate(NORMS):
        name = NAMES[norm]
        for t, step in enumerate(LOOKS.tolist()):
            yield "agreement: mean cosine before step", name, float(step), float(found.mean[j, t])
        for what, when in (("first steps", EARLY), ("second half", LATE)):
            layers = found.layers(when)[j]
            for layer, cosine in enumerate(layers.tolist(), start=1):
                yield f"agreement: cosine of layer, {what}", name, float(layer), cosine
