"""The view on the shape of a large batch."""

from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.anatomy.layer import NEEDS
from bnviz.labs.anatomy.numbers import lines, number, table
from bnviz.labs.anatomy.shapes import measure
from bnviz.labs.claim import Claim
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import latex


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return mean and spread of the drawn batch before and after."""
    drawn, settings = trace.found, trace.settings
    return (
        f"{settings.size} drawn values: μ and σ are {number(drawn.mean)} and "
        f"{number(np.sqrt(drawn.var))} before, {number(drawn.x_hat.mean())} and "
        f"{number(drawn.x_hat.std())} after, and β and |γ| times that at the output. "
        "The shape stays."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the spread of x_hat, and mean and spread of y."""
    drawn, eps = trace.found, latex(trace.settings.eps)
    under, numbers = r"\sigma^2 + \epsilon", rf"{number(drawn.var)} + {eps}"
    if trace.settings.divide == "std":
        under, numbers = (rf"\sqrt{{{text}}}" for text in (under, numbers))
    spread = number(float(drawn.x_hat.std()))
    return lines(
        [
            rf"\text{{std of }} \hat x &= \frac{{\sigma}}{{{under}}} "
            rf"= \frac{{{number(float(drawn.x.std()))}}}{{{numbers}}} = {spread}",
            rf"\text{{std of }} y &= |\gamma| \cdot {spread} "
            rf"= {number(float(drawn.y.std()))}",
            rf"\text{{mean of }} y &= \beta = {number(float(drawn.y.mean()))}",
        ]
    )


def shapes(trace: Trace[Any, Any]) -> Figure:
    """Draw the histograms of a large batch before, standardized, and after, on one axis."""
    drawn = trace.found
    parts = [
        ("x", drawn.x, theme.WITHOUT, f"μ {number(drawn.mean)}, σ {number(float(drawn.x.std()))}"),
        ("x̂", drawn.x_hat, theme.REFERENCE, _moments(drawn.x_hat)),
        ("y", drawn.y, theme.WITH, _moments(drawn.y)),
    ]
    every = np.concatenate([values for _, values, _, _ in parts])
    every = every[np.isfinite(every)]
    edge = 0.04 * (float(np.ptp(every)) or 1.0)
    window = [float(every.min()) - edge, float(every.max()) + edge]
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    for k, (name, values, role, moments) in enumerate(parts):
        counts, edges = np.histogram(values, bins=20)
        x, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0])
        hover = f"{name} near %{{x:.3g}}: %{{y}} values"
        data.append(theme.bars(x, counts, role, hover=hover, width=width, yaxis=f"y{k + 1}"))
        top = 1 - k * 0.36
        layout[f"yaxis{k + 1}"] = theme.axis(
            name, domain=[top - 0.28, top], matches="y" if k else None
        )
        layout["annotations"].append(
            {"x": 1, "xref": "paper", "xanchor": "right", "y": top, "yref": "paper",
             "yanchor": "bottom", "text": f"{name}: {moments}", "font": {"color": role.text}}
        )  # fmt: skip
    layout["xaxis"] = theme.axis(
        "Value; the bars count the values in a bin", anchor="y3", range=window
    )
    title = f"Mean {number(drawn.mean)} becomes 0 and then β; the shape stays"
    return {
        "data": data,
        "layout": {"title": theme.finding(title), "bargap": 0, "meta": {"top": 32}, **layout},
    }


def _moments(values: Array) -> str:
    return f"mean {number(round(float(values.mean()), 12))}, std {number(float(values.std()))}"


VIEW = View(
    name="shapes",
    label="Shape of a large batch",
    measure=measure,
    needs=("size", "mean", "std", "seed", *NEEDS),
    free=("size", "mean", "std", "gamma", "beta", "divide"),
    idle=("momentum",),
    takeaway=takeaway,
    formula=formula,
    table=lambda trace: table(trace.found),
    plots=(Plot("shapes", shapes, "Three histograms on one axis: x, x̂ and y."),),
    code=(bn.forward,),
    claims=(
        Claim(
            "BN moves and stretches each feature; the shape of its distribution stays. It does not "
            "make data Gaussian.",
            "proved",
        ),
    ),
)
