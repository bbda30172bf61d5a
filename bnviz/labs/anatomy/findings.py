"""What the anatomy of a BN layer says in words: every number comes from the trace."""

from typing import Any

import numpy as np

from bnviz.labs.anatomy.layer import Layer
from bnviz.labs.anatomy.trace import Trace
from bnviz.labs.numerals import latex
from bnviz.marks import number_text

DUST = 1e-12
FEW = 3
"""Terms of a sum that are written out; of more, the first two and the last."""


def takeaway(trace: Trace, view: str) -> str:
    """State what happened, for the view on show.

    Examples
    --------
    >>> from bnviz.labs.anatomy import Settings, run
    >>> takeaway(run(Settings()), "steps")
    'The batch 3 and 300 has μ = 151.5 and σ = 148.5. Standardized it is −1 and 1.'
    """
    return {"steps": _steps, "shapes": _shapes, "identity": _identity, "pairs": _pairs}[view](trace)


def _steps(trace: Trace) -> str:
    own = trace.own
    if own.refusal:
        return f"The layer refuses a batch of one. PyTorch says: “{own.refusal}”."
    batch = _list(own.x) if len(own.x) <= 4 else f"of {len(own.x)}"
    head = f"The batch {batch} has μ = {number(own.mean)} and σ = {number(np.sqrt(own.var))}."
    if trace.settings.divide == "var":
        return f"{head} Divided by σ² + ε, its spread is {number(own.x_hat.std())}, not 1."
    if own.var == 0:
        return f"{head} All values are the same, so x̂ is 0 and y is β = {number(own.beta)}."
    what = _list(own.x_hat) if len(own.x) <= 4 else f"between {_ends(own.x_hat)}"
    return f"{head} Standardized it is {what}."


def _shapes(trace: Trace) -> str:
    drawn, settings = trace.drawn, trace.settings
    words = (
        f"{settings.size} drawn values: μ and σ are {number(drawn.mean)} and "
        f"{number(np.sqrt(drawn.var))} before, {number(drawn.x_hat.mean())} and "
        f"{number(drawn.x_hat.std())} after, and β and |γ| times that at the output."
    )
    return f"{words} The shape stays."


def _identity(trace: Trace) -> str:
    own = trace.own
    if own.refusal:
        return "A batch of one is refused, so there is nothing to recover."
    error = float(np.abs(own.y - own.x).max())
    if not trace.settings.identity:
        return (
            f"With γ = {number(own.gamma)} and β = {number(own.beta)} the output differs from the "
            f"input by up to {number(error)}. Switch on *Recover the identity*."
        )
    away = float(np.abs(trace.other[1] - trace.other[0]).max())
    return (
        f"With γ = {number(own.gamma)} and β = {number(own.beta)} your batch comes out as it came "
        f"in, to {error:.0e}. Another batch, with the same γ and β, is moved by up to "
        f"{number(away)}."
    )


def _pairs(trace: Trace) -> str:
    half_P, x_hat_P = trace.pairs
    far_P = x_hat_P > 0.99
    words = f"Of {len(half_P)} batches of two, {far_P.sum()} come out as −1 and 1 to within 1 %."
    if far_P.all():
        return words
    return (
        f"{words} In the others ε counts: their two values lie less than "
        f"{number(2 * half_P[~far_P].max())} apart."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the steps with the reader's own numbers, as LaTeX."""
    del view
    own, settings = trace.own, trace.settings
    if own.refusal:
        return r"\text{A batch of one has } x - \mu = 0 \text{ and } \sigma^2 = 0: \hat x = 0."
    n, eps = len(own.x), latex(settings.eps)
    under = rf"{number(own.var)} + {eps}"
    under = rf"\sqrt{{{under}}}" if settings.divide == "std" else under
    running = (number(value) for value in own.running.ravel())
    mean_old, mean_new, var_old, var_new = running
    p = number(settings.momentum)
    keep = number(1 - settings.momentum)
    first = _term(own.x[0], own.mean)
    lines = [
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
    body = r" \\[4pt] ".join(lines).replace("−", "-")
    return rf"\small \begin{{aligned}} {body} \end{{aligned}}"


def table(trace: Trace) -> dict[str, Any]:
    """Give every sample of the reader's batch at every step."""
    own = trace.own
    return {
        "sample": np.arange(1, len(own.x) + 1),
        "x": own.x,
        "x − μ": own.centred,
        "x̂": own.x_hat,
        "y": own.y,
    }


def number(value: float) -> str:
    """Write a number with five digits at most, as a reader would; rounding dust is 0.

    Examples
    --------
    >>> number(151.5), number(-0.99999), number(44104.4), number(1e-7)
    ('151.5', '−0.99999', '44104', '1e-7')
    """
    if not np.isfinite(value):
        return "no number"
    text = f"{value:.5g}" if abs(value) > DUST else "0"
    if "e" in text:
        text = f"{float(text):.0f}" if 1e4 <= abs(value) < 1e7 else number_text(float(text))
    return f"−{text[1:]}" if text.startswith("-") else text


def _list(values: Any) -> str:
    texts = [number(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _ends(values: Any) -> str:
    return f"{number(values.min())} and {number(values.max())}"


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
