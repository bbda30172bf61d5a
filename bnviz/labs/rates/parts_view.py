"""The view on the parts of batch norm: centring alone, dividing alone, no gamma and beta."""

from functools import partial
from typing import Any

from bnviz.core.network.norms import normalize
from bnviz.labs.claim import Claim
from bnviz.labs.rates.grid import measure_parts
from bnviz.labs.rates.grid_view import MAP, loss_map, rows
from bnviz.labs.rates.groups import BN, FIXED, MEAN_ONLY, NONE, NORMS, STD_ONLY, losses, weights_of
from bnviz.labs.rates.words import HEADINGS, TRAINING
from bnviz.labs.table import table
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many cells train with each part."""
    found = trace.found
    if not found.complete(*NORMS):
        return TRAINING
    n = found.n_trained
    return (
        f"Cells that train: {n[NONE]} without norm, **{n[MEAN_ONLY]}** with centring alone, "
        f"**{n[STD_ONLY]}** with dividing alone, **{n[BN]}** with both (BN), {n[FIXED]} with both "
        "and γ, β fixed at 1 and 0."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what each part computes, and how many cells train with it."""
    n = trace.found.n_trained
    std = r"\sqrt{\sigma^2 + \epsilon}"
    return aligned(
        [
            rf"\text{{{n[MEAN_ONLY]} cells:}}\ y &= \gamma\,(x - \mu) + \beta",
            rf"\text{{{n[STD_ONLY]} cells:}}\ y &= \gamma\,\frac{{x}}{{{std}}} + \beta",
            rf"\text{{{n[BN]} cells:}}\ y &= \gamma\,\frac{{x - \mu}}{{{std}}} + \beta",
            rf"\text{{{n[FIXED]} cells:}}\ y &= \frac{{x - \mu}}{{{std}}}",
        ]
    )


VIEW = View(
    name="parts",
    label="The parts of BN",
    measure=measure_parts,
    needs=("depth", "n_steps", "activation", "seed"),
    free=("depth",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=tuple(
        Plot(norm, partial(loss_map, norm=norm), MAP) for norm in (MEAN_ONLY, STD_ONLY, BN, FIXED)
    ),
    code=(weights_of, normalize, losses),
    reading="""
**The parts of BN.** *Only centring* subtracts the mean of the batch and does not divide. *Only
dividing* divides by the deviation and does not subtract. Both learn γ and β, as BN does. In the
last map γ stays 1 and β stays 0.
""",
    claims=(
        Claim(
            "Five ReLU layers, 80 steps: dividing alone trains at least three times as many cells as "
            "neither, centring alone a few more, and both together the most: they gain at the rates "
            "1 and 3.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "With sigmoids dividing alone trains one cell at most.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "γ and β are not what opens the map: fixed at 1 and 0, the same network trains in as many "
            "cells or more, even at a rate of 10.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "γ evens out, or tells, how important a unit is.",
            "contested",
            "often said; nothing in BN makes the γ of two units equal, and all γ = 1 trains as well",
        ),
    ),
)
