"""The view on sixty random settings."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.labels import at_ends
from bnviz.figures.with_without import ROLES
from bnviz.labs.claim import Claim
from bnviz.labs.rates.draws import N_DRAWS, N_STEPS, drawn, measure
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import BN, NORMS, TRAINED, losses, weights_of
from bnviz.labs.rates.words import HEADINGS, LABELS, TRAINING, Row
from bnviz.labs.table import table
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how many settings train, and the losses."""
    found = trace.found
    if not found.complete:
        return TRAINING
    n = np.rint(found.share * N_DRAWS).astype(int)
    middle = " and ".join("a divergence" if np.isinf(m) else f"{m:.2f}" for m in found.median)
    return (
        f"Of {N_DRAWS} random settings **{n[0]}** train without norm and **{n[1]}** with BN; the "
        f"median loss is {middle}, the best {found.best[0]:.2g} and {found.best[1]:.2g}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the distribution of the losses at one place."""
    found = trace.found
    none, bn = (f"{share:.2f}" for share in found.share)
    return aligned(
        [
            rf"F(\ell) &= \frac{{\#\{{\text{{draws}} : L \le \ell\}}}}{{{N_DRAWS}}}",
            rf"F({TRAINED}) &= {none}\ \text{{without}},\ {bn}\ \text{{with BN}}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the loss of each draw."""
    found = trace.found
    if np.isnan(found.loss).all():
        return
    for norm, values in zip(PAIR, found.loss, strict=True):
        for scale, lr, loss in zip(found.scale, found.lr, values, strict=True):
            value = float(loss) if np.isfinite(loss) else np.nan
            yield "loss of a draw (nats)", NORMS[norm], float(scale), float(lr), N_STEPS, value


RIGHT = 10.0
"""Largest loss on the axis; what is above counts at the right edge, not as reached."""


def places(trace: Trace[Any, Any], norm: str) -> Figure:
    """Draw where the draws lie, and what became of them."""
    found = trace.found
    loss, role = found.loss[PAIR.index(norm)], ROLES[norm]
    trained = np.nan_to_num(loss, nan=np.inf) < TRAINED
    lost = np.isinf(loss)
    looks = (
        ("trains", trained, {"size": 9, "symbol": "circle", "color": role.color}),
        ("does not", np.isfinite(loss) & ~trained,
         {"size": 8, "symbol": "circle-open", "color": theme.MUTED}),
        ("diverged", lost, {"size": 8, "symbol": "x-thin-open", "color": theme.MUTED}),
    )  # fmt: skip
    data = []
    for name, which, marker in looks:
        hover = f"{name}<br>rate %{{x:.3g}}, scale %{{y:.3g}}<extra></extra>"
        style: dict[str, Any] = {"name": name, "marker": marker, "hovertemplate": hover}
        data.append(theme.dots(found.lr[which], found.scale[which], role, **style))
    who = "With BN" if norm == BN else "Without norm"
    also = f"{int(lost.sum())} diverge (×)" if lost.any() else "not one diverges"
    title = f"{who} {int(trained.sum())} of {N_DRAWS} train, {also}"
    if np.isnan(loss).any():
        title += ", so far"
    return theme.figure(
        title,
        data,
        theme.log_axis("Learning rate", range=[-3.1, 1.1]),
        theme.log_axis("Initial scale", range=[-1.1, 1.1]),
    )


def distribution(trace: Trace[Any, Any]) -> Figure:
    """Draw the share of the draws whose loss is below each value."""
    found = trace.found
    data: list[theme.Trace] = [
        theme.line(*steps_of(found.loss[j]), ROLES[norm], name=LABELS[norm], line={"shape": "hv"})
        for j, norm in enumerate(PAIR)
    ]
    ends = [(LABELS[norm], RIGHT, share_at(found.loss[j], RIGHT), ROLES[norm])
            for j, norm in enumerate(PAIR)]  # fmt: skip
    data += at_ends(ends, gap=8.0, high=100.0)
    title = "Share of the random settings that reach each loss"
    if found.complete:
        none, bn = found.share
        title = f"Loss below {TRAINED}: {none:.0%} of the settings without norm, {bn:.0%} with BN"
    return theme.figure(
        title,
        data,
        theme.log_axis("Final loss", "nats", range=[-2, 1]),
        theme.axis("Settings that reach it", "%", range=[0, 102]),
        shapes=[theme.guide(x=TRAINED)],
        margin={"r": 74},
    )


def steps_of(loss_Q: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the corners of a cumulative distribution, in percent of all draws."""
    known = np.sort(loss_Q[np.isfinite(loss_Q) & (loss_Q <= RIGHT)])
    share = 100 * np.arange(len(known) + 1) / N_DRAWS
    x = np.concatenate([[1e-3], np.maximum(known, 1e-3), [RIGHT]])
    return x, np.concatenate([share, share[-1:]])


def share_at(loss_Q: NDArray[np.float64], value: float) -> float:
    """Return the percentage of the draws with at most this loss."""
    return 100 * float((np.nan_to_num(loss_Q, nan=np.inf) <= value).sum()) / N_DRAWS


VIEW = View(
    name="draws",
    label="Sixty random settings",
    measure=measure,
    needs=("activation", "seed"),
    free=("seed",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        *(
            Plot(
                f"places_{norm}",
                partial(places, norm=norm),
                f"Filled: loss below {TRAINED}; open: not; cross: diverged.",
            )
            for norm in PAIR
        ),
        Plot(
            "distribution",
            distribution,
            f"Cumulative distribution of the final loss of {N_DRAWS} settings.",
        ),
    ),
    code=(drawn, weights_of, losses),
    reading="""
**Sixty random settings.** Sixty networks of three hidden layers, 100 steps; learning rate and scale
are drawn evenly on log scales, from 0.001 to 10 and from 0.1 to 10. The curve tells which share of
them ends at or below each loss: higher and farther left is better. A network that diverges reaches
no loss.
""",
    try_this="Take another seed, and another. How many settings train without norm, and which "
    "network has the best of all?",
    claims=(
        Claim(
            "Of sixty random settings 35 to 70% train with BN and 10 to 35% without (three ReLU layers, "
            "100 steps, a loss below 0.5): less tuning. At the best of sixty both are below 0.15.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "Each at the best of its rates, five ReLU layers classify 95 to 99% of unseen digits "
            "correctly after 600 steps with BN and without. BN ends ahead by a point or two; most of "
            "what it gives here is more ways to get there.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
