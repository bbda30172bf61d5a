"""The view on loss and gradient of one batch over the scale of the hidden weights."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.passes import loss_and_gradient
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.scale.flat import measure
from bnviz.labs.scale.settings import SCALES
from bnviz.labs.scale.words import NETWORKS
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex_short, short

SAME = 0.01
"""Losses of the question are called equal up to this, in nats."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the loss at the scale, and how much smaller the gradient is."""
    found, a = trace.found, trace.settings.scale
    loss, plain = found.loss_at
    one = found.loss[0, SCALES.index(1.0)]
    times = found.gradient_norm[0, SCALES.index(1.0)] / found.gradient_norm_at[0]
    same = abs(loss - one) < SAME
    verdict = (
        f"the same as at a = 1, and the gradient is **{ratio(times)}**"
        if same
        else f"not the {one:.3f} of a = 1, for ε is not small beside the variance at both"
    )
    return (
        f"Hidden weights × {number_text(a)}: with BN the loss is **{loss:.3f}**, {verdict}. "
        f"Without norm the loss is {short(plain)}."
    )


def ratio(times: float) -> str:
    """Return how many times smaller or larger something is.

    Examples
    --------
    >>> ratio(10.0), ratio(0.1), ratio(1.0)
    ('10 times smaller', '10 times larger', 'as large')
    """
    if abs(math.log(times)) < 0.02:
        return "as large"
    return (
        f"{number_text(float(f'{times:.2g}'))} times smaller"
        if times > 1
        else f"{number_text(float(f'{1 / times:.2g}'))} times larger"
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what the scale does to output and gradient, with the measured numbers."""
    found, a = trace.found, trace.settings.scale
    one = found.gradient_norm[0, SCALES.index(1.0)]
    return aligned(
        [
            r"\hat x(aW) &= \frac{a\,Wx - a\,\mu}{\sqrt{a^2\sigma^2 + \epsilon}} \to \hat x(W)"
            r"\ \ \text{if}\ a^2\sigma^2 \gg \epsilon",
            rf"\|g(aW)\| &= \frac{{\|g(W)\|}}{{a}} = \frac{{{latex_short(one)}}}{{{latex_short(a)}}}"
            rf" = {latex_short(one / a)}",
            rf"\text{{measured}} &: \ {latex_short(found.gradient_norm_at[0])}",
            rf"\cos(W, g) &= {latex_short(found.cosine)} \quad (0:\ \text{{a right angle}})",
            rf"a^2\sigma^2 &= \epsilon \ \text{{ at }}\ a = {latex_short(found.eps_scale)}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield loss and gradient norm at every scale."""
    for n, name in enumerate(NETWORKS):
        for a, scale in enumerate(SCALES):
            yield "loss (nats) at a", name, scale, float(trace.found.loss[n, a])
            yield "gradient norm at a", name, scale, float(trace.found.gradient_norm[n, a])


LINES = (("with BN", theme.WITH), ("no norm", theme.WITHOUT))
SHOWN = [-3.1, 2.1]
"""Exponents of the axis of scales."""


def loss(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss of one batch at every scale."""
    found, a = trace.found, trace.settings.scale
    start = number_text(found.flat_from)
    title = f"With BN the loss is {found.level:.2f} within 1% for every scale from {start} on"
    return _figure(trace, found.loss, title, "Loss", "nats", a)


def gradient(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the gradient at every scale, and the line 1/a."""
    found, a = trace.found, trace.settings.scale
    bn, plain = map(short, found.gradient_norm_at)
    title = f"Gradient norm at a = {number_text(a)}: {bn} with BN, {plain} without"
    figure = _figure(trace, found.gradient_norm, title, "Gradient norm", "", a)
    one = found.gradient_norm[0, SCALES.index(1.0)]
    ends = np.array([SCALES[0], SCALES[-1]])
    figure["data"].insert(0, theme.line(ends, one / ends, theme.REFERENCE, name="1/a"))
    return figure


def _figure(
    trace: Trace[Any, Any], values: Any, title: str, what: str, unit: str, a: float
) -> Figure:
    data: list[theme.Trace] = []
    at = SCALES.index(a)
    spanned = float(np.log10(values.max() / values.min()))  # decades, with about five labels
    at_eps = {"x": np.log10(trace.found.eps_scale), "y": 1, "yref": "paper"}
    for row, (name, role) in zip(values, LINES, strict=True):
        data.append(theme.line(SCALES, row, role, name=name))
        data.append(theme.dots([a], [row[at]], role, name=name, marker={"size": 9}))
        data.append(theme.end_label(SCALES, row, name, role))
    return theme.figure(
        title,
        data,
        theme.log_axis("Weight scale a", range=SHOWN),
        theme.log_axis(what, unit, decades=max(1, round(spanned / 5))),
        shapes=[theme.guide(x=trace.found.eps_scale)],
        annotations=[{**at_eps, "xanchor": "left", "yanchor": "top", "text": " a²σ² = ε"}],
        margin=ROOM,
    )


VIEW = View(
    name="flat",
    label="Loss and gradient",
    measure=measure,
    needs=("scale", "eps", "seed"),
    free=("scale",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("loss", loss, "Loss of one batch against the scale of the hidden weights."),
        Plot("slope", gradient, "Gradient norm against the scale of the hidden weights."),
    ),
    code=(loss_and_gradient,),
    reading="""
**Loss and gradient.** The hidden weights of an untrained network are multiplied by a; dots are your
a. The grey dotted line falls as 1/a. The grey upright stands where the variance of a typical unit
of the first layer is as large as ε: left of it BN no longer divides the scale out.

The network has not learned, so it prefers some answers at random. That costs more than to prefer
none, which would be ln 10 = 2.3 nats.

One batch of 128 digits: two hidden layers of 32 ReLU units, and a last layer that keeps its scale.
""",
    try_this="Set a = 0.001. Where does the flat line end, and what has ε to do with it?",
    claims=(
        Claim(
            "BN(a·W x) = BN(W x) for every a > 0, as long as ε is small beside the variance: the loss "
            "does not depend on the scale of the hidden weights.",
            "proved",
            "Ioffe & Szegedy 2015, section 3.3; the end at small a is measured here",
        ),
        Claim(
            "The gradient at a·W is 1/a of that at W, and orthogonal to W.",
            "proved",
            "follows from the line above by the chain rule; van Laarhoven 2017",
        ),
    ),
)
