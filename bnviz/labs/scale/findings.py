"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.theory import effective_lr
from bnviz.labs.scale import pace, spectral
from bnviz.labs.scale.learner import Path
from bnviz.labs.scale.settings import SCALES
from bnviz.labs.scale.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import aligned, bound, latex, latex_short, short

LEARNING = "The networks are learning the digits."
N_LAST = 20
"""The loss at the end is the mean over the last batches."""
NETWORKS = ("with BN", "without norm")
SAME = 0.01
"""Losses of the question are called equal up to this, in nats."""


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"flat", "pace", "balance", "spectral"}
    """
    words = {"flat": _flat, "pace": _pace, "balance": _balance, "spectral": _spectral}
    return words[view](trace)


def _flat(trace: Trace) -> str:
    found, a = trace.flat, trace.settings.scale
    loss, plain = found.loss_at
    one = found.loss[0, SCALES.index(1.0)]
    times = found.gradient_norm[0, SCALES.index(1.0)] / found.gradient_norm_at[0]
    same = abs(loss - one) < SAME
    verdict = (
        f"the same as at a = 1, and the gradient is **{ratio(times)}**"
        if same
        else f"not the {one:.3f} of a = 1, for ε is not small beside the variance at both"
    )
    return (
        f"Hidden weights × {number_text(a)}: with BN the loss is **{loss:.3f}**, {verdict}. "
        f"Without norm the loss is {short(plain)}."
    )


def ratio(times: float) -> str:
    """Say how many times smaller or larger something is.

    Examples
    --------
    >>> ratio(10.0), ratio(0.1), ratio(1.0)
    ('10 times smaller', '10 times larger', 'as large')
    """
    if abs(math.log(times)) < 0.02:
        return "as large"
    return (
        f"{number_text(float(f'{times:.2g}'))} times smaller"
        if times > 1
        else f"{number_text(float(f'{1 / times:.2g}'))} times larger"
    )


def last_loss(path: Path) -> float:
    """Give the mean loss of the last batches."""
    return float(path.loss[-N_LAST:].mean())


def _pace(trace: Trace) -> str:
    found, a = trace.pace, trace.settings.scale
    if not found.finished:
        return LEARNING
    plain, scaled, twin = map(last_loss, (found.plain, found.scaled, found.twin))
    apart = float(np.abs(found.twin.loss - found.plain.loss).max())
    return (
        f"After {pace.N_STEPS} steps the loss is {plain:.2f} with a = 1 and **{scaled:.2f}** with "
        f"a = {number_text(a)} at the same learning rate. With a² times the learning rate it is "
        f"**{twin:.2f}**: the same run, up to {short(apart)} in every step."
    )


def _balance(trace: Trace) -> str:
    found = trace.balance
    if not found.finished:
        return LEARNING
    digits, noise = found.measured
    if not found.weight_decay:
        first, last = found.digits.norm[[0, -1]]
        return (
            f"Without weight decay there is no balance: the length of the weights goes from "
            f"{first:.1f} to {last:.1f}, longer by {short(100 * (last / first - 1))}%, and a step "
            f"turns them by {short(found.early)} rad in the first half of the run, by "
            f"**{short(digits)}** in the second."
        )
    return (
        f"With weight decay {number_text(found.weight_decay)} a step turns the weights by "
        f"**{digits:.3f}** rad on the digits and by {noise:.3f} with half of the labels drawn "
        f"anew. At balance it would be {found.expected:.3f}: {_reached(found.reached)}."
    )


def _reached(reached: tuple[bool, bool]) -> str:
    """Say which of the two runs, on digits and on noise, turns as at balance."""
    return {
        (True, True): "both are within 10% of it",
        (True, False): "only the run on the digits is within 10% of it",
        (False, True): "only the noisy run is within 10% of it",
        (False, False): "neither is within 10% of it",
    }[reached]


def _spectral(trace: Trace) -> str:
    moved, plain = trace.spectral.moved
    return (
        f"Divided by their largest singular values ({_values(trace)}), the hidden weights give "
        f"logits that move by at most **{bound(moved)}** with BN, and by {short(plain)} without."
        f"{_trained(trace)}"
    )


def _trained(trace: Trace) -> str:
    """Say how far the two trained networks part, and how good the estimates were."""
    found = trace.spectral
    if not found.finished:
        return ""
    return (
        f" Trained that way for {spectral.N_STEPS} steps, the loss moves by at most "
        f"**{bound(found.apart)}**, though the estimate of the value is up to "
        f"{short(100 * (1 - found.worst_estimate))}% too small."
    )


def _values(trace: Trace) -> str:
    return " and ".join(short(value) for value in trace.spectral.largest)


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    lines = {
        "flat": _flat_lines, "pace": _pace_lines,
        "balance": _balance_lines, "spectral": _spectral_lines,
    }[view](trace)  # fmt: skip
    return aligned(lines)


def _flat_lines(trace: Trace) -> list[str]:
    found, a = trace.flat, trace.settings.scale
    one = found.gradient_norm[0, SCALES.index(1.0)]
    return [
        r"\hat x(aW) &= \frac{a\,Wx - a\,\mu}{\sqrt{a^2\sigma^2 + \epsilon}} \to \hat x(W)"
        r"\ \ \text{if}\ a^2\sigma^2 \gg \epsilon",
        rf"\|g(aW)\| &= \frac{{\|g(W)\|}}{{a}} = \frac{{{latex_short(one)}}}{{{latex_short(a)}}}"
        rf" = {latex_short(one / a)}",
        rf"\text{{measured}} &: \ {latex_short(found.gradient_norm_at[0])}",
        rf"\cos(W, g) &= {latex_short(found.cosine)} \quad (0:\ \text{{a right angle}})",
        rf"a^2\sigma^2 &= \epsilon \ \text{{ at }}\ a = {latex_short(found.eps_scale)}",
    ]


def _pace_lines(trace: Trace) -> list[str]:
    found, a = trace.pace, trace.settings.scale
    path, lr = found.plain, found.lr
    lines = [
        rf"\eta' &= a^2\,\eta = {latex(a)}^2 \cdot {latex(lr)} = {latex_short(found.twin_lr)}",
        r"\|W_{t+1}\|^2 &= \|W_t\|^2 + \eta^2 \|g_t\|^2",
    ]
    if found.finished:
        lines += [
            rf"\|W_{{{pace.N_STEPS}}}\| &= {latex_short(path.norm[-1])}",
            rf"\text{{from }} g \text{{ alone}} &: \ {latex_short(path.pythagoras(lr)[-1])}",
            rf"\frac{{\eta}}{{\|W\|^2}} &: \ {latex_short(effective_lr(lr, path.norm[0]))} \to "
            rf"{latex_short(effective_lr(lr, path.norm[-1]))}",
        ]
    return lines


def _balance_lines(trace: Trace) -> list[str]:
    found = trace.balance
    lr, decay = latex(found.lr), latex(found.weight_decay)
    lines = [r"\cos\theta &= 1 - \eta\lambda, \qquad \theta \approx \sqrt{2\,\eta\,\lambda}"]
    if found.weight_decay:
        lines.append(
            rf"\theta &\approx \sqrt{{2 \cdot {lr} \cdot {decay}}}"
            rf" = {latex_short(math.sqrt(2 * found.lr * found.weight_decay))}\ \text{{rad}}"
        )
    if found.finished:
        digits, noise = found.measured
        lines.append(
            rf"\text{{measured:}}\quad \theta &= "
            rf"{latex_short(digits)},\ {latex_short(noise)}\ \text{{rad}}"
        )
    return lines


def _spectral_lines(trace: Trace) -> list[str]:
    values = r",\ ".join(latex_short(value) for value in trace.spectral.largest)
    return [
        r"W_{\text{SN}} &= \frac{W}{\sigma_{\max}(W)} = a\,W,\quad "
        r"a = \frac{1}{\sigma_{\max}}",
        rf"\sigma_{{\max}} &= {values}",
        r"\mathrm{BN}(W_{\text{SN}}\,x) &= \mathrm{BN}(W x)",
        r"\nabla_W L_{\text{SN}} &= \nabla_W L",
    ]


Row = tuple[str, str, float, float]


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give the numbers of the views that were measured, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
    """
    headings = ("what", "network", "at", "value")
    return dict(zip(headings, map(list, zip(*_rows(trace), strict=True)), strict=True))


