"""Figures of the lab on real systems: the charts of each view."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.systems import affine, block, recurrence, repair, sequences
from bnviz.labs.systems import Trace, placement, pure
from bnviz.labs.systems.findings import at

__all__ = ["charts"]

VIEWS = {
    "sequences": sequences.charts,
    "recurrence": recurrence.charts,
    "affine": affine.charts,
}
"""Views with a module of their own."""


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view: ``"cost"``, ``"repair"``, ``"pure"`` or ``"placement"``."""
    if view in VIEWS:
        return VIEWS[view](trace)
    if view == "cost":
        times, gradients = block.times(trace), block.gradients(trace)
        what = "Largest gradients of the weights and of the bias, in two types of numbers."
        return [
            Chart("times", times, alt_text(times, "Time of a call of four layers.")),
            Chart("gradients", gradients, alt_text(gradients, what)),
        ]
    if view == "pure":
        accuracy = _pure(trace)
        what = "Accuracy of a discriminator against the shift, for three ways to normalize."
        return [Chart("accuracy", accuracy, alt_text(accuracy, what))]
    if view == "placement":
        what = "Accuracy against the learning rate, with BN before and after the activation."
        drawn = [_placement(trace, a) for a in range(len(placement.NAMES))]
        return [
            Chart(name, figure, alt_text(figure, what))
            for name, figure in zip(placement.ACTIVATIONS, drawn, strict=True)
        ]
    parity, alone = repair.parity(trace), repair.alone(trace)
    return [
        Chart("parity", parity, alt_text(parity, "A table of differences after each repair.")),
        Chart("alone", alone, alt_text(alone, "Largest difference with one fault only.")),
    ]


def _pure(trace: Trace) -> Figure:
    found = trace.pure
    roles = (theme.WITHOUT, theme.THIRD, theme.WITH)
    data: list[theme.Trace] = []
    for name, role, each in zip(pure.ARMS, roles, found.accuracy, strict=True):
        low, high = each.min(axis=1), each.max(axis=1)
        data += theme.band(pure.SHIFTS, low, high, role, name=name)
    for name, role, each in zip(pure.ARMS, roles, found.accuracy, strict=True):
        data.append(theme.line(pure.SHIFTS, each.mean(axis=1), role, name=name))
    data.append(theme.line(pure.SHIFTS, found.best, theme.REFERENCE, name="best possible"))
    ends = [
        (name, 2.0, float(each[-1].mean()), role)
        for name, role, each in zip(("no BN", "BN, mixed", "BN, pure"), roles, found.accuracy,
                                    strict=True)
    ]  # fmt: skip
    ends.append(("best possible", 2.0, float(found.best[-1]), theme.REFERENCE))
    data += at_ends(ends, gap=0.055, high=1.02)
    means = found.accuracy[:, at(trace)].mean(axis=-1)
    title = f"Pure batches: {means[2]:.0%} right; mixed {means[1]:.0%}, no BN {means[0]:.0%}"
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Shift of the generated samples", "standard deviations"),
            "yaxis": theme.axis("Accuracy on new batches", tickformat=".0%", range=[0.4, 1.05]),
            "shapes": [theme.guide(x=trace.settings.shift)],
            "margin": {"r": 104},
        },
    }


def _placement(trace: Trace, a: int) -> Figure:
    found = trace.placement[a]
    roles = (theme.WITH, theme.THIRD)
    data: list[theme.Trace] = []
    arms = [
        arm
        for arm in zip(placement.PLACEMENTS, roles, found, strict=True)
        if np.isfinite(arm[2]).all()
    ]
    for place, role, each in arms:
        low, high = each.min(axis=1), each.max(axis=1)
        data += theme.band(placement.RATES, low, high, role, name=f"BN {place}")
    for place, role, each in arms:
        mean = each.mean(axis=1)
        data.append(theme.line(placement.RATES, mean, role, name=f"BN {place}"))
    ends = [
        (place, placement.RATES[-1], float(each[-1].mean()), role) for place, role, each in arms
    ]
    data += at_ends(ends, gap=0.03, high=1.0)
    title = f"{placement.NAMES[a]}: networks are being trained"
    if len(arms) == len(placement.PLACEMENTS):
        first = found[:, 0].mean(axis=-1)
        title = (
            f"{placement.NAMES[a]}, rate {placement.RATES[0]:g}: {first[0]:.0%} before, "
            f"{first[1]:.0%} after"
        )
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis("Learning rate", labels=placement.RATES),
            "yaxis": theme.axis("Accuracy on new digits", tickformat=".0%", range=[0.5, 1.02]),
            "margin": {"r": 56},
        },
    }
