"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bnviz.labs.rates.curves import N_STARTS
from bnviz.labs.rates.draws import N_DRAWS, N_STEPS
from bnviz.labs.rates.grid import N_CELLS, PAIR
from bnviz.labs.rates.groups import BN, FIXED, MEAN_ONLY, NONE, NORMS, STD_ONLY, TRAINED
from bnviz.labs.rates.settings import RATES, SCALES
from bnviz.labs.rates.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex_short, short

TRAINING = "The networks are training, row by row."
CLEAR = 1.1
"""How many times larger a loss must be to be called so."""


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"grid", "parts", "draws", "corner", "gradients"}
    """
    words: dict[str, Callable[[Trace], str]] = {
        "grid": _grid,
        "parts": _parts,
        "draws": _draws,
        "corner": _corner,
        "gradients": _gradients,
    }
    return words[view](trace)


def _grid(trace: Trace) -> str:
    found = trace.grid
    if not found.complete(*PAIR):
        return TRAINING
    n, lost = found.n_trained, found.n_diverged
    return (
        f"Of {N_CELLS} cells **{n[NONE]}** train without norm and **{n[BN]}** with BN (loss below "
        f"{TRAINED} after {trace.settings.n_steps} steps); {lost[NONE]} diverge without norm, "
        f"{lost[BN]} with BN."
    )


def _parts(trace: Trace) -> str:
    found = trace.grid
    if not found.complete(*NORMS):
        return TRAINING
    n = found.n_trained
    return (
        f"Cells that train: {n[NONE]} without norm, **{n[MEAN_ONLY]}** with centring alone, "
        f"**{n[STD_ONLY]}** with dividing alone, **{n[BN]}** with both (BN), {n[FIXED]} with both "
        "and γ, β fixed at 1 and 0."
    )


def _draws(trace: Trace) -> str:
    found = trace.draws
    if not found.complete:
        return TRAINING
    n = np.rint(found.share * N_DRAWS).astype(int)
    middle = " and ".join("a divergence" if np.isinf(m) else f"{m:.2f}" for m in found.median)
    return (
        f"Of {N_DRAWS} random settings **{n[0]}** train without norm and **{n[1]}** with BN; the "
        f"median loss is {middle}, the best {found.best[0]:.2g} and {found.best[1]:.2g}."
    )


def final(trace: Trace) -> tuple[float, float]:
    """Give the median loss of the cell's starts at the end, none and BN; infinite if most diverge.

    NaN while they train.
    """
    found = trace.curves
    if not all(found.known):
        return np.nan, np.nan
    ends = np.sort(np.where(np.isnan(found.loss[:, -1]), np.inf, found.loss[:, -1]), -1)
    none, bn = ends[:, (N_STARTS - 1) // 2 : N_STARTS // 2 + 1].mean(-1).tolist()
    return none, bn


def _corner(trace: Trace) -> str:
    none, bn = final(trace)
    if np.isnan(none):
        return TRAINING
    s = trace.settings
    where = f"At initial scale {number_text(s.init_scale)} and learning rate {number_text(s.lr)}"
    if np.isinf([none, bn]).any():
        n_none, n_bn = trace.curves.n_diverged
        return f"{where} {n_none} of {N_STARTS} starts diverge without norm, {n_bn} with BN."
    if bn > CLEAR * none:
        verdict = "BN is **slower** here"
    elif none > CLEAR * bn:
        verdict = "BN is **faster** here"
    else:
        verdict = "they are level"
    return (
        f"{where} the median loss of {N_STARTS} starts after {s.n_steps} steps is {none:.2f} "
        f"without norm and {bn:.2f} with BN: {verdict}."
    )


def _gradients(trace: Trace) -> str:
    none, bn = trace.gradients.gradient
    he = SCALES.index(1.0)
    said = [
        f"{short(bn[a])} with BN and {short(none[a])} without norm at scale {number_text(scale)}"
        for a, scale in ((0, SCALES[0]), (he, 1.0), (-1, SCALES[-1]))
    ]
    verdict = "**smaller** at a large one" if bn[-1] < none[-1] else "and at a large one"
    first = "**larger**" if bn[0] > none[0] else "not larger"
    return (
        f"The gradient of the first layer is {'; '.join(said)}: with BN {first} at a small scale, "
        f"{verdict}."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    words: dict[str, Callable[[Trace], list[str]]] = {
        "grid": _count_lines,
        "parts": _part_lines,
        "draws": _draw_lines,
        "corner": _step_lines,
        "gradients": _gradient_lines,
    }
    return aligned(words[view](trace))


def _count_lines(trace: Trace) -> list[str]:
    n = trace.grid.n_trained
    return [
        rf"\#\{{L < {TRAINED}\}} &= {n[NONE]}\ \text{{without}},\ {n[BN]}\ \text{{with BN}}",
        rf"\text{{of}}\ {len(SCALES)} \cdot {len(RATES)} &= {N_CELLS}",
        r"\mathrm{BN}(a W x) &= \mathrm{BN}(W x) \quad (\epsilon \to 0)",
    ]


def _part_lines(trace: Trace) -> list[str]:
    n = trace.grid.n_trained
    std = r"\sqrt{\sigma^2 + \epsilon}"
    return [
        rf"\text{{{n[MEAN_ONLY]} cells:}}\ y &= \gamma\,(x - \mu) + \beta",
        rf"\text{{{n[STD_ONLY]} cells:}}\ y &= \gamma\,\frac{{x}}{{{std}}} + \beta",
        rf"\text{{{n[BN]} cells:}}\ y &= \gamma\,\frac{{x - \mu}}{{{std}}} + \beta",
        rf"\text{{{n[FIXED]} cells:}}\ y &= \frac{{x - \mu}}{{{std}}}",
    ]


def _draw_lines(trace: Trace) -> list[str]:
    found = trace.draws
    none, bn = (f"{share:.2f}" for share in found.share)
    return [
        rf"F(\ell) &= \frac{{\#\{{\text{{draws}} : L \le \ell\}}}}{{{N_DRAWS}}}",
        rf"F({TRAINED}) &= {none}\ \text{{without}},\ {bn}\ \text{{with BN}}",
    ]


def _step_lines(trace: Trace) -> list[str]:
    """Write what sets the pace with BN: the learning rate by the squared norm of the weights."""
    a, lr = trace.settings.init_scale, trace.settings.lr
    weight = trace.gradients.weight[SCALES.index(a)]
    return [
        rf"\text{{pace}} &= \frac{{\eta}}{{\lVert W \rVert^2}} = "
        rf"\frac{{{number_text(lr)}}}{{{weight:.3g}^2}} = {latex_short(lr / weight**2, 2)}",
        rf"&\text{{with BN, first layer, scale {number_text(a)}}}",
    ]


def _gradient_lines(trace: Trace) -> list[str]:
    bn = trace.gradients.gradient[PAIR.index(BN)]
    he, other = SCALES.index(1.0), SCALES.index(5.0)
    return [
        r"\mathrm{BN}(a W x) &= \mathrm{BN}(W x)",
        r"\Rightarrow\ \nabla_{aW} L &= \tfrac{1}{a} \nabla_W L",
        rf"\lVert \nabla_{{{number_text(SCALES[other])}W}} L \rVert &= "
        rf"\frac{{{bn[he]:.4g}}}{{{number_text(SCALES[other])}}} = {bn[he] / SCALES[other]:.4g}",
        rf"\text{{measured}} &:\ {bn[other]:.4g}",
    ]


Row = tuple[str, str, float, float, int, float]


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give all numbers of the views, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
        A loss is NaN after a divergence, and where a network has not finished. A part of which
        nothing is trained, as no view has asked for it, has no rows.
    """
    rows = [*_cell_rows(trace), *_draw_rows(trace), *_curve_rows(trace), *_gradient_rows(trace)]
    headings = ("what", "norm", "initial scale", "learning rate", "step", "value")
    return dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))


