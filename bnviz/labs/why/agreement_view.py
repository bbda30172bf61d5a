"""The view on gradients before and after the earlier layers have moved."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.agreement import agree, measure
from bnviz.labs.why.band_view import FIRST, MIDDLE, NAMES, WIDE, lines, lost
from bnviz.labs.why.points import losses_and_gradients
from bnviz.labs.why.snapshots import EARLY, LATE, NORMS, STEPS
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, signed

CLEAR = 0.1
"""Difference of two mean cosines from which on they are called different."""


def verdict(none: float, bn: float) -> str:
    """Return which network has more of the shift: a lower cosine is more shift."""
    if none - bn >= CLEAR:
        return "**more** shift with BN"
    if bn - none >= CLEAR:
        return "**less** shift with BN"
    return "about the same"


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far gradients agree, at the start and later."""
    found = trace.found
    none, bn = found.over(EARLY)
    if np.isnan([none, bn]).any():
        return (
            f"At learning rate {number_text(found.lr)} {lost(found.diverged)} diverges in the "
            f"first {FIRST} steps."
        )
    early = (
        f"Cosine of the gradients at learning rate {number_text(found.lr)}, mean of the layers: in "
        f"the first {FIRST} steps {signed(none)} without norm and {signed(bn)} with BN "
        f"({verdict(none, bn)})"
    )
    if found.diverged.any():
        return f"{early}; then {lost(found.diverged)} diverges."
    none, bn = found.over(LATE)
    return f"{early}; from step {MIDDLE} on {signed(none)} and {signed(bn)} ({verdict(none, bn)})."