def _rows(trace: Trace) -> Iterator[Row]:
    rows = {"flat": _flat_rows, "pace": _pace_rows,
            "balance": _balance_rows, "spectral": _spectral_rows}  # fmt: skip
    for view in trace.found:
        yield from rows[view](trace)


def _flat_rows(trace: Trace) -> Iterator[Row]:
    for n, name in enumerate(NETWORKS):
        for a, scale in enumerate(SCALES):
            yield "loss (nats) at a", name, scale, float(trace.flat.loss[n, a])
            yield "gradient norm at a", name, scale, float(trace.flat.gradient_norm[n, a])


def _pace_rows(trace: Trace) -> Iterator[Row]:
    found = trace.pace
    paths = (found.plain, found.scaled, found.twin)
    for name, path in zip(pace.ARMS.values(), paths, strict=True):
        yield from _path_rows(name, path)


def _balance_rows(trace: Trace) -> Iterator[Row]:
    found = trace.balance
    yield from _path_rows("decay", found.digits)
    yield from _path_rows("decay, noisy labels", found.noise)
    yield from _path_rows("no decay", found.free)


def _spectral_rows(trace: Trace) -> Iterator[Row]:
    found = trace.spectral
    for name, moved in zip(NETWORKS, found.moved, strict=True):
        yield "largest change of a logit", name, 0.0, float(moved)
    yield from _path_rows("BN", found.path)
    yield from _path_rows("BN, spectral normalization", found.spectral_path)


def _path_rows(name: str, path: Path) -> Iterator[Row]:
    """List what a run did, every ten steps."""
    columns = zip(path.loss, path.norm[:-1], path.angle, strict=True)
    for step, (loss, norm, angle) in enumerate(columns):
        if step % 10 == 0:
            yield "loss (nats) at step", name, float(step), float(loss)
            yield "weight norm at step", name, float(step), float(norm)
            yield "angle (rad) at step", name, float(step), float(angle)
