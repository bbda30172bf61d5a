"""The stream of a network with skip connections."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.signal.lines import NAMES, ROOM, both, log_axis, mark
from bnviz.labs.signal.trace import Trace
from bnviz.labs.signal.training import NORMS
from bnviz.numerals import short


def variance(trace: Trace) -> Figure:
    """Return the variance of the stream after each block, measured and expected."""
    stream = trace.stream
    blocks = np.arange(trace.settings.depth + 1)
    nothing = {norm: np.full(len(blocks), np.nan) for norm in NORMS}
    lines = stream.variance if stream else nothing
    forms = stream.expected if stream else nothing
    data = [
        theme.line(blocks, forms[norm], theme.REFERENCE, name=f"closed form, {NAMES[norm]}")
        for norm in NORMS
    ]
    title = "Measuring"
    if stream:
        sizes = [f"{short(lines[norm][-1])} {NAMES[norm]}" for norm in NORMS]
        title = f"ReLU, variance after {blocks[-1]} blocks: {', '.join(sizes)}"
    return {
        "data": [*data, *both(blocks, {norm: lines[norm] for norm in NORMS})],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Block"),
            "yaxis": log_axis("Variance", [*lines.values(), *forms.values()]),
            "annotations": [mark("··· closed form", left=True)],
            "margin": ROOM,
        },
    }


def flow(trace: Trace) -> Figure:
    """Return the gradient in the stream over that at its end, and that of BN without skips."""
    blocks = np.arange(trace.settings.depth + 1)
    stream = trace.stream
    lines = stream.gradient if stream else {}
    names = {"plain": "BN, no skips", "none": "skips, no BN", "bn": "BN and skips"}
    roles = {"plain": theme.THIRD, "none": theme.WITHOUT, "bn": theme.WITH}
    data = [theme.line(blocks, lines[key], roles[key], name=names[key]) for key in lines]
    data += [theme.dots([0], [lines[key][0]], roles[key], name=names[key]) for key in lines]
    title = "Measuring"
    if stream:
        grown = {key: short(lines[key][0]) for key in names}
        title = (
            f"Down to the start the gradient grows × {grown['bn']} with BN and skips, "
            f"× {grown['plain']} with BN alone"
        )
    keys = [
        _mark_of(names[key], roles[key], k)
        for k, key in enumerate(sorted(lines, key=lambda key: -lines[key][0]))
    ]
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Block"),
            "yaxis": log_axis("Relative gradient norm", list(lines.values())),
            "annotations": keys,
        },
    }


def _mark_of(text: str, role: theme.Role, row: int) -> dict[str, Any]:
    dashes = {"solid": "━", "dash": "╌", "dashdot": "–·"}
    return {**mark(f"{dashes[role.dash]} {text}", row), "font": {"color": role.text}}
