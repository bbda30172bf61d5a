"""The view on the loss along the gradient: its band, and how the gradient turns."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.theme import Role
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.band import FACTORS, along, measure
from bnviz.labs.why.learner import N_STEPS
from bnviz.labs.why.points import losses_and_gradients
from bnviz.labs.why.snapshots import EARLY, LATE, NORMS, STEPS
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, short

NAMES = {"none": "no norm", "bn": "BN"}
CLEAR = 1.5
"""How many times wider a band must be to be called so."""
MIDDLE, FIRST = int(STEPS[LATE][0]), int(STEPS[EARLY.stop])
"""The second half begins before the one step, the first steps end before the other."""


def lost(diverged_J: NDArray[np.bool_]) -> str:
    """Return the names of the networks that diverged before the last snapshot."""
    names = ("the network without norm", "the network with BN")
    return " and ".join(name for name, gone in zip(names, diverged_J, strict=True) if gone)


def verdict(none: float, bn: float) -> str:
    """Return how the two widths compare."""
    if none >= CLEAR * bn:
        return f"**{short(none / bn)} times narrower** with BN"
    if bn >= CLEAR * none:
        return f"**{short(bn / none)} times wider** with BN"
    return "**about as wide** with BN"


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how wide the bands are, at the start and later, and how often the loss rises."""
    found = trace.found
    where = f"At learning rate {number_text(found.lr)}"
    if np.isnan(found.width(EARLY)).any():
        return f"{where} {lost(found.diverged)} diverges in the first {FIRST} steps."
    early = verdict(*found.width(EARLY))
    if found.diverged.any():
        return (
            f"{where} {lost(found.diverged)} diverges. In the first {FIRST} steps the "
            f"band is {early}."
        )
    (none, bn), rises = found.width(LATE), found.rises(LATE)
    return (
        f"{where} the band is {short(none)} nats wide without norm and {short(bn)} with BN from "
        f"step {MIDDLE} on: {verdict(none, bn)}. In the first {FIRST} steps it is "
        f"{early}. Later the loss rises on {rises[0]:.0%} of the walks without norm, "
        f"{rises[1]:.0%} with BN."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the definitions of band and effective smoothness, and their values."""
    found = trace.found
    low, high = (latex(round(found.lr * factor, 6)) for factor in (FACTORS[0], FACTORS[-1]))
    formulas = [
        r"g &= \nabla L(x), \qquad \ell(t) = L(x - t g)",
        r"\text{band} &= \max_t \ell(t) - \min_t \ell(t)",
        rf"t &\in [\tfrac12 \eta,\ 4 \eta] = [{low},\ {high}]",
        r"\beta &= \max_t \frac{\lVert \nabla L(x - t g) - g \rVert}{\lVert t g \rVert}",
    ]
    for norm, width, beta in zip(NORMS, found.width(LATE), found.beta(LATE), strict=True):
        if np.isfinite(width):
            formulas += [
                rf"&\text{{{NAMES[norm]}, median from step {MIDDLE} on:}}",
                rf"\text{{band}} &= {latex_short(width)}, \quad \beta = {latex_short(beta)}",
            ]
    return aligned(formulas)


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield the loss at the point and along the gradient, and the smoothness."""
    found = trace.found
    columns = {
        "loss (nats) before step": found.start,
        "least loss (nats) along the gradient": found.low,
        "most loss (nats) along the gradient": found.high,
        "effective smoothness before step": found.smoothness,
    }
    for j, norm in enumerate(NORMS):
        for t, step in enumerate(STEPS.tolist()):
            for what, values_JT in columns.items():
                yield f"band: {what}", NAMES[norm], float(step), float(values_JT[j, t])


ROLES = {"none": theme.WITHOUT, "bn": theme.WITH}
WIDE: dict[str, Any] = {"range": [0, N_STEPS], "tickvals": [0, 20, 40, 60, 80, 100]}
"""Axis of steps."""
MOST_LOSS = 5.0
"""Top of the axis of losses; a band that goes beyond leaves the plot there."""
SMOOTHNESS = ("β", "low: smooth", (2, 5, 10, 20, 50, 100, 200, 500))
"""Title, unit and labels of the axis of the effective smoothness."""
LEAST, MOST = 1e-3, 1e4
"""Ends of what a log axis shows."""


def losses(trace: Trace[Any, Any]) -> Figure:
    """Draw the band from the least to the most loss, and the loss at the point itself."""
    found = trace.found
    data: list[theme.Trace] = []
    for norm, low, high in zip(NORMS, found.low, found.high, strict=True):
        data += theme.band(STEPS, low, np.minimum(high, 1e3), ROLES[norm], name=NAMES[norm])
    drawn, ends = lines(found.start), []
    for name, start, role in drawn:
        data.append(theme.line(STEPS, start, role, name=f"{name}: before the step"))
        ends.append((name, float(STEPS[-1]), float(start[-1]), role))
    most = min(MOST_LOSS, 1.1 * float(np.nanmax(found.high)))
    data += at_ends(ends, gap=0.08 * most, high=most)
    none, bn = found.rises(LATE)
    title = (
        f"From step {MIDDLE} on the loss rises along {none:.0%} of the walks without norm, "
        f"{bn:.0%} with BN"
    )
    if found.diverged.any():
        title = f"In this run {lost(found.diverged)} diverges"
    axes = theme.axis("Step", **WIDE), theme.axis("Loss", "nats", range=[0, most])
    return theme.figure(title, data, *axes, margin=ROOM)


def width(trace: Trace[Any, Any]) -> Figure:
    """Draw how wide the bands are."""
    found = trace.found
    title = f"In the first {FIRST} steps the band is {verdict(*found.width(EARLY))}"
    if np.isnan(found.width(EARLY)).any():
        title = f"In this run {lost(found.diverged)} diverges"
    elif not found.diverged.any():
        title += f"; from step {MIDDLE} on {verdict(*found.width(LATE))}"
    title = title.replace("*", "")
    return _log(found.high - found.low, title, "Width", "nats", (0.01, 0.1, 1, 10, 100))


def smoothness(trace: Trace[Any, Any]) -> Figure:
    """Draw the effective smoothness."""
    found = trace.found
    none, bn = found.beta(EARLY)
    if np.isnan([none, bn]).any():
        title = f"In this run {lost(found.diverged)} diverges"
        return _log(found.smoothness, title, *SMOOTHNESS)
    title = f"Median β of the first {FIRST} steps: {short(none)} without norm, {short(bn)} with BN"
    if not found.diverged.any():
        none, bn = found.beta(LATE)
        title += f"; from step {MIDDLE} on {short(none)} and {short(bn)}"
    return _log(found.smoothness, title, *SMOOTHNESS)


def _log(
    values_JT: np.ndarray, title: str, what: str, unit: str, labels: tuple[float, ...]
) -> Figure:
    shown = np.clip(values_JT, LEAST, MOST)
    low, high = np.log10([np.nanmin(shown), np.nanmax(shown)])
    room = 0.1 * max(high - low, 0.5)
    data = curves(STEPS, lines(shown), over="", gap=room, high=high + room, log=True)
    yaxis = theme.log_axis(what, unit, labels=labels, range=[float(low - room), float(high + room)])
    return theme.figure(title, data, theme.axis("Step", **WIDE), yaxis, margin=ROOM)


def lines(values_J: Iterable[np.ndarray]) -> list[tuple[str, np.ndarray, Role]]:
    """Return name, values and role of the network without norm and of that with BN."""
    return [
        (NAMES[norm], values, ROLES[norm]) for norm, values in zip(NORMS, values_J, strict=True)
    ]


VIEW = View(
    name="band",
    label="Loss along the gradient",
    measure=measure,
    needs=("lr", "depth", "batch_size", "seed"),
    free=("lr", "depth"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("losses", losses, "Band of the loss along the gradient over the steps."),
        Plot("width", width, "Width of the bands over the steps, log scale."),
        Plot("smoothness", smoothness, "Effective smoothness over the steps, log scale."),
    ),
    code=(along, losses_and_gradients),
    reading="""
**Loss along the gradient.** Before every fifth step: walk against the gradient by half, once, two,
three and four times the learning rate, without staying there. The band reaches from the least to
the most loss on the walk, the line is the loss before it. *Effective smoothness* β: small means
smooth.

After figure 4 of Santurkar et al. 2018. Two networks from the same weights, on the same batches,
without noise. The gradient g is that of the step, over all parameters. A band that leaves the plot
goes on beyond it. β is the largest change of the gradient for the way gone, on the same walk.

All losses are of the batch of that step, and with BN every point has its own statistics. A walk is
measured in learning rates, not in distance, and the two networks are at different places.
""",
    try_this="Set the learning rate to 0.1, then to 0.01, then three layers. Where is the band "
    "of BN the narrower one, where the wider one, and where is there no difference?",
    claims=(
        Claim(
            "Ten layers, learning rates 0.05 and 0.1: from step 50 on the loss along the gradient "
            "ranges at least 4 times narrower with BN. Without norm it rises on 6 of 10 walks or more, "
            "with BN on 2 of 10 at most.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "At a rate of 0.2 the loss rises on some walks of BN too, though its band is still the "
            "narrower one.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "At 0.01 the band is *wider* with BN, in the first 20 steps and from step 50 on.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "With three layers at 0.05 the loss rises on no walk, and neither band is 1.6 times as wide "
            "as the other.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "The effective smoothness does not show such a gain. Ten layers, rates 0.01 and 0.05: in "
            "the first 20 steps β is at least 1.1 times *larger* with BN, so the loss is less smooth. "
            "From step 50 on it is 0.6 to 1.2 times that without norm at 0.05, and 1.4 times as large or "
            "more at 0.01.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "“BN makes the loss smoother along the gradient.”",
            "reported",
            "Santurkar et al. 2018 find a narrower band and a smaller β for a VGG network, and prove "
            "bounds for one layer with BN; Yang et al. 2019 show the opposite in deep BN networks at "
            "the start: gradients grow with each layer",
        ),
    ),
)
