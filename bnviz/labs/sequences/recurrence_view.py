"""The view on recurrence: what becomes of the gradient on its way back through time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import RNN
from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.rows import Group, table
from bnviz.labs.sequences.recurrence import FIRST, STRENGTHS, T, change, measure
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, latex, short

GOING_ON = "The recurrent networks are being run"
ROLES = (theme.WITH, theme.THIRD, theme.WITHOUT)


def geometric_mean(values: NDArray[Any], axis: int = -1) -> NDArray[Any]:
    """Return the mean of factors."""
    return np.asarray(np.exp(np.log(values).mean(axis=axis)))


def changes(trace: Trace[Any, Any], strength: float) -> list[float]:
    """Return the factor of the gradient of each arm, the geometric mean over starts."""
    found = change(trace.found)[:, STRENGTHS.index(strength)]
    return [float(value) for value in geometric_mean(found)]


def arm_names(trace: Trace[Any, Any]) -> tuple[str, ...]:
    """Return the names of the arms."""
    return f"BN, γ = {trace.settings.gamma_start:g}", "BN, γ = 1", "no BN"


def verdict(factor: float) -> str:
    """Return in a word what becomes of a gradient.

    Examples
    --------
    >>> verdict(1e-6), verdict(0.5), verdict(90.0)
    ('vanishes', 'stays', 'explodes')
    """
    return "vanishes" if factor < 0.1 else "explodes" if factor > 10 else "stays"


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return by what gradients are multiplied, at the reader's strength and at both ends."""
    if np.isnan(trace.found).any():
        return f"{GOING_ON}."
    strength = trace.settings.strength
    named = dict(zip(arm_names(trace), changes(trace, strength), strict=True))
    said = ", ".join(f"{short(factor)} ({name})" for name, factor in named.items())
    first, second = STRENGTHS[0], STRENGTHS[3]
    weak, full = changes(trace, first), changes(trace, second)
    own, begin = "", trace.settings.gamma_start
    if begin != 1:
        own = f"; with γ = {begin:g} it {verdict(weak[0])} at {first:g} and {verdict(full[0])} at "
        own += f"{second:g}"
    return (
        f"Input of strength {strength:g}: on its way back through {T - FIRST} steps "
        f"the gradient is multiplied by {said}. With γ = 1 it **{verdict(weak[1])}** at "
        f"strength {first:g} and **{verdict(full[1])}** at {second:g}{own}. Which start is "
        "better depends on the input: an open question."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the recurrence, with the reader's gamma and strength."""
    s = trace.settings
    return aligned(
        [
            rf"h_t &= \tanh\big({latex(s.strength)} \cdot \gamma\,\mathrm{{BN}}_t(W_x x_t)",
            r"&\quad + \gamma\,\mathrm{BN}_t(W_h h_{t-1}) + b\big)",
            rf"\gamma &= {latex(s.gamma_start)}\ \text{{at the start}}",
        ]
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return the factor of the gradient of every arm and strength."""
    return [
        (f"gradient is multiplied by, strength {k:g}", arm_names(trace), changes(trace, k))
        for k in STRENGTHS
    ]


def _lines(x: Any, found_AXS: Any, names: Sequence[str]) -> list[theme.Trace]:
    """Draw the arms that have run."""
    whole = [arm for arm in zip(names, found_AXS, ROLES, strict=True) if np.isfinite(arm[1]).all()]
    return curves(x, whole, over="three starts", gap=1.2, high=3.5, log=True, middle=geometric_mean)


def steps(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the gradient at the reader's strength, the last step at the left."""
    names, s = arm_names(trace), trace.settings
    found = trace.found[:, STRENGTHS.index(s.strength)].swapaxes(1, 2)[:, ::-1]
    title = GOING_ON
    if np.isfinite(trace.found).all():
        first, second, none = changes(trace, s.strength)
        own = f"{short(first)} (γ = {s.gamma_start:g}), " if s.gamma_start != 1 else ""
        title = (
            f"Strength {s.strength:g}: gradient × {own}{short(second)} (γ = 1), "
            f"{short(none)} (no BN)"
        )
    return theme.figure(
        title,
        _lines(np.arange(T), found, names),
        theme.axis("Steps back from the last"),
        theme.log_axis("Gradient / the last one", decades=4),
        shapes=[theme.guide(x=T - FIRST), theme.guide(y=1)],
        margin={"r": 92},
    )


def strengths(trace: Trace[Any, Any]) -> Figure:
    """Draw the factor over all steps against the strength of the input."""
    names, s = arm_names(trace), trace.settings
    found = change(trace.found)
    title = GOING_ON
    if np.isfinite(found).all():
        weak, strong = (changes(trace, k)[1] for k in (STRENGTHS[0], STRENGTHS[-1]))
        title = f"BN with γ = 1: gradient × {short(weak)} at weak input, {short(strong)} at strong"
    return theme.figure(
        title,
        _lines(STRENGTHS, found, names),
        theme.log_axis("Strength of the input", labels=STRENGTHS),
        theme.log_axis(f"Factor over {T - FIRST} steps", decades=4),
        shapes=[theme.guide(x=s.strength), theme.guide(y=1)],
        margin={"r": 92},
    )


VIEW = View(
    name="recurrence",
    label="Recurrence",
    deeper=True,
    measure=measure,
    needs=("gamma_start", "seed"),
    free=("strength", "gamma_start"),
    takeaway=takeaway,
    formula=formula,
    table=table(groups),
    plots=(
        Plot("steps", steps, "Norm of the gradient of each hidden state, beside that of the last."),
        Plot(
            "strengths",
            strengths,
            f"Factor of the gradient from step {T} back to step {FIRST}, against the strength.",
        ),
    ),
    code=(RNN,),
    reading="""
**Recurrence.** A tanh network of 32 units is given 50 random inputs; nothing is trained. BN
normalizes the term of the input and that of the past, each with the statistics of the step.
Strength 1 gives both the same γ; at 0.1 the input has a tenth of it.

Without BN the weights of the input are multiplied instead, and the network starts as PyTorch's
does. Lines are geometric means, bands the least and the most of three starts.
""",
    try_this="Set the strength to 0.1, then to 2. Which initial γ would you take?",
    claims=(
        Claim(
            "In a recurrence BN carries gradients with initial γ of 0.1 and makes them explode "
            "with 1 if the input is weak. If the input is as strong as the past, they vanish with both, and more with 0.1. The authors recommend 0.1; here it is an open question.",
            "contested",
            source="Cooijmans et al. 2016 (from notes), and measured here",
        ),
    ),
    notes=(
        Claim(
            "Where BN worked in recurrent networks it has statistics for each time step, and "
            "normalizes the terms of the input and of the past apart, not the cell.",
            "reported",
            source="Cooijmans et al. 2016 (from notes)",
        ),
    ),
)
