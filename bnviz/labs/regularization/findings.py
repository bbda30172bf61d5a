"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

from collections.abc import Iterator
from math import isfinite, sqrt
from typing import Any

from bnviz.labs.regularization.bands import nearest_batch
from bnviz.labs.regularization.dropout import DEPTH, STATISTICS
from bnviz.labs.regularization.memory import NORMS
from bnviz.labs.regularization.settings import BATCHES, DROPOUTS, POSITIONS
from bnviz.labs.regularization.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, true_minus

LEARNING = "The networks are learning the digits."
N_UNSEEN = 360
"""Images on which every accuracy is measured."""
NAMES = {"none": "without norm", "bn": "with BN", "ln": "with LN"}


def percent(share: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.8311)
    '83%'
    """
    return f"{100 * share:.0f}%"


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"memory", "dropout", "clean"}
    """
    return {"memory": _memory, "dropout": _dropout, "clean": _clean}[view](trace)


def _memory(trace: Trace) -> str:
    found, settings = trace.memory, trace.settings
    if not found.finished:
        return LEARNING
    bn, plain = found.normed, found.plain
    return (
        f"Batch size {settings.batch_size}, {settings.n_steps} steps: with BN the network gives "
        f"**{percent(bn.memorized[-1])}** of the wrong labels (and the true class for "
        f"{percent(bn.corrected[-1])} of those images), without norm "
        f"**{percent(plain.memorized[-1])}**. Unseen digits: {percent(bn.accuracy[-1])} against "
        f"{percent(plain.accuracy[-1])}."
    )


def _dropout(trace: Trace) -> str:
    found, p = trace.shift, trace.settings.dropout
    if not found.finished:
        return LEARNING
    running, again = found.accuracy
    where = f"Dropout {number_text(p)} {POSITIONS[trace.settings.position]}"
    return (
        f"{where if p else 'No dropout'}: the last BN layer meets **{found.met[-1]:.2f}** of the "
        f"variance that it learned. Unseen digits: **{percent(running)}**; with statistics "
        f"re-estimated without dropout **{percent(again)}** (loss {found.loss[0]:.2f} → "
        f"{found.loss[1]:.2f})."
    )


def _clean(trace: Trace) -> str:
    bands, at = trace.bands, nearest_batch(trace.settings)
    low, middle, high = (percent_of_ten(part[at, NORMS.index("bn")]) for part in bands.clean)
    first, last = (percent_of_ten(part[at, NORMS.index("none")]) for part in bands.clean[::2])
    return (
        f"All labels right, batch size {BATCHES[at]}: with BN **{low} to {high}%** of unseen "
        f"digits (median {middle}), without norm **{first} to {last}%**, over {bands.n_seeds} "
        f"starts. BN is ahead in {n_ahead(trace)} of them. One point is {N_UNSEEN / 100:.1f} of "
        f"the {N_UNSEEN} images."
    )


def percent_of_ten(share: float) -> str:
    """Write a share in percent, with one decimal and without the sign."""
    return f"{100 * share:.1f}"


def n_ahead(trace: Trace) -> int:
    """Count the recorded starts from which BN did better on right labels."""
    return int((trace.bands.gain[nearest_batch(trace.settings)] > 0).sum())


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    lines = {"memory": _memory_lines, "dropout": _dropout_lines, "clean": _clean_lines}[view](trace)
    return aligned(lines)


def _memory_lines(trace: Trace) -> list[str]:
    found, m = trace.memory, trace.settings.batch_size
    lines = [
        rf"\frac{{\operatorname{{std}}(\mu_B)}}{{\sigma}} &\approx \frac{{1}}{{\sqrt m}} = "
        rf"\frac{{1}}{{\sqrt{{{m}}}}} = {m**-0.5:.2f}\ \ (\text{{the noise}})",
        r"\text{memorized} &= \frac{\#\{\text{wrong label given back}\}}{\#\{\text{wrong label}\}}",
    ]
    if found.finished:
        n = found.n_wrong
        counts = [round(c.memorized[-1] * n) for c in (found.normed, found.plain)]
        lines.append(
            rf"\text{{with BN}} &= \frac{{{counts[0]}}}{{{n}}}, \qquad \text{{without norm}} = "
            rf"\frac{{{counts[1]}}}{{{n}}}"
        )
    return lines


