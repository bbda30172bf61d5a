"""The view on the gamma and beta that give a batch back."""

from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.anatomy.identity import measure
from bnviz.labs.anatomy.layer import NEEDS, layer
from bnviz.labs.anatomy.numbers import DUST, lines, number, table
from bnviz.labs.anatomy.steps_view import REFUSED
from bnviz.labs.claim import Claim
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import latex


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far the output is from the input, for this batch and another one."""
    own = trace.found.own
    if own.refusal:
        return "A batch of one is refused, so there is nothing to recover."
    error = float(np.abs(own.y - own.x).max())
    if not trace.settings.identity:
        return (
            f"With γ = {number(own.gamma)} and β = {number(own.beta)} the output differs from the "
            f"input by up to {number(error)}. Switch on *Recover the identity*."
        )
    off = f", to {number(error)}" if error > DUST else ""
    away = float(np.abs(trace.found.other[1] - trace.found.other[0]).max())
    return (
        f"With γ = {number(own.gamma)} and β = {number(own.beta)} your batch comes out as it came "
        f"in{off}. Another batch, with the same γ and β, is moved by up to "
        f"{number(away)}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the gamma and beta of the identity."""
    if trace.found.own.refusal:
        return REFUSED
    own, eps = trace.found.own, latex(trace.settings.eps)
    root = float(np.sqrt(own.var + trace.settings.eps))
    return lines(
        [
            rf"\gamma &= \sqrt{{\sigma^2 + \epsilon}} = \sqrt{{{number(own.var)} + {eps}}} "
            rf"= {number(root)}, \qquad \beta = \mu = {number(own.mean)}",
            r"y &= \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta = (x - \mu) + \mu = x",
        ]
    )


def this_batch(trace: Trace[Any, Any]) -> Figure:
    """Draw output against input for the reader's batch."""
    return _against(trace.found.own.x, trace.found.own.y, "Your batch")


def another_batch(trace: Trace[Any, Any]) -> Figure:
    """Draw output against input for another batch."""
    x, y = trace.found.other
    return _against(x, y, "Another batch, same γ and β,")


def _against(x: Array, y: Array, which: str) -> Figure:
    """Draw output against input, with the diagonal on which they are the same."""
    error = float(np.abs(y - x).max())
    title = f"{which} is moved by up to {number(error)}"
    if np.isnan(error):
        title = "A batch of one is refused"
    elif error < 1e-6 * max(1.0, float(np.abs(x).max())):
        title = f"{which} comes out as it came in"
    ends = np.array([x.min(), x.max()])
    return theme.figure(
        title,
        [
            theme.line(ends, ends, theme.REFERENCE, name="output = input"),
            theme.dots(x, y, theme.WITH, name="a sample", marker={"size": 8}),
        ],
        theme.axis("Input x"),
        theme.axis("Output y"),
    )


VIEW = View(
    name="identity",
    label="Recover the identity",
    measure=measure,
    needs=("values", "identity", "size", "mean", "std", "seed", *NEEDS),
    free=("values", "identity"),
    idle=("momentum",),
    takeaway=takeaway,
    formula=formula,
    table=lambda trace: table(trace.found.own),
    plots=(
        Plot("own", this_batch, "Output against input, your batch."),
        Plot("other", another_batch, "Output against input, another batch."),
    ),
    code=(layer, bn.forward),
    claims=(
        Claim(
            "γ = √(σ² + ε) and β = μ give this batch back. Another batch has another μ and σ, so "
            "the layer is the identity for one batch, not for every input.",
            "proved",
        ),
    ),
)
