"""Figures on sequences: batch variances that fluctuate, and what padding does."""

from typing import Any

from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.labs.systems import Trace, sentences
from bnviz.labs.systems.padding import FINE, SHARES
from bnviz.labs.systems.tokens import SPREADS
from bnviz.numerals import short


def charts(trace: Trace) -> list[Chart]:
    """Draw how batch variances vary, and mean and deviation of valid tokens against padding."""
    varied, moved = variation(trace), padding(trace)
    what = "Variation of a batch variance against the spread of the scales of tokens or sequences."
    also = "Mean and deviation of valid tokens against the share of padding, three ways."
    return [
        Chart("variation", varied, alt_text(varied, what)),
        Chart("padding", moved, alt_text(moved, also)),
    ]


def variation(trace: Trace) -> Figure:
    """Draw the coefficient of variation of the variance, for batch norm and for layer norm."""
    found = trace.tokens
    dotted = {"dash": "dot"}
    lines: tuple[tuple[str, str, Any, theme.Role, dict[str, Any]], ...] = (
        ("own scale: each sequence", "by sequence", found.batch[1], theme.WITH, {}),
        ("own scale: each token", "by token", found.batch[0], theme.WITH, {"line": dotted}),
        ("layer norm, one token", "layer norm", found.token, theme.THIRD, {}),
    )
    data: list[theme.Trace] = []
    for name, _, each, role, _ in lines:
        data += theme.band(SPREADS, each.min(axis=1), each.max(axis=1), role, name=name)
    for expected in found.expected:
        data.append(theme.line(SPREADS, expected, theme.REFERENCE, name="infinitely many batches"))
    for name, _, each, role, more in lines:
        data.append(theme.line(SPREADS, each.mean(axis=1), role, name=name, **more))
    ends = [(label, SPREADS[-1], float(each[-1].mean()), role) for _, label, each, role, _ in lines]
    ends.append(("formula", SPREADS[-1], float(found.expected[1, -1]), theme.REFERENCE))
    of_token, of_sequence = sentences.variations(trace)
    title = (
        f"Variation {short(of_sequence)} if each sequence has its own scale, {short(of_token)} if "
        "each token has"
    )
    return {
        "data": data + at_ends(ends, gap=0.2, high=2.95),
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Spread of the scales", "of the logarithm"),
            "yaxis": theme.axis("Standard deviation / mean", range=[-0.1, 3.0]),
            "shapes": [theme.guide(x=trace.settings.spread)],
            "margin": {"r": 92},
        },
    }


def padding(trace: Trace) -> Figure:
    """Draw where the valid tokens end up: measured as dots, the formula as lines."""
    found = trace.padding
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
    mean, std = sentences.moved(trace)[0]
    title = (
        f"{trace.settings.padding:.0%} padding: valid tokens at mean "
        f"{sentences.zero(mean):.2f}, deviation {std:.2f}"
    )
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis(
                "Positions that are padding", tickformat=".0%", tickvals=SHARES, range=[-0.03, 0.78]
            ),
            "yaxis": theme.axis("Valid tokens, normalized", range=[-0.15, 1.7]),
            "shapes": [theme.guide(x=trace.settings.padding)],
            "margin": {"r": 122},
        },
    }
