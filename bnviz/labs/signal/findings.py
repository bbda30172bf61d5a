"""What the lab on depth says in words: every number comes from the trace."""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from bnviz.core import theory
from bnviz.labs.signal.growth import BATCH_SIZES, DEPTH, SCALES, expected
from bnviz.labs.signal.settings import ACTIVATIONS
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.sweep import DEPTHS
from bnviz.labs.signal.trace import Trace
from bnviz.labs.signal.training import CHANCE, N_STEPS, NORMS, STOPS
from bnviz.numerals import aligned, latex_short, short, superscript

FLOAT32 = 2.0**-24
"""Relative distance below which two float32 numbers are the same."""
SAME = 0.01
"""Relative difference up to which growths at several init scales are called the same."""
ONE = SCALES.index(1.0)


def takeaway(trace: Trace, view: str) -> str:
    """State what happened, for the view on show.

    Examples
    --------
    >>> from bnviz.labs.signal import Settings, run
    >>> takeaway(run(Settings(depth=3, width=64)), "stream").split(",")[0]
    'After 3 blocks the variance of the stream is 3.7 with BN (1 + 3 = 4'
    """
    views: dict[str, Callable[[Trace], str]] = {
        "layers": _layers,
        "growth": _growth,
        "stream": _stream,
        "trains": _trains,
    }
    return views[view](trace)


def _layers(trace: Trace) -> str:
    """Say whether the last layer tells the digits apart, and what the gradient does."""
    bn, none = trace.layers["bn"], trace.layers["none"]
    depth, apart = trace.settings.depth, none.apart[-1]
    head = f"At layer {depth} the 3 and the 8 differ by {percent(bn.apart[-1])} of their size with"
    if apart < FLOAT32:
        head += f" BN and by {power(apart)} without, less than float32 can resolve."
    else:
        head += f" BN and by {percent(apart)} without."
    ways = [f"{short(net.gradient[-1])} → {short(net.gradient[0])}" for net in (bn, none)]
    return (
        f"{head} The gradient, from layer {depth} down to layer 1: {ways[0]} with BN, {ways[1]} "
        "without."
    )


def _growth(trace: Trace) -> str:
    """Say how fast BN's gradient grows, and how well the closed form tells it."""
    n = trace.settings.batch_size
    rates_S, wanted = trace.growth.rate[BATCH_SIZES.index(n)], expected(n)
    if not trace.growth.n_networks:
        return f"With batches of {n} the closed form says × {wanted:.3f} per layer."
    low, high = rates_S.min(), rates_S.max()
    rate, off = rates_S[ONE], abs(rates_S[ONE] / wanted - 1)
    same = "whatever the init scale" if high / low - 1 < SAME else f"({low:.3f} to {high:.3f})"
    close = "less than 0.1%" if off < 1e-3 else f"{100 * off:.1f}%"
    return (
        f"With BN, ReLU and batches of {n} the gradient grows × {rate:.3f} per layer on its way "
        f"down, {same}; the closed form says {wanted:.3f} ({close} off). "
        f"From layer {DEPTH} to layer 2 it grows × {short(trace.growth.profile(n)[ONE, 0])}."
    )


def _stream(trace: Trace) -> str:
    """Say how the variance of the stream grows with blocks."""
    stream, blocks = trace.stream, trace.settings.depth
    if stream is None:
        return f"A stream of {blocks} blocks."
    added = stream.init_scale**2
    factor = f"{1 + added:g}{superscript(blocks)}"
    bn, none = (stream.variance[name][-1] for name in ("bn", "none"))
    wanted = stream.expected
    line = f"1 + {blocks}" if added == 1 else f"1 + {blocks} · {added:g}"
    return (
        f"After {blocks} blocks the variance of the stream is {short(bn)} with BN "
        f"({line} = {short(wanted['bn'][-1])}, a line) and {short(none)} without "
        f"({factor} = {short(wanted['none'][-1])}, on average over networks)."
    )


def _trains(trace: Trace) -> str:
    """Say at which depth training stops, for the reader's activation."""
    activation, skips, trained = trace.settings.activation, trace.settings.skips, trace.trained
    words, losses = [], []
    for norm in NORMS:
        losses.append(trained.of(activation, norm, skips=skips).mean(-1))
        words.append(_until(trained.stops(activation, norm, skips=skips), losses[-1]))
    better = int((losses[0] < losses[1]).sum())
    name = label(activation) + (" with skip connections" if skips else "")
    head = (
        f"{name}: with BN {words[0]}, without it {words[1]}. The lower loss is BN's at {better} of "
        f"{len(DEPTHS)} depths ({trained.credit})."
    )
    if trace.live is None:
        return head
    bn, none = map(loss_text, trace.live.best)
    done = "" if trace.live.n_done == N_STEPS else f" after {trace.live.n_done} steps so far"
    return f"{head} Your {trace.settings.depth} layers{done}: {bn} with BN, {none} without."


