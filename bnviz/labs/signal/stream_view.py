"""The view on skip connections: the variance of the stream, and its gradient."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.with_without import NAMES, ROOM, both, log_axis, mark
from bnviz.labs.claim import Claim
from bnviz.labs.signal.stack import backward, forward
from bnviz.labs.signal.stream import measure
from bnviz.labs.signal.training import NORMS
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, latex_short, short, superscript

PATHS = {"plain": "BN, no skips", "none": "skips, no BN", "bn": "BN and skips"}
PATH_ROLES = {"plain": theme.THIRD, "none": theme.WITHOUT, "bn": theme.WITH}


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how the variance of the stream grows with blocks."""
    stream, blocks = trace.found, trace.settings.depth
    added = trace.settings.init_scale**2
    factor = f"{1 + added:g}{superscript(blocks)}"
    bn, none = (stream.variance[name][-1] for name in ("bn", "none"))
    wanted = stream.expected
    line = f"1 + {blocks}" if added == 1 else f"1 + {blocks} · {added:g}"
    return (
        f"After {blocks} blocks the variance of the stream is {short(bn)} with BN "
        f"({line} = {short(wanted['bn'][-1])}, a line) and {short(none)} without "
        f"({factor} ≈ {short(wanted['none'][-1])}, on average over networks)."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return how the variance grows, with the reader's numbers."""
    s, blocks = trace.settings.init_scale, trace.settings.depth
    with_bn, without = (trace.found.expected[norm][-1] for norm in NORMS)
    lines = [
        rf"\text{{with BN:}}\quad \operatorname{{Var}}_l &= 1 + l\, s^2 = "
        rf"1 + {blocks} \cdot {s:g}^2 = {latex_short(with_bn)}",
        rf"\text{{without:}}\quad \operatorname{{Var}}_l &= (1 + s^2)^l = "
        rf"(1 + {s:g}^2)^{{{blocks}}} = {latex_short(without)}",
    ]
    return aligned(lines, gap=4)


def table(trace: Trace[Any, Any]) -> dict[str, Any]:
    """Return the stream block by block."""
    stream = trace.found
    return {
        "block": np.arange(trace.settings.depth + 1),
        **{f"variance, {NAMES[norm]}": stream.variance[norm] for norm in NORMS},
        **{f"variance, {NAMES[norm]}, closed form": stream.expected[norm] for norm in NORMS},
        **{f"relative gradient norm, {PATHS[key]}": stream.gradient[key] for key in PATHS},
    }


def variance(trace: Trace[Any, Any]) -> Figure:
    """Draw the variance of the stream after each block, measured and expected."""
    blocks, forms = np.arange(trace.settings.depth + 1), trace.found.expected
    lines = {norm: trace.found.variance[norm] for norm in NORMS}
    data = [
        theme.line(blocks, forms[norm], theme.REFERENCE, name=f"closed form, {NAMES[norm]}")
        for norm in NORMS
    ]
    sizes = [f"{short(lines[norm][-1])} {NAMES[norm]}" for norm in NORMS]
    return theme.figure(
        f"ReLU, variance after {blocks[-1]} blocks: {', '.join(sizes)}",
        [*data, *both(blocks, lines)],
        theme.axis("Block"),
        log_axis("Variance", [*lines.values(), *forms.values()]),
        annotations=[mark("··· closed form", left=True)],
        margin=ROOM,
    )


def flow(trace: Trace[Any, Any]) -> Figure:
    """Draw the gradient in the stream over that at its end, and that of BN without skips."""
    blocks, lines = np.arange(trace.settings.depth + 1), trace.found.gradient
    data = [theme.line(blocks, lines[key], PATH_ROLES[key], name=PATHS[key]) for key in lines]
    data += [theme.dots([0], [lines[key][0]], PATH_ROLES[key], name=PATHS[key]) for key in lines]
    grown = {key: short(lines[key][0]) for key in PATHS}
    title = (
        f"Down to the start the gradient grows × {grown['bn']} with BN and skips, "
        f"× {grown['plain']} with BN alone"
    )
    keys = []
    for row, key in enumerate(sorted(lines, key=lambda key: -lines[key][0])):
        dash = {"solid": "━", "dash": "╌", "dashdot": "–·"}[PATH_ROLES[key].dash]
        color = {"color": PATH_ROLES[key].text}
        keys.append({**mark(f"{dash} {PATHS[key]}", row), "font": color})
    return theme.figure(
        title,
        data,
        theme.axis("Block"),
        log_axis("Relative gradient norm", list(lines.values())),
        annotations=keys,
    )


VIEW = View(
    name="stream",
    label="Skip connections",
    measure=measure,
    needs=("depth", "init_scale", "batch_size", "width", "seed"),
    free=("depth", "init_scale"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("variance", variance, "Variance of the stream, by block."),
        Plot("flow", flow, "Gradient norm in the stream, by block."),
    ),
    code=(forward, backward),
    reading="""
**Skip connections.** Each block adds its branch to the stream: BN, ReLU, weights. This view always
uses ReLU, for which the lines can be computed. Without BN they hold on average over networks.
""",
    claims=(
        Claim(
            "Skip connections with BN in the blocks mend the growth of gradients (scale 1, at the start): the variance of the "
            "stream is 1 + l, and the gradient grows no faster than the depth. Without BN the variance about doubles in each "
            "block, and the gradient grows by about √2: faster than with BN and no skips.",
            "measured here",
            "for the reason see De & Smith 2020",
            held="10 of 10",
        ),
        Claim(
            "Residual networks can be trained without normalization, if the branches start small.",
            "reported",
            "Zhang et al. 2019 (Fixup); De & Smith 2020 (SkipInit); Brock et al. 2021 (NFNets)",
        ),
    ),
)
