"""The formulas of the anatomy of a BN layer, with the reader's own numbers, as LaTeX."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bnviz.labs.anatomy.layer import Layer
from bnviz.labs.anatomy.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import latex

DUST = 1e-12
FEW = 3
"""Terms of a sum that are written out; of more, the first two and the last."""


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers.

    Parameters
    ----------
    trace : Trace
    view : {"steps", "shapes", "identity", "pairs"}

    Returns
    -------
    str
        LaTeX.
    """
    if trace.own.refusal and view in ("steps", "identity"):
        return r"\text{A batch of one has } x - \mu = 0 \text{ and } \sigma^2 = 0: \hat x = 0."
    lines = {"steps": _steps, "shapes": _shapes, "identity": _identity, "pairs": _pairs}[view](
        trace
    )
    body = r" \\[4pt] ".join(lines).replace("−", "-")
    return rf"\small \begin{{aligned}} {body} \end{{aligned}}"


def _steps(trace: Trace) -> Sequence[str]:
    own, settings = trace.own, trace.settings
    n, eps = len(own.x), latex(settings.eps)
    under = rf"{number(own.var)} + {eps}"
    under = rf"\sqrt{{{under}}}" if settings.divide == "std" else under
    mean_old, mean_new, var_old, var_new = (number(value) for value in own.running.ravel())
    p, keep = number(settings.momentum), number(1 - settings.momentum)
    first = _term(own.x[0], own.mean)
    return [
        rf"\mu &= \tfrac{{1}}{{{n}}}({_sum(own.x)}) = {number(own.mean)}",
        rf"\sigma^2 &= \tfrac{{1}}{{{n}}}({_squares(own)}) = {number(own.var)}",
        rf"\hat x_1 &= \frac{{{first}}}{{{under}}} = {number(own.x_hat[0])}",
        rf"y_1 &= \gamma \hat x_1 + \beta = {_bracket(own.gamma)} \cdot {_bracket(own.x_hat[0])} "
        rf"+ {_bracket(own.beta)} = {number(own.y[0])}",
        rf"\text{{running mean}} &= {keep} \cdot {mean_old} + {p} \cdot {_bracket(own.mean)} "
        rf"= {mean_new}",
        rf"\text{{running variance}} &= {keep} \cdot {var_old} + {p} \cdot "
        rf"\tfrac{{{n}}}{{{n - 1}}} \cdot {number(own.var)} = {var_new}",
    ]


def _shapes(trace: Trace) -> Sequence[str]:
    drawn, eps = trace.drawn, latex(trace.settings.eps)
    std = float(drawn.x.std())
    root = rf"\sqrt{{{number(drawn.var)} + {eps}}}"
    under = root if trace.settings.divide == "std" else rf"{number(drawn.var)} + {eps}"
    return [
        rf"\text{{std of }} \hat x &= \frac{{\sigma}}{{{_divisor(trace)}}} "
        rf"= \frac{{{number(std)}}}{{{under}}} = {number(float(drawn.x_hat.std()))}",
        rf"\text{{std of }} y &= |\gamma| \cdot {number(float(drawn.x_hat.std()))} "
        rf"= {number(float(drawn.y.std()))}",
        rf"\text{{mean of }} y &= \beta = {number(float(drawn.y.mean()))}",
    ]


def _divisor(trace: Trace) -> str:
    inside = r"\sigma^2 + \epsilon"
    return rf"\sqrt{{{inside}}}" if trace.settings.divide == "std" else inside


def _identity(trace: Trace) -> Sequence[str]:
    own, eps = trace.own, latex(trace.settings.eps)
    root = float(np.sqrt(own.var + trace.settings.eps))
    return [
        rf"\gamma &= \sqrt{{\sigma^2 + \epsilon}} = \sqrt{{{number(own.var)} + {eps}}} "
        rf"= {number(root)}, \qquad \beta = \mu = {number(own.mean)}",
        r"y &= \gamma \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta = (x - \mu) + \mu = x",
    ]


def _pairs(trace: Trace) -> Sequence[str]:
    eps = trace.settings.eps
    root = float(np.sqrt(eps))
    return [
        r"x &= c \pm h: \quad \mu = c, \quad \sigma^2 = h^2, "
        r"\quad \hat x = \pm \frac{h}{\sqrt{h^2 + \epsilon}}",
        rf"h = \sqrt\epsilon = {number(root)}: \quad \hat x &= \pm \tfrac{{1}}{{\sqrt 2}} "
        rf"= \pm {number(0.5**0.5)}",
    ]


def number(value: float) -> str:
    """Write a number as a reader would: four digits, large ones whole; rounding dust is 0.

    Examples
    --------
    >>> number(151.5), number(-0.99999), number(44104.4), number(1e-7)
    ('151.5', '−1', '44104', '1e-7')
    """
    if not np.isfinite(value):
        return "no number"
    if 1000 <= abs(value) < 1e7:
        text = f"{value:.0f}"
    else:
        text = f"{value:.4g}" if abs(value) > DUST else "0"
    if "e" in text:
        text = number_text(float(text))
    return f"−{text[1:]}" if text.startswith("-") else text


def _bracket(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def _term(value: float, mean: float) -> str:
    return f"{number(value)} - {_bracket(mean)}"


def _sum(values: Any) -> str:
    terms = [_bracket(value) for value in values]
    return " + ".join(terms if len(terms) <= FEW else [*terms[:2], r"\dots", terms[-1]])


def _squares(own: Layer) -> str:
    terms = [rf"({_term(value, own.mean)})^2" for value in own.x]
    return " + ".join(terms if len(terms) <= FEW - 1 else [terms[0], r"\dots", terms[-1]])
