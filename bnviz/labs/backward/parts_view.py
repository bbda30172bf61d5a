"""The view on the three terms: what comes from above, what is taken out, what is left."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.figures import samples, theme
from bnviz.figures.frames import Figure
from bnviz.labs.backward.numbers import bracket, number, root
from bnviz.labs.backward.unit import NEEDS, unit, with_constants
from bnviz.labs.claim import Claim
from bnviz.labs.table import clean_all
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, clean, short

RIGHT, WRONG, REMOVED, ABOVE = theme.WITH, theme.FOURTH, theme.THIRD, theme.REFERENCE
"""The right gradient; the wrong one; the two parts that batch norm takes out, plain for the mean and
hatched for that along x_hat; the gradient from above, or a guide."""
CONSTANTS = "statistics as constants"
NOTHING = 1e-12
"""What is smaller than this, beside what came in, is rounding."""
NEARLY_ALL = 0.9995
"""A share above this is not written in percent."""
VISIBLY_OFF = 0.02
"""Relative error from which on a result is not what its printed terms give."""
TINY = 1e-12


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how much of the gradient arrives."""
    s, u = trace.settings, trace.found
    largest, came = np.abs(u.dx_N).max(), np.abs(u.dx_hat_N).max()
    if not came:
        return "Nothing comes from above: with γ = 0 the output does not depend on x at all."
    if not s.training:
        return (
            "Eval mode takes nothing out: running statistics are constants, and every sample gets "
            f"its own γ dy, times {short(u.inv_std)}."
        )
    if s.constants:
        return (
            f"**Wrong:** with the statistics as constants the largest dx is {short(clean(largest))}, and "
            f"finite differences would say {short(clean(np.abs(u.dx_true_N).max()))}."
        )
    if largest < NOTHING * came * u.inv_std:
        return (
            f"**Nothing arrives:** dy is the same for all, and the largest dx is {short(clean(largest))}. "
            "All samples moving together move their mean as much."
        )
    if u.removed > NEARLY_ALL:
        return (
            "**Nearly nothing arrives:** this gradient lies along the mean and along x̂. A share of "
            f"ε/(σ² + ε) = {short(s.eps / (u.var + s.eps))} of the part along x̂ gets through; the "
            f"largest dx is {short(clean(largest))}."
        )
    return (
        f"Batch norm takes out {100 * u.removed:.1f}% of the squared length of the gradient: "
        f"its mean, and its part along x̂. What is left is multiplied by "
        f"1/√(σ² + ε) = {short(u.inv_std)}; the largest dx is {short(clean(largest))}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return dx of the chosen sample, term by term."""
    s, u = trace.settings, trace.found
    i, under = s.chosen, root(u.var, s.eps)
    d_hat, x_hat = rf"d\hat x_{{{i + 1}}}", rf"\hat x_{{{i + 1}}}"
    result = rf"&= \mathbf{{{number(u.dx_N[i])}}}"
    sums = [
        rf"\textstyle\sum dx &= {number(float(u.dx_N.sum()))}",
        rf"\textstyle\sum dx \, \hat x &= {number(float(u.dx_N @ u.x_hat_N))}",
    ]
    if s.constants or not s.training:
        whole = (
            rf"dx_{{{i + 1}}} &= \frac{{{d_hat}}}{{\sqrt{{\sigma^2 + \epsilon}}}} "
            rf"= \frac{{{number(u.dx_hat_N[i])}}}{{{under}}}"
        )
        return aligned([whole, result, *sums], gap=6)
    terms = (
        f"{number(u.dx_hat_N[i])} - {bracket(u.mean_part)} - "
        rf"{bracket(u.x_hat_N[i])} \cdot {bracket(u.slope)}"
    )
    lines = [
        rf"dx_{{{i + 1}}} &= \frac{{{d_hat} - \overline{{d\hat x}} - "
        rf"{x_hat} \, \overline{{d\hat x \, \hat x}}}}{{\sqrt{{\sigma^2 + \epsilon}}}}",
        rf"&= \frac{{{terms}}}{{{under}}}",
        result,
        *_cancellation(trace),
        *sums,
    ]
    return aligned(lines, gap=6)


def _cancellation(trace: Trace[Any, Any]) -> list[str]:
    """Return a warning where the printed digits of nearly equal terms do not give the result."""
    u, i = trace.found, trace.settings.chosen
    come, mean, x_hat, slope = (
        float(f"{value:.3f}") for value in (u.dx_hat_N[i], u.mean_part, u.x_hat_N[i], u.slope)
    )
    printed, exact = (come - mean - x_hat * slope) * u.inv_std, float(u.dx_N[i])
    rounding = abs(exact) < NOTHING * abs(u.dx_hat_N[i]) * u.inv_std
    if rounding or abs(printed - exact) <= VISIBLY_OFF * abs(exact):
        return []
    return [
        r"& \text{(nearly equal numbers are}",
        r"& \text{subtracted: digits that are}",
        r"& \text{not shown decide)}",
    ]


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return the numbers of every sample."""
    u = trace.found
    return {
        "sample": np.arange(1, len(u.x_N) + 1),
        "x": u.x_N,
        "dy": u.dy_N,
        "x̂": u.x_hat_N,
        "dx̂ = γ dy": u.dx_hat_N,
        "mean of dx̂": np.full_like(u.x_N, u.mean_part),
        "part along x̂": clean_all(u.x_hat_part_N),
        "dx": clean_all(u.dx_N),
        "dx, right": clean_all(u.dx_true_N),
        "dx, statistics as constants": u.dx_constants_N,
    }


def arriving(trace: Trace[Any, Any]) -> Figure:
    """Draw dx of each sample, beside what it would be if the statistics were constants."""
    s, u = trace.settings, trace.found
    largest = float(np.abs(u.dx_N).max())
    wrong = s.constants and s.training
    role = WRONG if wrong else RIGHT
    ends = samples.reach(u.dx_N, u.dx_constants_N)
    data = [samples.amounts(u.dx_N, role, f"dx, {CONSTANTS}" if wrong else "dx", ends)]
    if wrong:
        data.append(samples.levels(u.dx_true_N, RIGHT, "right dx"))
    elif s.training:
        data.append(samples.levels(u.dx_constants_N, WRONG, f"if {CONSTANTS}"))
    if largest < TINY:
        title = "No sample gets a gradient: every dx is 0, up to rounding"
    else:
        title = f"The largest gradient that reaches the layer below is {short(clean(largest))}"
    return samples.figure(title, data, len(u.x_N), "Gradient dx", ends)


def parts(trace: Trace[Any, Any]) -> Figure:
    """Draw dx_hat of each sample as the sum of two parts that leave and one that stays."""
    s, u = trace.settings, trace.found
    m = len(u.x_N)
    if s.constants or not s.training:
        title = "Nothing is taken out: the whole gradient from above passes"
        data = [samples.bars(u.dx_hat_N, WRONG if s.training else RIGHT, "passes")]
        stacks = [u.dx_hat_N]
    else:
        stacks = [np.full(m, u.mean_part), u.x_hat_part_N, u.rest_N]
        ends = _reach(stacks)
        data = [
            samples.bars(stacks[0], REMOVED, "out: the mean"),
            samples.bars(stacks[1], REMOVED, "out: along x̂", hatched=True),
            samples.amounts(stacks[2], RIGHT, "passes", ends),
        ]
        title = _parts_title(u.removed)
    data.append(samples.levels(u.dx_hat_N, ABOVE, "dx̂"))
    return samples.figure(title, data, m, "dx̂ = γ dy", _reach(stacks), barmode="relative")


def _reach(stacks: list[Any]) -> list[float]:
    """Return the ends of an axis that holds the stacks, upwards and downwards."""
    above, below = (f(stacks, 0).sum(0) for f in (np.maximum, np.minimum))
    return samples.reach(above, below)


def _parts_title(removed: float) -> str:
    if np.isnan(removed):
        return "Nothing comes from above"
    if removed > 1 - TINY:
        return "All of the gradient from above is taken out"
    if removed > NEARLY_ALL:
        return f"All but {short(1 - removed)} of the squared gradient is taken out"
    return f"Mean and part along x̂ make up {100 * removed:.1f}% of the squared gradient"


def line(trace: Trace[Any, Any]) -> Figure:
    """Draw dx_hat over x_hat with the straight line that batch norm takes out of it."""
    s, u = trace.settings, trace.found
    order = np.argsort(u.x_hat_N)
    x, y = u.x_hat_N[order], u.dx_hat_N[order]
    if s.constants or not s.training:
        taken, title = np.zeros_like(x), "No line is taken out: the gradient is the height itself"
    else:
        taken = u.mean_part + u.slope * x
        title = "A straight line is taken out; what is left of it passes"
    gap = np.full_like(x, np.nan)
    stem_x, stem_y = (np.stack(three, -1).ravel() for three in ((x, x, gap), (taken, y, gap)))
    role = WRONG if s.constants and s.training else RIGHT
    ends = samples.reach(y, taken)
    seen = not samples.unseen(y - taken, ends)
    if not seen and taken.any():
        title = "A straight line is taken out; next to nothing is left to pass"
    stroke = {"line": {"dash": "solid", "width": 3}, "showlegend": seen}
    data = [
        theme.line(stem_x, stem_y, role, name="passes", **stroke),
        theme.line(x, taken, REMOVED, name="the line"),
        theme.dots(x, y, ABOVE, name="dx̂ from above", marker={"size": 7}),
    ]
    return theme.figure(
        title,
        data,
        theme.axis("Normalized value x̂"),
        samples.zero_axis("dx̂ = γ dy", ends),
        **samples.key(),
    )


VIEW = View(
    name="parts",
    label="The three terms",
    measure=unit,
    needs=NEEDS,
    free=("upstream", "mode", "constants"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("arriving", arriving, "A bar for each sample of the batch."),
        Plot(
            "parts",
            parts,
            "For each sample of the batch the gradient from above, γ dy, as a stack of its parts.",
        ),
        Plot(
            "line",
            line,
            "A point for each sample: its normalized value and the gradient that comes from above; "
            "upright strokes are the distances to the line.",
        ),
    ),
    code=(bn.forward, bn.backward, with_constants),
    reading="""
**The three terms.** Over x̂ the two parts together are a straight line: the best fit through the
points, apart from a little that is due to ε. The upright strokes are what is left; divided by √(σ²
+ ε) they are dx.
""",
    claims=(
        Claim(
            "Batch norm takes two directions out of the gradient: its mean over the batch and, at "
            "ε = 0, its part along x̂. Else a share ε / (σ² + ε) of that part is left; the formula is "
            "exact for any ε.",
            "proved",
            "Ioffe & Szegedy 2015, section 3",
        ),
        Claim(
            "It does not normalize gradients. What is left is multiplied by γ / √(σ² + ε), and can be "
            "of any size.",
            "proved",
            "the same formula",
        ),
        Claim(
            "Of a random gradient the two directions are a share of 2/m of the squared length, on "
            "average: all of it in a batch of 2, 3% in a batch of 64.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
