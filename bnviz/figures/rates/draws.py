"""Sixty random settings: the distribution of their losses, and where they lie."""

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.figures.rates.corner import LABELS, ROLES
from bnviz.labs.rates.draws import N_DRAWS
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import BN, TRAINED
from bnviz.labs.rates.trace import Trace

RIGHT = 10.0
"""Largest loss on the axis; what is above counts at the right edge, not as reached."""


def charts(trace: Trace) -> list[Chart]:
    """Draw the three charts of this view."""
    return [*(places(trace, norm) for norm in PAIR), distribution(trace)]


def distribution(trace: Trace) -> Chart:
    """Draw the share of the draws whose loss is below each value."""
    found = trace.draws
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
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("Final loss", "nats", range=[-2, 1]),
        "yaxis": theme.axis("Settings that reach it", "%", range=[0, 102]),
        "shapes": [theme.guide(x=TRAINED)],
        "margin": {"r": 74},
    }
    alt = f"{title}. Cumulative distribution of the final loss of {N_DRAWS} settings."
    return Chart("distribution", {"data": data, "layout": layout}, alt)


def steps_of(loss_Q: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the corners of a cumulative distribution, in percent of all draws."""
    known = np.sort(loss_Q[np.isfinite(loss_Q) & (loss_Q <= RIGHT)])
    share = 100 * np.arange(len(known) + 1) / N_DRAWS
    x = np.concatenate([[1e-3], np.maximum(known, 1e-3), [RIGHT]])
    return x, np.concatenate([share, share[-1:]])


def share_at(loss_Q: NDArray[np.float64], value: float) -> float:
    """Give the percentage of the draws with at most this loss."""
    return 100 * float((np.nan_to_num(loss_Q, nan=np.inf) <= value).sum()) / N_DRAWS


def places(trace: Trace, norm: str) -> Chart:
    """Draw where the draws lie, and what became of them."""
    found = trace.draws
    loss, role = found.loss[PAIR.index(norm)], ROLES[norm]
    trained = np.nan_to_num(loss, nan=np.inf) < TRAINED
    lost = np.isinf(loss)
    rest = np.isfinite(loss) & ~trained
    looks = (
        ("trains", trained, {"size": 9, "symbol": "circle", "color": role.color}),
        ("does not", rest, {"size": 8, "symbol": "circle-open", "color": theme.MUTED}),
        ("diverged", lost, {"size": 8, "symbol": "x-thin-open", "color": theme.MUTED}),
    )
    data = [
        theme.dots(
            found.lr[which],
            found.scale[which],
            role,
            name=name,
            marker=marker,
            hovertemplate=f"{name}<br>rate %{{x:.3g}}, scale %{{y:.3g}}<extra></extra>",
        )
        for name, which, marker in looks
    ]
    who = "With BN" if norm == BN else "Without norm"
    also = f"{int(lost.sum())} diverge (×)" if lost.any() else "not one diverges"
    title = f"{who} {int(trained.sum())} of {N_DRAWS} train, {also}"
    if np.isnan(loss).any():
        title += ", so far"
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis("Learning rate", range=[-3.1, 1.1]),
        "yaxis": theme.log_axis("Initial scale", range=[-1.1, 1.1]),
    }
    alt = f"{title}. Filled: loss below {TRAINED}; open: not; cross: diverged."
    return Chart(f"places_{norm}", {"data": data, "layout": layout}, alt)
