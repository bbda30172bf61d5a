"""The view on the loss around the trained networks."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.cells import bar
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.surface import FAR, NEAR, SURFACES, directions, losses, measure, moved
from bnviz.marks import decades, number_text
from bnviz.numerals import aligned, short, to_latex

NAMES = {"none": "no norm", "bn": "BN", "kept": "no norm, lengths kept"}
DIVERGED = "A network diverged in training: there is no surface around it."
LEVEL = 1.25
"""How many times as wide a range may be and still be called no wider."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far the loss ranges around the trained networks, and what makes it."""
    found = trace.found
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


def formula(trace: Trace[Any, Any]) -> str:
    """Return the scaling of a direction, and how much longer the weights become."""
    depth = trace.settings.depth
    factor = to_latex(f"{2 ** ((depth + 1) / 2):.3g}")
    return aligned(
        [
            r"d_c &\leftarrow \frac{\lVert w_c \rVert}{\lVert d_c \rVert}\, d_c",
            r"\frac{\lVert w_c + a\, d_c + b\, e_c \rVert}{\lVert w_c \rVert}"
            r" &\approx \sqrt{1 + a^2 + b^2}",
            rf"{depth + 1}\ \text{{layers at distance 1}} &: \sqrt{{2}}^{{\,{depth + 1}}} = {factor}",
            r"\mathrm{BN}(s\, W x) &= \mathrm{BN}(W x)",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield the ranges and the losses."""
    found = trace.found
    for v, surface in enumerate(SURFACES):
        for distance in found.distances.tolist():
            value = float(found.range_within(distance)[v])
            yield "range of the loss (nats) within", NAMES[surface], round(distance, 3), value
        along = found.loss[v][:, len(found.places) // 2].tolist()
        for place, value in zip(found.places.tolist(), along, strict=True):
            yield "loss (nats) along the first direction", NAMES[surface], round(place, 3), value


ROLES = {"none": theme.WITHOUT, "bn": theme.WITH, "kept": theme.THIRD}
WHO = {"none": "Without norm", "bn": "With BN", "kept": "No norm, lengths kept"}
SHORT = {**NAMES, "kept": "lengths kept"}
LEAST = 0.01
"""Losses below are drawn as this, in nats: the colours are logarithmic."""


def surface(trace: Trace[Any, Any], name: str) -> Figure:
    """Draw one of the surfaces, in the same colours as the others."""
    found, v = trace.found, list(SURFACES).index(name)
    title = DIVERGED.rstrip(".")
    if found.whole:
        middle, most = found.centre[v], found.loss[v].max()
        title = f"{WHO[name]}: loss {middle:.2f} in the middle, up to {short(most)}"
    shown = np.log10(np.maximum(found.loss, LEAST)) if found.whole else np.zeros((3, 1, 1))
    low, high = float(shown.min()), float(shown.max())
    values = [value for value in decades(LEAST, 1e4) if low <= np.log10(value) <= high]
    axis: dict[str, Any] = {"ticks": "", "showline": False, "dtick": 0.5}
    return theme.figure(
        title,
        [
            {
                "type": "contour",
                "x": found.places,
                "y": found.places,
                "z": np.round(shown[v], 4),
                "text": [[f"{value:.3g}" for value in row] for row in found.loss[v]],
                "zmin": low,
                "zmax": high,
                "colorscale": theme.SEQUENTIAL,
                "reversescale": True,
                "contours": {"coloring": "heatmap", "start": -2, "end": 4, "size": 1 / 3},
                "line": {"width": 0.5, "color": theme.BACKGROUND},
                "colorbar": bar(np.log10(values), [f"{value:g}" for value in values], "nats"),
                "hovertemplate": "at %{x:.2f}, %{y:.2f}: loss %{text}<extra></extra>",
            }
        ],
        theme.axis("Along a random direction", **axis),
        theme.axis("Along another", **axis),
    )


def ranges(trace: Trace[Any, Any]) -> Figure:
    """Draw highest minus lowest loss within each distance."""
    found = trace.found
    title = DIVERGED.rstrip(".")
    x = found.distances
    rows = np.array([found.range_within(float(distance)) for distance in x]).T
    data: list[theme.Trace] = []
    low, high = -1.0, 1.0
    if found.whole:
        far, near = (found.range_within(distance) for distance in (FAR, NEAR))
        title = (
            f"Range without norm by range with BN: {short(far[0] / far[1])} within distance "
            f"{number_text(FAR)}, {short(near[0] / near[1])} within {number_text(NEAR)}"
        )
        rows = np.maximum(rows, 1e-4)
        low, high = float(np.log10(rows.min())), float(np.log10(rows.max()))
        ends = []
        for name, row in zip(SURFACES, rows, strict=True):
            data.append(theme.line(x, row, ROLES[name], name=NAMES[name]))
            ends.append((SHORT[name], FAR, float(row[-1]), ROLES[name]))
        data += at_ends(ends, gap=0.09 * (high - low + 0.3), high=high + 0.1, log=True)
    return theme.figure(
        title,
        data,
        theme.axis("Distance, in lengths of the weights", range=[0, FAR]),
        theme.log_axis("Range", "nats", range=[low - 0.15, high + 0.15]),
        margin={"r": 96},
    )


VIEW = View(
    name="surface",
    label="Loss surface",
    measure=measure,
    needs=("lr", "depth", "batch_size", "seed"),
    free=("depth",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot(
            "surface_none",
            partial(surface, name="none"),
            "Loss over two random directions, without norm.",
        ),
        Plot(
            "surface_bn",
            partial(surface, name="bn"),
            "The same with batch norm, in the same colours.",
        ),
        Plot(
            "surface_kept",
            partial(surface, name="kept"),
            "The same without norm, weight vectors keep their length.",
        ),
        Plot("ranges", ranges, "Range of the loss by distance from the trained network."),
    ),
    code=(directions, moved, losses),
    reading="""
**Loss surface.** The middle of each picture is where a network stands after 100 steps. From there
two random directions are taken in the space of its weights; distance 1 is a step as long as the
weights themselves. Colours are the same in all three, on a log scale: dark is high.

The networks are those of the first view, without noise. A BN network does not feel how long a
weight vector is, so the same step would turn long weights little and short ones much; therefore
each unit's part of a direction is made as long as the weights it is added to (“filter
normalization”).

A random step also makes the weights longer, 1.4 times at distance 1, and without norm each layer
hands that on. The third picture takes it out: each weight vector is cut back to its length. The
loss is that of one batch of 64 digits. Two directions out of thousands are an illustration: no
direction that training takes need be among them, so this cannot tell how smooth the way of training
is.
""",
    try_this="Set three hidden layers. How many times as wide as with BN is the range "
    "without norm now? Fewer layers multiply a longer weight vector fewer times.",
    claims=(
        Claim(
            "Up to a step as long as the weights, in a plane of two random directions around the trained "
            "networks of ten layers, the loss ranges at least 3 times as wide without BN. If the weight vectors "
            "keep their length on the way it ranges at most twice as wide as with BN. With five layers it is 4 times "
            "at least, and then twice at most. So such a picture shows mostly that BN takes the length of weights "
            "out (rate 0.2, 100 steps; two directions for each seed).",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Close to the trained network, within a quarter of that step, the same picture does not "
            "show that BN is smoother: the loss ranges wider without BN in 15 of 20 seeds, and with it in "
            "the others.",
            "measured here",
        ),
    ),
)
