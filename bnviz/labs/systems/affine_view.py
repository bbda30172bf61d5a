"""The view on gamma and beta that learn alone, in networks of random weights."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.rows import Group, table
from bnviz.labs.systems.affine import measure
from bnviz.labs.systems.sweep import WIDTHS
from bnviz.labs.systems.training import ARMS, DEPTH, advance, learning, n_learned, near_zero
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, grouped

ROLES = (theme.FOURTH, theme.WITH, theme.THIRD, theme.REFERENCE)
BIN, MOST = 0.25, 4.0
"""Width of a bar of the histogram, and where its axis ends."""


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what gamma and beta reach alone, live and recorded, and how many gammas are near 0."""
    learned = trace.found.learned
    s, wide = trace.settings, trace.found.accuracy[-1].mean(axis=-1)
    n = n_learned(s.width)
    recorded = f"Recorded at width {WIDTHS[-1]}: {wide[1]:.0%}, {wide[0]:.0%} and {wide[3]:.0%}."
    if learned is None:
        return f"The networks of width {s.width} are being trained. {recorded}"
    output, only, _, all_ = learned.accuracy
    near = near_zero(learned.gamma)
    return (
        f"Width {s.width}, random hidden weights: γ and β alone, {n[1]} numbers, "
        f"classify **{only:.0%}** of unseen digits correctly; the output layer alone, {n[0]} numbers, {output:.0%}; "
        f"all {grouped(n[3])}, {all_:.0%}. {recorded} Within 0.1 of 0 end {near[1]:.0%} of the γs if γ and β "
        f"learn alone, {near[3]:.0%} if all learns."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what learns, and count it."""
    width = trace.settings.width
    return aligned(
        [
            r"h &= \mathrm{ReLU}(\gamma \odot \mathrm{BN}(W h_{\mathrm{below}}) + \beta)",
            rf"2 \cdot {DEPTH} \cdot {width} &= {n_learned(width)[1]}\ "
            r"\text{numbers learn}",
        ]
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return accuracies and shares of small gammas, the reader's and the recorded ones."""
    found: list[Group] = []
    if trace.found.learned is not None:
        learned, width = trace.found.learned, trace.settings.width
        found.append((f"accuracy, width {width}", ARMS, learned.accuracy))
        found.append((f"share of γ near 0, width {width}", ARMS, near_zero(learned.gamma)))
    known = trace.found
    for k, wide in enumerate(WIDTHS):
        accuracy, near = known.accuracy[k].mean(-1), known.near_zero[k].mean(-1)
        found.append((f"accuracy, width {wide}, recorded", ARMS, accuracy))
        found.append((f"share of γ near 0, width {wide}, recorded", ARMS, near))
    return found


def widths(trace: Trace[Any, Any]) -> Figure:
    """Draw the recorded accuracies as lines and bands, and the live ones as dots."""
    found, width = trace.found.accuracy, trace.settings.width
    lines = list(zip(ARMS, found.swapaxes(0, 1), ROLES, strict=True))
    data = curves(WIDTHS, lines, over="five starts", gap=0.055, high=1.03)
    if trace.found.learned is not None:
        live = zip(ARMS, trace.found.learned.accuracy, ROLES, strict=True)
        for name, accuracy, role in live:
            dot = {"size": 10}
            data.append(theme.dots([width], [accuracy], role, name=f"{name}, live", marker=dot))
    first, last = found[1, 1].mean(), found[-1, 1].mean()
    title = f"γ, β alone, recorded: {first:.0%} at width {WIDTHS[1]}, {last:.0%} at {WIDTHS[-1]}"
    return theme.figure(
        title,
        data,
        theme.log_axis("Width of the hidden layers", labels=WIDTHS),
        theme.axis("Accuracy on new digits", tickformat=".0%", range=[0.38, 1.05]),
        shapes=[theme.guide(x=width)],
        margin={"r": 124},
    )


def gammas(trace: Trace[Any, Any]) -> Figure:
    """Draw the shares of gamma by value; beyond the ends they are in the outer bars."""
    learned, width = trace.found.learned, trace.settings.width
    edges = np.arange(-MOST - BIN / 2, MOST + BIN, BIN)
    data: list[theme.Trace] = []
    highest = 0.5
    title = f"The networks of width {width} are being trained"
    if learned is not None:
        for a, name in ((1, "γ and β alone"), (3, "all")):
            count, _ = np.histogram(np.clip(learned.gamma[a], -MOST, MOST), edges)
            share, x = count / count.sum(), (edges[:-1] + edges[1:]) / 2
            stairs, highest = {"shape": "hvh"}, max(highest, float(share.max()))
            data.append(theme.line(x, share, ROLES[a], name=ARMS[a], line=stairs))
            # Above the highest bar, or beside it where that of the other network is in the way.
            place = int(share.argmax()) if name == "all" else int(np.argmin(np.abs(x - 2)))
            height = float(share[place:].max())
            label = theme.end_label([x[place]], [height], name, ROLES[a], position="above")
            data.append(label)
        near = near_zero(learned.gamma)
        title = f"Within 0.1 of 0: {near[1]:.0%} of γ learned alone, {near[3]:.0%} with all"
    return theme.figure(
        title,
        data,
        theme.axis(
            "γ",
            range=[-MOST - BIN, MOST + BIN],
            tickvals=[-4, -2, 0, 2, 4],
            ticktext=["≤ −4", "−2", "0", "2", "≥ 4"],
        ),
        theme.axis("Share of γ", tickformat=".0%", range=[0, 1.15 * highest]),
        shapes=[theme.guide(x=0), theme.guide(x=1)],
    )


VIEW = View(
    name="affine",
    label="γ and β",
    deeper=True,
    measure=measure,
    needs=("width", "seed"),
    free=("width",),
    takeaway=takeaway,
    formula=formula,
    table=table(groups),
    plots=(
        Plot(
            "widths",
            widths,
            "Accuracy by width, for four choices of what learns: recorded, and the reader's own.",
        ),
        Plot(
            "gammas",
            gammas,
            "Histograms of gamma, learned alone with beta, and together with all weights.",
        ),
    ),
    code=(learning, advance),
    reading="""
**γ and β.** Lines and bands are recorded, the mean, least and most of five starts; dots are trained
now. Second chart: the γs of all layers of the live networks; they start at 1, and a γ is near 0
within 0.1.

Two hidden layers learn the digits, 600 steps of 32. What does not learn stays as it was drawn.
""",
    try_this="Set the width to 100: do γ and β gain more than the output layer?",
    claims=(
        Claim(
            "With random weights γ and β alone classify 64 to 76% of the digits correctly at width 50 and "
            "88% or more at 400. The output layer alone does better at each width, with more than twice the "
            "numbers.",
            "measured here",
            held="9 of 10",
        ),
        Claim(
            "γ tells how important a feature is: nothing makes the γs equal, and a third of them "
            "near 0 was reported for large networks. At most 1 in 8 of those that learn alone is "
            "within 0.1 of 0 here.",
            "contested",
            source="Frankle, Schwab & Morcos 2021, and measured here",
        ),
    ),
    notes=(
        Claim(
            "In deep residual networks γ and β alone reach high accuracy on random features; "
            "about a third of the features are switched off.",
            "reported",
            source="Frankle, Schwab & Morcos 2021, abstract",
        ),
    ),
    credit=lambda trace: f"Lines and bands: {trace.found.credit}. Dots: trained now.",
)