def _cell_rows(trace: Trace) -> Iterator[Row]:
    n_steps = trace.settings.n_steps
    for m, norm in enumerate(NORMS):
        if not trace.grid.known[m].any():
            continue
        for a, scale in enumerate(SCALES):
            for e, lr in enumerate(RATES):
                loss = float(trace.grid.loss[m, a, e])
                yield "loss of a cell (nats)", NORMS[norm], scale, lr, n_steps, loss


def _draw_rows(trace: Trace) -> Iterator[Row]:
    found = trace.draws
    if np.isnan(found.loss).all():
        return
    for norm, losses in zip(PAIR, found.loss, strict=True):
        for scale, lr, loss in zip(found.scale, found.lr, losses, strict=True):
            value = float(loss) if np.isfinite(loss) else np.nan
            yield "loss of a draw (nats)", NORMS[norm], float(scale), float(lr), N_STEPS, value


def _curve_rows(trace: Trace) -> Iterator[Row]:
    s, found = trace.settings, trace.curves
    if not any(found.known):
        return
    for norm, losses in zip(PAIR, found.loss, strict=True):
        for start in range(N_STARTS):
            for step, loss in zip(found.steps.tolist(), losses[:, start].tolist(), strict=True):
                what = f"loss of start {start + 1} (nats)"
                yield what, NORMS[norm], s.init_scale, s.lr, step, loss


def _gradient_rows(trace: Trace) -> Iterator[Row]:
    for norm, values in zip(PAIR, trace.gradients.gradient, strict=True):
        for scale, value in zip(SCALES, values.tolist(), strict=True):
            yield "gradient norm, first layer", NORMS[norm], scale, np.nan, 0, value
