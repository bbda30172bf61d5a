"""The view on a discriminator that sees batches of one kind."""

from typing import Any

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.placement.pure import ARMS, SHIFTS, measure, normalized
from bnviz.labs.rows import Group, table
from bnviz.labs.view import Plot, Trace, View

NAMES = ("no BN", "BN, mixed", "BN, pure")
ROLES = (theme.WITHOUT, theme.THIRD, theme.WITH)


def at_shift(trace: Trace[Any, Any]) -> Any:
    """Return the accuracy of each arm at the reader's shift, the mean of the repeats."""
    return trace.found.accuracy[:, SHIFTS.index(trace.settings.shift)].mean(axis=-1)


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how often the discriminator is right, with pure batches and with others."""
    none, mixed, pure = at_shift(trace)
    return (
        f"At a shift of {trace.settings.shift:g} the discriminator is right for "
        f"**{pure:.0%} with pure batches**, {mixed:.0%} with mixed ones and {none:.0%} "
        "without BN. 50% is guessing."
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return the accuracies at the reader's shift."""
    return [("accuracy of the discriminator", ARMS, at_shift(trace))]


def accuracy(trace: Trace[Any, Any]) -> Figure:
    """Draw the accuracy against the shift, and the best that is possible."""
    found = trace.found
    lines = [
        *zip(NAMES, found.accuracy, ROLES, strict=True),
        ("best possible", found.best, theme.REFERENCE),
    ]
    none, mixed, pure = at_shift(trace)
    title = f"Pure batches: {pure:.0%} right; mixed {mixed:.0%}, no BN {none:.0%}"
    return theme.figure(
        title,
        curves(SHIFTS, lines, over="four repeats", gap=0.055, high=1.02),
        theme.axis("Shift of the generated samples", "standard deviations"),
        theme.axis("Accuracy on new batches", tickformat=".0%", range=[0.4, 1.05]),
        shapes=[theme.guide(x=trace.settings.shift)],
        margin={"r": 104},
    )


VIEW = View(
    name="pure",
    label="Pure batches",
    measure=measure,
    needs=("seed",),
    free=("shift",),
    takeaway=takeaway,
    formula=lambda _: r"\hat x = \frac{(x + \delta) - (\mu_B + \delta)}{\sigma_B}",
    table=table(groups),
    plots=(
        Plot(
            "accuracy",
            accuracy,
            "Accuracy of a discriminator against the shift, for three ways to normalize.",
        ),
    ),
    code=(normalized,),
    reading="""
**Pure batches.** A linear discriminator sees 8 features of 64 real and 64 generated samples,
normalized together (mixed), each kind by itself (pure), or not at all. Only the means differ. It is
tested on new batches, in training mode. Bands show the least and the most of four repeats.
""",
    try_this="Move the shift from 0 to 2. Which line stays where it is?",
    claims=(
        Claim(
            "With BN and batches of one kind a linear discriminator guesses, however large the "
            "shift of the mean. With mixed batches it does as well as without BN.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "In generative adversarial networks, BN in the discriminator helped early ones and was "
            "left out of later ones.",
            "reported",
            source="Radford et al. 2016; Gulrajani et al. 2017 (both from memory)",
        ),
    ),
)
