"""The view on batches of two."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.anatomy.numbers import lines, number
from bnviz.labs.anatomy.pairs import measure
from bnviz.labs.view import Plot, Trace, View


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the distance from which on a pair comes out as −1 and 1."""
    apart = trace.found.farthest_that_differs
    if apart == 0:
        return "Every one of the pairs comes out as −1 and 1, to within 1%."
    return (
        f"Of these pairs, drawn from very close to far apart, all whose values lie more than "
        f"{number(apart)} apart come out as −1 and 1 to within 1%. In closer ones ε counts."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return x_hat of a pair, in general and at the root of epsilon."""
    eps = trace.settings.eps
    root = float(np.sqrt(eps))
    return lines(
        [
            r"x &= c \pm h: \quad \mu = c, \quad \sigma^2 = h^2, "
            r"\quad \hat x = \pm \frac{h}{\sqrt{h^2 + \epsilon}}",
            rf"h = \sqrt\epsilon = {number(root)}: \quad \hat x &= \pm \tfrac{{1}}{{\sqrt 2}} "
            rf"= \pm {number(0.5**0.5)}",
        ]
    )


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return x_hat of each pair, beside the formula."""
    found = trace.found
    return {
        "half the distance, h": found.half,
        "x̂ of the larger value": found.x_hat,
        "h / √(h² + ε)": found.expected,
    }


def pairs(trace: Trace[Any, Any]) -> Figure:
    """Draw x_hat of the larger of two values, against half their distance."""
    found = trace.found
    root = float(np.sqrt(trace.settings.eps))
    return theme.figure(
        f"Pairs more than {number(trace.found.farthest_that_differs)} apart give −1 and 1",
        [
            theme.line(found.half, found.expected, theme.REFERENCE, name="h / √(h² + ε)"),
            theme.dots(found.half, found.x_hat, theme.WITH, name="a batch of two"),
        ],
        theme.log_axis("Half the distance of the two values, h"),
        theme.axis("x̂ of the larger value", range=[-0.05, 1.1]),
        shapes=[theme.guide(x=root)],
    )


VIEW = View(
    name="pairs",
    label="Batches of two",
    measure=measure,
    needs=("eps", "size", "mean", "std", "seed"),
    free=("eps", "std"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(Plot("pairs", pairs, "x̂ of the larger value against half the distance."),),
    code=(bn.forward,),
    reading="""
**Batches of two.** Two hundred pairs are drawn, from nearly the same to far apart, as many in each
power of ten. The grey line is the formula; the dotted upright stands at √ε.
""",
)
