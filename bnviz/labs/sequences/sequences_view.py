"""The view on sequences: batch variances that fluctuate, and padding."""

from dataclasses import replace
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.curves import curves
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.claim import Claim
from bnviz.labs.rows import Group, table
from bnviz.labs.sequences.padding import FINE, MEAN, METHODS, SHARES, STD, normalized, shifted
from bnviz.labs.sequences.sequences import measure
from bnviz.labs.sequences.tokens import SCALES, SPREADS, batches
from bnviz.labs.table import clean_all
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, clean, latex, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how batch variances fluctuate, and where padding moves the valid tokens."""
    s = trace.settings
    of_token, of_sequence = variations(trace)
    (mean, std), *others = moved(trace)
    repaired = float(np.abs(np.array(others) - [0, 1]).max())
    varies = unmoved(trace)
    token = "is the same in all batches" if varies < 1e-9 else f"varies by {short(varies)}"
    return (
        f"The variance of a batch varies by **{short(of_sequence)}** times its mean if each "
        f"sequence has a scale of its own (spread {s.spread:g}), by {short(of_token)} if each "
        f"token has; what layer norm divides a token by {token}. "
        f"{s.padding:.0%} padding moves valid tokens to **mean {zero(mean):.2f}, deviation "
        f"{std:.2f}**; without padding in the statistics they keep 0 and 1 to within "
        f"{short(repaired)}."
    )


def variations(trace: Trace[Any, Any]) -> tuple[float, float]:
    """Return the variation of a batch variance at the reader's spread, by what has its own scale."""
    of_token, of_sequence = trace.found.tokens.batch[:, SPREADS.index(trace.settings.spread)]
    return float(of_token.mean()), float(of_sequence.mean())


def unmoved(trace: Trace[Any, Any]) -> float:
    """Return the variation of the variance of one token over batches, for layer norm."""
    return float(trace.found.tokens.token.max())


def moved(trace: Trace[Any, Any]) -> Any:
    """Return mean and deviation of the valid tokens at the reader's padding, (methods, 2)."""
    return trace.found.padding.measured[:, :, SHARES.index(trace.settings.padding)]


def zero(value: float) -> float:
    """Round what is 0 but for rounding and sampling, as a mean without padding."""
    return 0.0 if abs(value) < 0.005 else float(value)


