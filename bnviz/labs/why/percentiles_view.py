"""The view on one unit over training: its input, and how far that drifts."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.with_without import ROOM
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.band_view import NAMES, ROLES, lines
from bnviz.labs.why.percentiles import (
    EARLY,
    N_STARTS,
    N_STEPS,
    PERCENTILES,
    drift_so_far,
    measure,
    networks,
)
from bnviz.labs.why.snapshots import NORMS
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, short, to_latex

STEADY = 0.02
"""Below it a drift is called small: with BN unit means drift by as much at a rate of 1."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far unit means drift, and how well the networks classify meanwhile."""
    found = trace.found
    none, bn = found.drifts
    where = f"At learning rate {number_text(found.lr)} unit means drift by"
    least, most = found.right(N_STEPS)
    if not found.learns:
        steady = none < STEADY
        return (
            f"{where} {'only ' if steady else ''}**{short(none)}** without norm and "
            f"**{short(bn)}** with BN. "
            f"{'Steady means alone do not make a network learn: a' if steady else 'A'}fter "
            f"{N_STEPS} steps no norm classifies {least:.0%} of the digits correctly, BN {most:.0%}."
        )
    early = found.right(EARLY)
    return (
        f"{where} **{short(none)}** without norm and **{short(bn)}** with BN. BN classifies "
        f"{early[1]:.0%} of the digits correctly after {EARLY} steps, no norm {early[0]:.0%}; after "
        f"{N_STEPS} it is {most:.0%} and {least:.0%}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what drifts, and why batch norm holds it."""
    found = trace.found
    none, bn = (to_latex(f"{drift:.2g}") for drift in found.drifts)
    return aligned(
        [
            r"m_c &= \frac{1}{N} \sum_n y_{nc}",
            r"\text{drift} &= \frac{1}{C} \sum_c \mathrm{std}_t\,(m_c)",
            rf"\text{{without norm}} &: {none} \qquad (\eta = {latex(found.lr)})",
            rf"\text{{with BN}} &: {bn}, \quad \text{{where}}",
            r"m_c &= \frac{1}{N} \sum_n (\gamma_c \hat x_{nc} + \beta_c) = \beta_c",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield percentiles, drifts and accuracies."""
    found = trace.found
    for j, norm in enumerate(NORMS):
        name = NAMES[norm]
        for r in range(N_STARTS):
            drift = float(found.whole_drift[j, r])
            yield f"sigmoid: drift over all steps, start {r + 1}", name, float(N_STEPS), drift
        for t, step in enumerate(found.steps.tolist()):
            for p, value in zip(PERCENTILES, found.percentiles[j, t].tolist(), strict=True):
                yield f"sigmoid: percentile {p} at step", name, float(step), value
            for r in range(N_STARTS):
                value = float(found.accuracy[j, t, r])
                yield f"sigmoid: share right at step, start {r + 1}", name, float(step), value


PLACES = ("15th", "median", "85th")


def unit(trace: Trace[Any, Any], norm: str, who: str) -> Figure:
    """Draw the percentiles of the unit in one of the networks, on the same axis for both."""
    found, j, role = trace.found, NORMS.index(norm), ROLES[norm]
    rows = found.percentiles[j].T
    low, high = float(found.percentiles.min()), float(found.percentiles.max())
    room = 0.08 * (high - low)
    data = theme.band(found.steps, rows[0], rows[2], role, name="15th to 85th percentile")
    for k, style in ((0, {"width": 1}), (2, {"width": 1}), (1, {})):
        data.append(theme.line(found.steps, rows[k], role, name=PLACES[k], line=style))
    ends = [(PLACES[k], float(N_STEPS), float(rows[k, -1]), role) for k in range(3)]
    data += at_ends(ends, gap=1.7 * room, high=high + room)
    first, last = found.spread[j, 0], found.spread[j, -1]
    title = (
        f"{who} the median of a unit moves by {short(found.moved[j])}; its spread goes from "
        f"{short(first)} to {short(last)}"
    )
    return theme.figure(
        title,
        data,
        theme.axis("Step", range=[0, N_STEPS]),
        theme.axis("Input of the unit", range=[low - room, high + room]),
        margin=ROOM,
    )


def drift(trace: Trace[Any, Any]) -> Figure:
    """Draw how far unit means have moved so far."""
    found = trace.found
    none, bn = found.drifts
    title = f"Over all steps unit means drift by {short(none)} without norm, {short(bn)} with BN"
    most = 1.1 * max(float(found.drift.max()), 0.02)
    axis = theme.axis("Drift of unit means so far", range=[-0.04 * most, most])
    return _both(trace, title, found.drift, axis, most)


def accuracy(trace: Trace[Any, Any]) -> Figure:
    """Draw the share of held-out images that are classified rightly."""
    found = trace.found
    none, bn = found.right(EARLY)
    title = (
        f"After {EARLY} steps BN classifies {bn:.0%} of unseen digits correctly, no norm {none:.0%}"
    )
    axis = theme.axis("Unseen digits right", "%", range=[0, 104])
    return _both(trace, title, 100 * found.accuracy, axis, 104.0)


def _both(
    trace: Trace[Any, Any], title: str, values_JTR: np.ndarray, yaxis: dict[str, Any], most: float
) -> Figure:
    """Draw the median of the starts over the steps, and the band of all of them."""
    data = curves(
        trace.found.steps,
        lines(values_JTR),
        over=f"{N_STARTS} starts",
        gap=0.09 * most,
        high=most,
        middle=np.median,
    )
    return theme.figure(title, data, theme.axis("Step", range=[0, N_STEPS]), yaxis, margin=ROOM)


VIEW = View(
    name="percentiles",
    label="Percentiles of a unit",
    measure=measure,
    needs=("sigmoid_lr", "seed"),
    free=("sigmoid_lr",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot(
            "without",
            partial(unit, norm="none", who="Without BN"),
            "Three percentiles over the steps, without batch norm.",
        ),
        Plot(
            "with",
            partial(unit, norm="bn", who="With BN"),
            "The same with batch norm, on the same axes.",
        ),
        Plot("drift", drift, "Drift of all unit means over the steps, three starts."),
        Plot("accuracy", accuracy, "Share of digits right over the steps, three starts."),
    ),
    code=(networks, measure, drift_so_far),
    reading="""
**Percentiles of a unit.** The upper pictures show one unit of the last hidden layer: its input
before the sigmoid, for 240 unseen digits. 15, 50 and 85% of these values lie below the lines. The
lower pictures are of all units and of three starts, median and range.

*Drift*: the standard deviation of the mean of a unit over the steps so far, mean over the units.
As figure 1 of the first paper: three hidden layers of 50 sigmoid units, small first weights. The
unit is the middle one: half of the others drift less without BN. The digits come in batches of 60,
each normalized with its own statistics. So with BN the mean of a unit is its β, by construction,
and drifts only as β does; the figure cannot tell whether that is what helps.
""",
    try_this="Set the rate of the sigmoids to 0.1. Which of the two units is steadier "
    "now, and which network learns?",
    claims=(
        Claim(
            "As in figure 1 of the first paper: in a small sigmoid network at learning rate 1, unit "
            "means drift by 0.3 to 0.5 without BN and by less than 0.04 with it. BN classifies more "
            "than 80% of the digits correctly after 50 steps, when the network without norm still "
            "guesses.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Steady is not enough: at a rate of 0.1 the unit means of the network without BN drift "
            "less than those of BN at a rate of 1, and it does not learn in 300 steps.",
            "measured here",
            held="20 of 20",
        ),
        Claim(
            "Behind BN the mean of a unit over the batch is its β, and its deviation |γ| (for ε → 0), "
            "whatever the layers below do. The shape of the distribution is free.",
            "proved",
            "Σx̂ = 0 and Σx̂² = N",
        ),
        Claim(
            "With BN too the distributions do not stay the same: at a rate of 1 the spread of the unit "
            "on show grows by 40% or more in 300 steps.",
            "measured here",
            held="20 of 20",
        ),
    ),
)
