"""One cell in training from several starts, and who is ahead in each cell of the map."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.figures.rates.maps import axes, bar, cells, crosses, frame
from bnviz.labs.rates.curves import N_STARTS
from bnviz.labs.rates.findings import CLEAR, final
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import BN, NONE, NORMS
from bnviz.labs.rates.settings import RATES, SCALES
from bnviz.labs.rates.trace import Trace
from bnviz.marks import decades, number_text

ROLES = {NONE: theme.WITHOUT, BN: theme.WITH}
LABELS = {NONE: "no norm", BN: "BN"}
FACTOR = 8.0
"""Ratio of two losses at either end of the colours."""


def charts(trace: Trace) -> list[Chart]:
    """Draw the two charts of this view."""
    return [learning(trace), ahead(trace)]


def learning(trace: Trace) -> Chart:
    """Draw the loss over the steps: the band of all starts, and their median."""
    found, s = trace.curves, trace.settings
    data: list[theme.Trace] = []
    lines, ends = [], []
    for norm, loss in zip(PAIR, found.loss, strict=True):
        whole = np.isfinite(loss).all(-1)
        shown = np.where(whole[:, None], np.maximum(loss, 1e-6), np.nan)
        low, high, middle = shown.min(-1), shown.max(-1), np.median(shown, -1)
        role, name = ROLES[norm], LABELS[norm]
        data += theme.band(found.steps, low, high, role, name=f"{name}: {N_STARTS} starts")
        lines.append(theme.line(found.steps, middle, role, name=f"{name}: median"))
        if whole.any():
            last = int(np.flatnonzero(whole)[-1])
            ends.append((name, float(found.steps[last]), min(float(middle[last]), 9.0), role))
    data += [*lines, *at_ends(ends, gap=0.12, high=1.0, log=True)]
    title = _title(trace)
    known = np.log10(np.maximum(found.loss[np.isfinite(found.loss)], 1e-3))
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.4)
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.axis("Step", range=[0, s.n_steps]),
        "yaxis": theme.log_axis(
            "Training loss",
            "nats",
            labels=decades(0.01, 10, (1, 2, 5)),
            range=[min(low, -0.4) - 0.1, min(high, 1.0) + 0.1],
        ),
        "margin": {"r": 74},
    }
    alt = f"{title}. Loss over the steps, median and range of {N_STARTS} starts."
    return Chart("learning", {"data": data, "layout": layout}, alt)


def _title(trace: Trace) -> str:
    s = trace.settings
    where = f"Scale {number_text(s.init_scale)}, rate {number_text(s.lr)}"
    none, bn = final(trace)
    if np.isnan(none):
        return f"{where}: loss over the steps"
    lost = [
        f"{n} of {N_STARTS} diverge {'with BN' if norm == BN else 'without norm'}"
        for norm, n in zip(PAIR, trace.curves.n_diverged, strict=True)
        if n
    ]
    if lost:
        return f"{where}: {', '.join(lost)}"
    return f"{where}: loss {none:.2f} without norm, {bn:.2f} with BN"


def ahead(trace: Trace) -> Chart:
    """Draw for each cell how many times lower the loss of the better network is."""
    s, found = trace.settings, trace.grid
    places = [list(NORMS).index(norm) for norm in (NONE, BN)]
    none, bn = (np.where(found.diverged[m], np.inf, found.loss[m]) for m in places)
    both = np.isinf(none) & np.isinf(bn)
    with np.errstate(all="ignore"):
        ratio = np.where(both, np.nan, none / bn)
    z = np.log(np.clip(ratio, 1 / FACTOR, FACTOR))
    text = np.array([[_factor(value) for value in row] for row in ratio.tolist()])
    n_none, n_bn = int((ratio < 1 / CLEAR).sum()), int((ratio > CLEAR).sum())
    title = f"No norm is ahead in {n_none} cells, BN in {n_bn}"
    if not found.complete(*PAIR):
        title += ", so far"
    names = ("no norm 8×", "2×", "level", "2×", "BN 8×")
    data = [
        cells(
            z,
            text,
            zmin=-np.log(FACTOR),
            zmax=np.log(FACTOR),
            colorscale=theme.DIVERGING,
            textfont={"size": theme.FONT_SIZE - 2},
            colorbar=bar(np.log([1 / 8, 1 / 2, 1, 2, 8]), names, ""),
            hovertemplate="scale %{customdata[1]}, rate %{customdata[0]}<br>"
            "loss without norm / with BN: %{text}<extra></extra>",
        ),
        crosses(both, "both diverged"),
    ]
    chosen = frame(RATES.index(s.lr), SCALES.index(s.init_scale), width=3)
    layout = {
        "title": theme.finding(title),
        **axes(s.activation),
        "shapes": [chosen],
    }
    alt = f"{title}, by more than 10% of the loss. Numbers: loss without norm by loss with BN."
    return Chart("ahead", {"data": data, "layout": layout}, alt)


def _factor(ratio: float) -> str:
    """Write a ratio of two losses; a cross where one of the two has diverged."""
    if np.isnan(ratio):
        return ""
    if np.isinf(ratio) or ratio == 0:
        return "×"
    if ratio >= 99.5:
        return ">99"
    return f"{ratio:.1f}" if 0.095 <= ratio < 9.95 else f"{ratio:.2g}"
