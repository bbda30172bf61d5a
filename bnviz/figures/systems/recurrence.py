"""Figures on recurrence: the gradient on its way back, and against the strength of the input."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.systems import Trace, recurrence, sentences
from bnviz.labs.systems.recurrence import FIRST, STRENGTHS, T
from bnviz.numerals import short

ROLES = (theme.WITH, theme.THIRD, theme.WITHOUT)


def charts(trace: Trace) -> list[Chart]:
    """Draw the gradient over the steps, and its change over all strengths."""
    over, against = steps(trace), strengths(trace)
    what = "Norm of the gradient of each hidden state, beside that of the last."
    also = f"Factor of the gradient from step {T} back to step {FIRST}, against the strength."
    return [
        Chart("steps", over, alt_text(over, what)),
        Chart("strengths", against, alt_text(against, also)),
    ]


def _lines(x: Any, found_AXS: Any, names: tuple[str, ...]) -> list[theme.Trace]:
    """Draw the geometric means of the arms that have run, and bands over starts."""
    whole = [a for a in range(len(names)) if np.isfinite(found_AXS[a]).all()]
    data: list[theme.Trace] = []
    for a in whole:
        low, high = found_AXS[a].min(axis=-1), found_AXS[a].max(axis=-1)
        data += theme.band(x, low, high, ROLES[a], name=names[a])
    for a in whole:
        mean = np.exp(np.log(found_AXS[a]).mean(axis=-1))
        data.append(theme.line(x, mean, ROLES[a], name=names[a]))
    ends = [
        (names[a], float(x[-1]), float(np.exp(np.log(found_AXS[a][-1]).mean())), ROLES[a])
        for a in whole
    ]
    return data + at_ends(ends, gap=1.2, high=3.5, log=True)


def steps(trace: Trace) -> Figure:
    """Draw the norm of the gradient at the reader's strength, the last step at the left."""
    names, s = sentences.arm_names(trace), trace.settings
    found = trace.recurrence[:, STRENGTHS.index(s.strength)].swapaxes(1, 2)[:, ::-1]
    title = "The recurrent networks are being run"
    if np.isfinite(trace.recurrence).all():
        first, second, none = sentences.changes(trace, s.strength)
        title = (
            f"Strength {s.strength:g}: gradient × {short(first)} (γ = {s.gamma_start:g}), "
            f"{short(second)} (γ = 1), {short(none)} (no BN)"
        )
    return {
        "data": _lines(np.arange(T), found, names),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Steps back from the last"),
            "yaxis": theme.log_axis("Gradient / the last one", decades=4),
            "shapes": [theme.guide(x=T - FIRST), theme.guide(y=1)],
            "margin": {"r": 92},
        },
    }


def strengths(trace: Trace) -> Figure:
    """Draw the factor over all steps against the strength of the input."""
    names, s = sentences.arm_names(trace), trace.settings
    found = recurrence.change(trace.recurrence)
    title = "The recurrent networks are being run"
    if np.isfinite(found).all():
        weak, strong = (sentences.changes(trace, k)[1] for k in (STRENGTHS[0], STRENGTHS[-1]))
        title = f"BN with γ = 1: gradient × {short(weak)} at weak input, {short(strong)} at strong"
    return {
        "data": _lines(STRENGTHS, found, names),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis("Strength of the input", labels=STRENGTHS),
            "yaxis": theme.log_axis(f"Factor over {T - FIRST} steps", decades=4),
            "shapes": [theme.guide(x=s.strength), theme.guide(y=1)],
            "margin": {"r": 92},
        },
    }