def _until(stops: int | None, loss_D: Array) -> str:
    """Say up to which depth networks train, and whether they diverge from there on."""
    if stops is None:
        return f"all train up to {DEPTHS[-1]} layers"
    diverges = np.isinf(loss_D[DEPTHS.index(stops)])
    return f"{'it diverges' if diverges else 'training stops'} at {stops} layers"


def loss_text(loss: float) -> str:
    """Write a loss, or that there is none.

    Examples
    --------
    >>> loss_text(0.364), loss_text(float("inf"))
    ('0.36', 'diverged')
    """
    return short(loss) if np.isfinite(loss) else "diverged"


def formula(trace: Trace, view: str) -> str:
    """Write the formula, and the same with the reader's numbers, as LaTeX."""
    views: dict[str, Callable[[Trace], list[str]]] = {
        "layers": _layers_formula,
        "growth": _growth_formula,
        "stream": _stream_formula,
        "trains": _trains_formula,
    }
    return aligned(views[view](trace), gap=4)


def _layers_formula(trace: Trace) -> list[str]:
    depth = trace.settings.depth
    lines = [r"\text{apart} &= \frac{\lVert h_3 - h_8 \rVert}{\text{their size}}"]
    for name, words in (("bn", "with BN"), ("none", "without")):
        layers = trace.layers[name]
        lines += [
            rf"\text{{{words}:}}\quad \text{{apart}}_{{{depth}}} &= {latex_short(layers.apart[-1])}"
            rf",\quad \frac{{\lVert \nabla W_1 \rVert}}{{\lVert \nabla W_{{{depth}}} \rVert}} = "
            rf"{latex_short(layers.gradient[0] / layers.gradient[-1])}"
        ]
    return lines


def _growth_formula(trace: Trace) -> list[str]:
    n = trace.settings.batch_size
    squared = theory.squared_gradient_growth(n)
    return [
        r"\lambda(B) &= \frac{1}{B-3}\left(\frac{B - 1 + J'(c)}{1 - J(c)} - 1\right), "
        r"\quad c = \frac{-1}{B-1}",
        r"J(c) &= \tfrac{1}{\pi}\left(\sqrt{1-c^2} + (\pi - \arccos c)\, c\right)",
        rf"\sqrt{{\lambda({n})}} &= \sqrt{{{squared:.4f}}} = {sqrt(squared):.4f} "
        rf"\quad \to \sqrt{{\pi/(\pi-1)}} = {expected(np.inf):.4f}",
    ]


def _stream_formula(trace: Trace) -> list[str]:
    s, blocks = trace.settings.init_scale, trace.settings.depth
    with_bn, without = 1 + blocks * s**2, (1 + s**2) ** blocks
    return [
        rf"\text{{with BN:}}\quad \operatorname{{Var}}_l &= 1 + l\, s^2 = "
        rf"1 + {blocks} \cdot {s:g}^2 = {latex_short(with_bn)}",
        rf"\text{{without:}}\quad \operatorname{{Var}}_l &= (1 + s^2)^l = "
        rf"(1 + {s:g}^2)^{{{blocks}}} = {latex_short(without)}",
    ]


def _trains_formula(trace: Trace) -> list[str]:
    del trace
    return [
        rf"\text{{chance}} &= \ln 10 = {CHANCE:.3f} \text{{ nats}}",
        rf"\text{{does not train}} &:\ \text{{loss}} > \tfrac12 \ln 10 = {STOPS:.3f}",
    ]


def table(trace: Trace) -> dict[str, Any]:
    """Give both networks layer by layer."""
    columns: dict[str, Any] = {"layer": trace.steps}
    for name, words in (("bn", "with BN"), ("none", "without")):
        layers = trace.layers[name]
        columns |= {
            f"std that enters the activation, {words}": layers.entered,
            f"spread between samples, {words}": layers.spread,
            f"3 and 8 apart, {words}": layers.apart,
            f"gradient norm of the weights, {words}": layers.gradient,
        }
    return columns


def label(activation: str) -> str:
    """Give the activation's name with a capital, to begin a sentence.

    Examples
    --------
    >>> label("relu"), label("tanh")
    ('ReLU', 'Tanh')
    """
    name = ACTIVATIONS[activation]
    return name[:1].upper() + name[1:]


def percent(share: float) -> str:
    """Write a share in percent, with a decimal where it is small.

    Examples
    --------
    >>> percent(0.534), percent(0.0123), percent(2e-6)
    ('53%', '1.2%', '2×10⁻⁶')
    """
    if share < 1e-3:
        return short(share)
    return f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * share:.1f}%"


def power(value: float) -> str:
    """Write a tiny number as a power of ten; nothing at all is 0.

    Examples
    --------
    >>> power(4.4e-13), power(0.0)
    ('10⁻¹³', '0')
    """
    return f"10{superscript(int(np.floor(np.log10(value))))}" if value > 0 else "0"