def formula(trace: Trace[Any, Any]) -> str:
    """Return where padding moves the mean, with the reader's share."""
    p = trace.settings.padding
    mean, std = shifted(p, MEAN, STD)
    root = r"\sqrt{(1-p)\,\sigma^2 + p(1-p)\,\mu^2}"
    return aligned(
        [
            rf"\text{{mean}} &= \frac{{p\,\mu}}{{{root}}} = {float(mean):.2f}",
            rf"\text{{deviation}} &= \frac{{\sigma}}{{{root}}} = {float(std):.2f}",
            rf"p &= {latex(p)}, \quad \mu = \sigma = 1",
        ]
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return the variations of variances, and where valid tokens are."""
    expected = trace.found.tokens.expected[:, SPREADS.index(trace.settings.spread)]
    layer = ["layer norm, one token in all batches"]
    return [
        ("variation of a batch variance, own scale", SCALES, variations(trace)),
        ("the same, infinitely many batches", SCALES, expected),
        ("variation of a token's variance", layer, [clean(unmoved(trace))]),
        ("mean of valid tokens", METHODS, clean_all(moved(trace)[:, 0])),
        ("deviation of valid tokens", METHODS, moved(trace)[:, 1]),
    ]


def variation(trace: Trace[Any, Any]) -> Figure:
    """Draw the coefficient of variation of the variance, for batch norm and for layer norm."""
    found = trace.found.tokens
    lines = (
        ("formula", found.expected[1], theme.REFERENCE),
        ("by sequence", found.batch[1], theme.WITH),
        ("by token", found.batch[0], replace(theme.WITH, dash="dot")),
        ("layer norm", found.token, theme.THIRD),
    )
    data = [theme.line(SPREADS, found.expected[0], theme.REFERENCE, name="formula")]
    data += curves(SPREADS, lines, over="three draws", gap=0.2, high=2.95)
    of_token, of_sequence = variations(trace)
    title = (
        f"Variation {short(of_sequence)} if each sequence has its own scale, {short(of_token)} if "
        "each token has"
    )
    return theme.figure(
        title,
        data,
        theme.axis("Spread of the scales", "of the logarithm"),
        theme.axis("Standard deviation / mean", range=[-0.1, 3.0]),
        shapes=[theme.guide(x=trace.settings.spread)],
        margin={"r": 92},
    )


def padding(trace: Trace[Any, Any]) -> Figure:
    """Draw where the valid tokens end up: measured as dots, the formula as lines."""
    found = trace.found.padding
    ways = (
        ("BN, all positions", theme.WITH, "circle", 11),
        ("BN, valid tokens only", theme.FOURTH, "square", 11),
        ("layer norm", theme.THIRD, "diamond", 6),
    )
    data: list[theme.Trace] = [
        theme.line(FINE, expected, theme.REFERENCE, name=f"{what}, formula")
        for what, expected in zip(("mean", "deviation"), found.expected, strict=True)
    ]
    for (name, role, symbol, size), both in zip(ways, found.measured, strict=True):
        for what, each in zip(("mean", "deviation"), both, strict=True):
            marker = {"symbol": symbol, "size": size}
            data.append(theme.dots(SHARES, each, role, name=f"{name}: {what}", marker=marker))
    mean, std = found.measured[0, :, -1]
    beside = SHARES[-1] + 0.02
    ends = (
        ("deviation, BN", float(std), theme.WITH),
        ("mean, BN", float(mean), theme.WITH),
        ("valid only: dev.", 1.0, theme.FOURTH),
        ("layer norm: same", 0.15, theme.THIRD),
        ("valid only: mean", 0.0, theme.FOURTH),
    )
    data += at_ends([(name, beside, y, role) for name, y, role in ends], gap=0.14, high=1.7)
    mean, std = moved(trace)[0]
    title = (
        f"{trace.settings.padding:.0%} padding: valid tokens at mean "
        f"{zero(mean):.2f}, deviation {std:.2f}"
    )
    return theme.figure(
        title,
        data,
        theme.axis(
            "Positions that are padding", tickformat=".0%", tickvals=SHARES, range=[-0.03, 0.78]
        ),
        theme.axis("Valid tokens, normalized", range=[-0.15, 1.7]),
        shapes=[theme.guide(x=trace.settings.padding)],
        margin={"r": 122},
    )


VIEW = View(
    name="sequences",
    label="Sequences",
    measure=measure,
    needs=("seed",),
    free=("spread", "padding"),
    takeaway=takeaway,
    formula=formula,
    table=table(groups),
    plots=(
        Plot(
            "variation",
            variation,
            "Variation of a batch variance against the spread of the scales of tokens or "
            "sequences.",
        ),
        Plot(
            "padding",
            padding,
            "Mean and deviation of valid tokens against the share of padding, three ways.",
        ),
    ),
    code=(batches, normalized),
    reading="""
**Sequences.** First chart: tokens or whole sequences have a random scale, whose logarithm has the
spread; at 0 all are alike. Second chart: valid tokens have mean 1 and deviation 1 before; padding
is 0. Dots are measured. Grey lines are the formulas.

First chart: batches of 8 sequences of 10 tokens; lines are means of three draws of 200 batches. The
formula is for infinitely many: the tails are so heavy that 200 batches seldom show the largest
values. Second chart: 32 sequences of up to 20 tokens.
""",
    try_this="Set the padding to 75%, then to 0. Which of the three ways notices it? "
    "And at which spread do tokens and sequences differ most?",
    claims=(
        Claim(
            "Zero padding of half of all positions moves the valid tokens to a mean of 0.58 and a "
            "deviation of 1.15. Statistics of valid tokens only keep them at 0 and 1, and so does "
            "layer norm.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "The variance of a batch of 8 sequences varies by 0.16 times its mean where all tokens "
            "have one scale, and by more than its mean where each sequence has its own, at a "
            "spread of 1. Heavy tails of single tokens do much of that alone.",
            "measured here",
            held="10 of 10",
        ),
    ),
    notes=(
        Claim(
            "Transformers use layer norm, later RMS norm. Batch statistics of text fluctuate "
            "strongly, which costs BN its accuracy there.",
            "reported",
            source="Shen et al. 2020, abstract",
        ),
        Claim(
            "Gains of BN in language tasks are reported both ways.",
            "contested",
            source="Cooijmans et al. 2016 (abstract) and Conneau et al. 2017 for it; against it Laurent "
            "et al. 2015 and Shen et al. 2020 (abstracts)",
        ),
    ),
)
