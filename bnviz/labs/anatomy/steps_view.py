"""The view on the reader's batch, step by step."""

from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.anatomy.layer import NEEDS, STEPS, layer, measure
from bnviz.labs.anatomy.numbers import (
    bracket,
    ends,
    lines,
    listed,
    number,
    squares,
    summed,
    table,
    term,
)  # fmt: skip
from bnviz.labs.claim import Claim
from bnviz.labs.view import Plot, Timeline, Trace, View
from bnviz.numerals import latex, true_minus

REFUSED = r"\text{A batch of one has } x - \mu = 0 \text{ and } \sigma^2 = 0: \hat x = 0."


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return mean and spread of the batch, and what comes out."""
    own = trace.found
    if own.refusal:
        return f"The layer refuses a batch of one. PyTorch says: “{own.refusal}”."
    batch = listed(own.x) if len(own.x) <= 4 else f"of {len(own.x)}"
    head = f"The batch {batch} has μ = {number(own.mean)} and σ = {number(np.sqrt(own.var))}."
    if trace.settings.divide == "var":
        return f"{head} Divided by σ² + ε, its spread is {number(own.x_hat.std())}, not 1."
    if own.var == 0:
        return f"{head} All values are the same, so x̂ is 0 and y is β = {number(own.beta)}."
    what = listed(own.x_hat) if len(own.x) <= 4 else f"between {ends(own.x_hat)}"
    return f"{head} Standardized it is {what}."


def formula(trace: Trace[Any, Any]) -> str:
    """Return every step with the numbers of the first sample."""
    if trace.found.refusal:
        return REFUSED
    own, settings = trace.found, trace.settings
    n, eps = len(own.x), latex(settings.eps)
    under = rf"{number(own.var)} + {eps}"
    under = rf"\sqrt{{{under}}}" if settings.divide == "std" else under
    mean_old, mean_new, var_old, var_new = (number(value) for value in own.running.ravel())
    p, keep = number(settings.momentum), number(1 - settings.momentum)
    first = term(own.x[0], own.mean)
    return lines(
        [
            rf"\mu &= \tfrac{{1}}{{{n}}}({summed(own.x)}) = {number(own.mean)}",
            rf"\sigma^2 &= \tfrac{{1}}{{{n}}}({squares(own)}) = {number(own.var)}",
            rf"\hat x_1 &= \frac{{{first}}}{{{under}}} = {number(own.x_hat[0])}",
            rf"y_1 &= \gamma \hat x_1 + \beta = {bracket(own.gamma)} \cdot {bracket(own.x_hat[0])} "
            rf"+ {bracket(own.beta)} = {number(own.y[0])}",
            rf"\text{{running mean}} &= {keep} \cdot {mean_old} + {p} \cdot {bracket(own.mean)} "
            rf"= {mean_new}",
            rf"\text{{running variance}} &= {keep} \cdot {var_old} + {p} \cdot "
            rf"\tfrac{{{n}}}{{{n - 1}}} \cdot {number(own.var)} = {var_new}",
        ]
    )


MEAN, VAR, X_HAT, Y, REMEMBER = range(1, 6)
"""The steps at which each quantity is known."""
RAW, DONE = theme.WITHOUT, theme.WITH
"""A batch is one colour, what the layer makes of it another; statistics are grey guides."""
PACE_S = 1.5
"""How long a playback stays at each step, in seconds."""
MOST_LABELS = 3
"""Samples whose numbers are written beside their dots."""


def after(trace: Trace[Any, Any]) -> Figure:
    """Draw x_hat from step 3 and y from step 4 on, with the bound of x_hat."""
    own, n = trace.found, len(trace.found.x)
    by_std = trace.settings.divide == "std"
    x_hat = _samples(own.x_hat, DONE, "x̂", at=_from(X_HAT, own.x_hat), hollow=True)
    y = _samples(own.y, DONE, "y", at=_from(Y, own.y), shift=0.18)
    ends = [own.bound, -own.bound] if by_std else [0.0]
    mean, spread = float(own.x_hat.mean()), float(own.x_hat.std())
    titles = [
        *["Nothing is standardized yet"] * X_HAT,
        f"x̂ has mean {number(round(mean, 12))} and spread {number(spread)}",
        f"y = γ x̂ + β: mean {number(float(own.y.mean()))}, spread {number(float(own.y.std()))}",
    ]
    if own.refusal:
        titles = ["A batch of one has no x̂"]
    name = {
        "x": 1, "xref": "paper", "xanchor": "left", "y": own.bound, "yanchor": "middle",
        "text": " √(m − 1)", "hovertext": "No x̂ of a batch of m lies beyond",
    }  # fmt: skip
    return theme.figure(
        _titles(titles),
        [x_hat, y],
        _sample_axis(n),
        theme.axis("x̂ (hollow), y (full)", range=_room(own.x_hat, own.y, ends)),
        margin={"r": 72},
        shapes=[theme.guide(y=end) for end in ends if by_std],
        annotations=[name] if by_std and n > 1 else [],
    )


def running(trace: Trace[Any, Any]) -> Figure:
    """Draw how far the running statistics move towards those of the batch, at the last step."""
    own, p = trace.found, trace.settings.momentum
    names = ["running variance", "running mean"]
    goals = [own.unbiased, own.mean]
    starts, ends = own.running[::-1, 0], own.running[::-1, 1]
    moved = 0.0 if own.refusal else p
    share = _from(REMEMBER, np.full(2, moved), otherwise=np.zeros(2))
    old, new = ([number(value) for value in values] for values in (starts, ends))
    kept = [new if at >= REMEMBER and not own.refusal else old for at in range(len(STEPS))]
    marks: dict[str, Any] = {
        "type": "scatter", "mode": "markers+text", "y": names, "textposition": "bottom center",
        "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
    data = [
        {
            **marks, "x": [0, 0], "text": [f"start {text}" for text in old],
            "textfont": {"color": theme.MUTED},
            "marker": {"color": theme.REFERENCE.color, "size": 9, "symbol": "line-ns-open"},
        },
        {
            **marks, "x": [1, 1], "text": [f"batch {number(value)}" for value in goals],
            "textfont": {"color": RAW.text}, "marker": {"color": RAW.color, "size": 9},
        },
        {
            **marks, "x": share, "text": Frames(kept), "textposition": "top center",
            "textfont": {"color": DONE.text}, "marker": {"color": DONE.color, "size": 11},
        },
    ]  # fmt: skip
    late = f"The running statistics go {p:.0%} of the way to the batch"
    titles = ["The running statistics stay until the end"] * REMEMBER + [late]
    if own.refusal:
        titles = ["Nothing is remembered of a refused batch"]
    axis = theme.axis("Share of the way to the batch", range=[-0.12, 1.15])
    return theme.figure(_titles(titles), data, axis, {"range": [-0.6, 1.6]}, meta={"top": 24})


def _samples(
    values: Array, role: theme.Role, name: str, *, at: Any = None, hollow: bool = False,
    shift: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """Return a dot for each sample; few samples get their number beside the dot."""
    x = np.arange(1, len(values) + 1) + shift
    text = [true_minus(f"{float(f'{value:.3g}'):,g}") for value in values]
    few = len(values) <= MOST_LABELS
    return {
        "type": "scatter",
        "mode": "markers+text" if few else "markers",
        "x": x,
        "y": values if at is None else at,
        "text": text,
        "textposition": "top left" if hollow else "top right",
        "textfont": {"color": role.text},
        "cliponaxis": False,
        "marker": {"color": role.color, "size": 10, "symbol": f"circle{'-open' if hollow else ''}"},
        "name": name,
        "hovertemplate": f"sample %{{x:.0f}}: {name} = %{{y:.6g}}<extra></extra>",
    }


def _from(step: int, values: Array, otherwise: Array | None = None) -> Frames:
    """Return values that are shown from a step on, others or nothing before."""
    nothing = np.full(len(values), np.nan) if otherwise is None else otherwise
    return Frames(np.array([values if at >= step else nothing for at in range(len(STEPS))], float))


def _titles(titles: list[str]) -> Frames:
    """Return a title for each step; the last one stays."""
    return Frames([titles[min(step, len(titles) - 1)] for step in range(len(STEPS))])


def _sample_axis(n: int) -> dict[str, Any]:
    return theme.axis("Sample", range=[0.4, n + 0.6], dtick=1 if n <= 12 else None)


def _room(*parts: Any) -> list[float]:
    """Return a range that holds all finite values, with room for labels."""
    values = np.concatenate([np.atleast_1d(np.asarray(part, float)).ravel() for part in parts])
    values = values[np.isfinite(values)]
    if not values.size:
        return [-1.5, 1.5]
    lo, hi = float(values.min()), float(values.max())
    room = 0.15 * (hi - lo) or 0.5 * max(abs(hi), 1.0)
    return [lo - room, hi + room]


def timeline(_: Trace[Any, Any]) -> Timeline:
    """Return the steps of the computation."""
    labels = [f"{k}. {name}" if k else name for k, name in enumerate(STEPS)]
    return Timeline(range(len(STEPS)), len(STEPS) - 1, labels, PACE_S)


VIEW = View(
    name="steps",
    label="Step by step",
    measure=measure,
    needs=("values", "identity", *NEEDS),
    free=("values", "gamma", "beta", "eps"),
    takeaway=takeaway,
    formula=formula,
    table=lambda trace: table(trace.found),
    plots=(
        Plot("after", after, "x̂ and y, a dot a sample."),
        Plot("running", running, "Running mean and variance, before and after."),
    ),
    code=(bn.forward, bn.update_running, layer),
    reading="""
**Step by step.** Drag a dot of the batch, or move it with the arrow keys: μ, σ, x̂ and y follow. The
buttons above the charts go through the computation, to what the layer remembers. The grey band is
μ ± σ. A hollow dot is x̂, a full one y.

**What is remembered.** The running statistics start at 0 and 1 and move a share of the way, the
momentum, towards this batch. They do not touch y in training. The variance that is remembered is
divided by m − 1, the one that normalizes by m; PyTorch does the same.
""",
    claims=(
        Claim(
            "Mean 0 and variance σ²/(σ² + ε) hold exactly, for this batch and before γ and β.",
            "proved",
            "Ioffe & Szegedy 2015, Algorithm 1",
        ),
        Claim(
            "No x̂ is larger than √(m − 1) in a batch of m. The output γ x̂ + β has no bound.",
            "proved",
        ),
        Claim(
            "Divided by the variance plus ε, the spread of x̂ is σ/(σ² + ε), about 1/σ, instead of about 1.",
            "proved",
        ),
    ),
    timeline=timeline,
)
