"""What the anatomy of a BN layer says in words: every number comes from the trace."""

from typing import Any

import numpy as np

from bnviz.labs.anatomy.formulas import formula, number
from bnviz.labs.anatomy.trace import Trace

__all__ = ["formula", "number", "table", "takeaway"]
NEAR = 0.99
"""A pair whose x̂ is larger than this comes out as −1 and 1 to within 1%."""


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
    apart = farthest_that_differs(trace)
    if apart == 0:
        return "Every one of the pairs comes out as −1 and 1, to within 1%."
    return (
        f"Of these pairs, drawn from very close to far apart, all whose values lie more than "
        f"{number(apart)} apart come out as −1 and 1 to within 1%. In closer ones ε counts."
    )


def farthest_that_differs(trace: Trace) -> float:
    """Return how far apart the values of a pair can be that does not come out as −1 and 1."""
    half_P, x_hat_P = trace.pairs
    close_P = half_P[x_hat_P <= NEAR]
    return 2 * float(close_P.max()) if close_P.size else 0.0


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


def _list(values: Any) -> str:
    texts = [number(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _ends(values: Any) -> str:
    return f"{number(values.min())} and {number(values.max())}"