def _dropout_lines(trace: Trace) -> list[str]:
    found, keep = trace.shift, number_text(round(1 - trace.settings.dropout, 2))
    lines = [
        r"\frac{\operatorname{Var}_{\text{eval}}}{\operatorname{Var}_{\text{train}}} &= "
        r"\frac{v}{\frac{v}{q} + \frac{1-q}{q}\,c^2}",
        r"q &= 1 - p = " + keep,
        r"c &= \frac{1}{\sqrt{2\pi}},\ v = \frac12 - \frac{1}{2\pi}\ \ "
        r"(\text{ReLU})",
        rf"\text{{one layer}} &: \ {found.expected[1]:.3f}",
    ]
    if found.finished:
        measured = r",\ ".join(f"{value:.2f}" for value in found.alone)
        lines.append(rf"\text{{layers 1 to {DEPTH}}} &: \ {measured}")
    return lines


def standard_error(trace: Trace) -> tuple[float, float]:
    """Give the recorded median accuracy with BN, and the standard error of one such accuracy.

    That of a share of ``N_UNSEEN`` images that are read or not, each by itself.
    """
    share = float(trace.bands.clean[1, nearest_batch(trace.settings), NORMS.index("bn")])
    return share, sqrt(share * (1 - share) / N_UNSEEN)


def _clean_lines(trace: Trace) -> list[str]:
    at = nearest_batch(trace.settings)
    share, error = standard_error(trace)
    gains = r",\ ".join(true_minus(f"{100 * value:+.1f}") for value in trace.bands.gain[at])
    return [
        rf"&\text{{BN less no norm (points), batch size }} {latex(BATCHES[at])}:",
        rf"&\quad {gains}",
        rf"&\text{{standard error of one accuracy, {N_UNSEEN} images:}}",
        rf"&\quad \sqrt{{{share:.2f} \cdot {1 - share:.2f} / {N_UNSEEN}}} = "
        rf"{100 * error:.1f}\ \text{{points}}",
    ]


Row = tuple[str, str, float, float]


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give the numbers of the three views that are known, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
    """
    headings = ("what", "network", "at", "value")
    rows = [row for row in _rows(trace) if isfinite(row[-1])]
    return dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))


def _rows(trace: Trace) -> Iterator[Row]:
    for norm, curve in (("none", trace.memory.plain), ("bn", trace.memory.normed)):
        for what in ("memorized", "corrected", "accuracy"):
            for step, value in zip(curve.steps, getattr(curve, what), strict=True):
                yield f"{what} at step", NAMES[norm], float(step), float(value)
    shift = trace.shift
    for layer in range(DEPTH):
        for what in ("met", "alone", "expected"):
            value = float(getattr(shift, what)[layer])
            yield f"variance ratio, {what}, at layer", "with BN and dropout", layer + 1.0, value
    for k, statistics in enumerate(STATISTICS):
        yield f"loss, {statistics}", "with BN and dropout", 0.0, float(shift.loss[k])
        yield f"accuracy, {statistics}", "with BN and dropout", 0.0, float(shift.accuracy[k])
    for n, norm in enumerate(NORMS):
        for b, size in enumerate(BATCHES):
            recorded = trace.bands.memorized[1, b, n, -1], trace.bands.clean[1, b, n]
            yield "recorded: memorized at batch size", NAMES[norm], float(size), float(recorded[0])
            yield "recorded: clean accuracy at", NAMES[norm], float(size), float(recorded[1])
    for k, place in enumerate(POSITIONS):
        for d, p in enumerate(DROPOUTS):
            value = float(trace.bands.dropout_accuracy[1, k, d, 0])
            yield f"recorded: accuracy, dropout {place}, at p", "with BN and dropout", p, value