def formula(trace: Trace[Any, Any]) -> str:
    """Return the definition of the cosine, and its values."""
    found = trace.found
    formulas = [
        r"G_i &= \nabla_{W_i} L(\theta_1, \ldots, \theta_n)",
        r"G_i' &= \nabla_{W_i} L(\theta_1', \ldots, \theta_{i-1}',\ \theta_i, \ldots, \theta_n)",
        rf"\theta_j' &= \theta_j - \eta \nabla_{{\theta_j}} L, \qquad \eta = {latex(found.lr)}",
        r"\cos_i &= \frac{\langle G_i, G_i' \rangle}{\lVert G_i \rVert\, \lVert G_i' \rVert}",
    ]
    ratios = np.median(found.ratio[:, LATE, 1:], (1, 2))
    for norm, cosine, ratio in zip(NORMS, found.over(LATE), ratios, strict=True):
        if np.isfinite(cosine):
            formulas += [
                rf"&\text{{{NAMES[norm]}, from step {MIDDLE} on:}}",
                rf"\overline{{\cos}} &= {latex_short(cosine)}, \quad"
                rf" \lVert G' \rVert / \lVert G \rVert = {latex_short(ratio)}",
            ]
    return aligned(formulas)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield mean cosines over the steps, and those of each layer."""
    found = trace.found
    for j, norm in enumerate(NORMS):
        name = NAMES[norm]
        for t, step in enumerate(STEPS.tolist()):
            yield "agreement: mean cosine before step", name, float(step), float(found.mean[j, t])
        for what, when in (("first steps", EARLY), ("second half", LATE)):
            layers = found.layers(when)[j]
            for layer, cosine in enumerate(layers.tolist(), start=1):
                yield f"agreement: cosine of layer, {what}", name, float(layer), cosine


TALL = 1.06
"""Top of the axis of cosines."""


def over_time(trace: Trace[Any, Any]) -> Figure:
    """Draw the mean cosine of the layers over the steps."""
    found = trace.found
    title = f"First {FIRST} steps: {verdict(*found.over(EARLY))}"
    if np.isnan(found.over(EARLY)).any():
        title = f"In this run {lost(found.diverged)} diverges"
    elif found.diverged.any():
        title += f"; then {lost(found.diverged)} diverges"
    else:
        title += f"; from step {MIDDLE} on: {verdict(*found.over(LATE))}"
    axis = theme.axis("Step", **WIDE)
    return _figure(STEPS, found.mean, title.replace("*", ""), "Mean cosine (1: no shift)", axis)


def by_layer(trace: Trace[Any, Any], when: slice, what: str) -> Figure:
    """Draw the cosine of each layer, mean over some of the steps."""
    layers_JL = trace.found.layers(when)
    names = " and ".join(
        f"{signed(float(np.min(layers)))} {'with BN' if norm == 'bn' else 'without norm'}"
        for norm, layers in zip(NORMS, layers_JL, strict=True)
        if np.isfinite(layers).all()
    )
    title = f"{what}: the lowest cosine of a layer is {names}" if names else f"{what}: no run"
    n = layers_JL.shape[1]
    ticks = list(range(1, n + 1))
    text = [*map(str, ticks[:-1]), "out"]
    axis = theme.axis("Layer", range=[0.6, n + 0.4], tickvals=ticks, ticktext=text)
    return _figure(np.array(ticks), layers_JL, title, "Cosine (1: no shift)", axis)


def _figure(
    x: np.ndarray, values_JX: np.ndarray, title: str, what: str, xaxis: dict[str, Any]
) -> Figure:
    least = min(0.0, float(np.nanmin(values_JX)) - 0.05)
    data = curves(x, lines(values_JX), over="", gap=0.09 * (TALL - least), high=TALL)
    return theme.figure(title, data, xaxis, theme.axis(what, range=[least, TALL]), margin=ROOM)


EARLY_LAYERS = partial(by_layer, when=EARLY, what=f"First {FIRST} steps")
LATE_LAYERS = partial(by_layer, when=LATE, what=f"From step {MIDDLE} on")
VIEW = View(
    name="agreement",
    label="Gradient shift",
    deeper=True,
    measure=measure,
    needs=("lr", "depth", "batch_size", "seed"),
    free=("lr", "depth"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("early_layers", EARLY_LAYERS, "Cosine of each layer in the first steps."),
        Plot("late_layers", LATE_LAYERS, "Cosine of each layer in the second half."),
        Plot("over_time", over_time, "Mean cosine of the layers over the steps."),
    ),
    code=(agree, losses_and_gradients),
    reading="""
**Gradient shift.** Before every fifth step: take the gradient of each layer, let all layers before
it take their step, and take its gradient again on the same batch. The cosine says how much of the
direction is left: 1 means that the layer's step still fits. A low cosine is much shift.

Santurkar et al. 2018 call this internal covariate shift too, but of gradients. 0 means that the
step was computed for a network that is gone. The first layer has none before it. Lower pictures:
each layer, mean of the steps; *out* is the output layer.
""",
    try_this="Set the learning rate to 0.05. Who has more of the shift in the first steps, "
    "and who later? Then set 0.01.",
    claims=(
        Claim(
            "Ten layers, learning rate 0.01: gradients agree less with BN, at the start and later. It "
            "has *more* of this shift.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "At 0.05 there is more shift with BN in the first 20 steps and less from step 50 on: a little or "
            "much.",
            "measured here",
            held="19 of 20",
        ),
        Claim(
            "From step 50 on there is less with BN by a cosine of 0.1 or more in 18 of 20 seeds at a rate of "
            "0.1. At 0.2 there is less in 16 of 20, and more in the others.",
            "measured here",
        ),
        Claim(
            "With three layers the mean cosines differ by less than 0.01 at a rate of 0.05, and by less than "
            "0.2 at 0.2.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "“BN reduces internal covariate shift.”",
            "contested",
            "claimed by Ioffe & Szegedy 2015 for the distribution of a layer's inputs; Santurkar et "
            "al. 2018 measure gradients, as here, and find as much shift or more with BN. Here the "
            "sign changes with rate and time",
        ),
    ),
)
