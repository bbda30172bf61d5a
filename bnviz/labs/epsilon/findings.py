"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.labs.epsilon import gain, precision, scales, shift
from bnviz.labs.epsilon.settings import BRIGHTNESSES, CONTRASTS, EPSILONS
from bnviz.labs.epsilon.shift import ADAPTED, RUNNING, Shift
from bnviz.labs.epsilon.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, latex_short, short, to_latex

TRAINING = "The networks are learning the digits."
SMALL_STD = 1e-3
"""The feature that the view on eps speaks of."""
FLOAT32 = 1


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"shift", "gain", "precision", "scales"}
    """
    return {"shift": _shift, "gain": _gain, "precision": _precision, "scales": _scales}[view](trace)


def _shift(trace: Trace) -> str:
    found = trace.shift
    if np.isnan(found.accuracy).all():
        return TRAINING
    right = dict(zip(shift.ARMS, found.accuracy, strict=True))
    words = [
        f"BN with its running statistics reads **{percent(right[RUNNING])}** of unseen digits",
        f"BN with statistics adapted to the changed pictures **{percent(right[ADAPTED])}**",
        f"layer norm {percent(right['ln'])}",
        f"no norm {percent(right['none'])}",
    ]
    known = [part for part in words if "nan" not in part]
    clean = percent(found.clean[0])
    return f"{changed(found)}: {', '.join(known)}. (BN on unchanged pictures: {clean}.)"


def changed(found: Shift, *, capital: bool = True) -> str:
    """Name the change of the pictures."""
    parts = [f"contrast ×{number_text(found.contrast)}"] if found.contrast != 1 else []
    if found.brightness:
        sign = "+" if found.brightness > 0 else "−"
        parts.append(f"brightness {sign}{number_text(abs(found.brightness))}")
    if found.inverted:
        parts.append("inverted")
    text = ", ".join(parts) or "unchanged pictures"
    return text[0].upper() + text[1:] if capital else text


def _gain(trace: Trace) -> str:
    found = trace.gain
    std = found.output_std[found.row, gain.STDS.index(SMALL_STD)]
    return (
        f"With ε = {number_text(found.eps)} a feature of standard deviation "
        f"{number_text(SMALL_STD)} comes out with **{std:.3g}** instead of 1: below "
        f"√ε = {short(math.sqrt(found.eps))} ε dominates, and no change is multiplied by more than "
        f"{short(1 / math.sqrt(found.eps))}."
    )


def _precision(trace: Trace) -> str:
    found = trace.precision
    one, two, exact = (*found.found[FLOAT32, :2], found.exact[FLOAT32])
    where = f"At a mean of {number_text(found.offset)} standard deviations"
    if not np.isfinite(exact):
        return f"{where} float32 stores all numbers as the same one: their variance is gone."
    error = abs(one / exact - 1)
    if error < 1e-4:
        verdict = "its digits are still there"
    elif error < 0.5:
        verdict = f"it is off by {short(100 * error)}%"
    else:
        verdict = "no digit is right" + (", and it is negative" if one < 0 else "")
    return (
        f"{where} the one-pass variance in float32 is **{one:.5g}** where the exact one is "
        f"{exact:.5g}: {verdict}. Two passes give {two:.5g}."
    )


def _scales(trace: Trace) -> str:
    found = trace.scales
    if np.isnan(found.accuracy).all():
        return TRAINING
    words = {
        "hidden": "BN in the hidden layers reads **{}** of unseen digits",
        "input": "standardized inputs **{}**",
        "both": "both {}",
        "neither": "the plain network {}",
    }
    places = list(scales.ARMS)
    parts = []
    for arm, text in words.items():
        lost = found.diverged_at[places.index(arm)]
        score = percent(found.accuracy[places.index(arm)])
        if score != "nan":
            parts.append(text.format(score if lost is None else f"diverges at step {lost}"))
    spread = number_text(found.spread) + (" decade" if found.spread == 1 else " decades")
    return f"Pixel scales spread over {spread}: {', '.join(parts)}."


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    lines = {
        "shift": _shift_lines, "gain": _gain_lines,
        "precision": _precision_lines, "scales": _scales_lines,
    }[view](trace)  # fmt: skip
    return aligned(lines)


def _shift_lines(trace: Trace) -> list[str]:
    found = trace.shift
    c = -found.contrast if found.inverted else found.contrast
    sign = "-" if found.inverted else ""
    lines = [
        r"z' &= c\,z + d, \quad \mu' = c\,\mu + d, \quad \sigma' = |c|\,\sigma",
        r"\text{running:}\quad \hat z' &= \frac{c\,z + d - \mu}{\sigma}",
        r"\text{adapted:}\quad \hat z' &= \frac{c\,z + d - \mu'}{\sigma'}"
        rf" = \operatorname{{sign}}({number_text(c)})\,\hat z = {sign}\hat z",
    ]
    if np.isfinite(found.spread).all():
        deviations, means = (rf"{part[0, 0]:.2g},\ {part[0, -1]:.2g}" for part in (
            found.spread, found.offset,
        ))  # fmt: skip
        where = rf"\ \text{{in layers 1 and }}{shift.DEPTH}"
        lines += [
            r"\text{measured, running:}\quad \operatorname{std}(\hat z') &= " + deviations + where,
            r"|\operatorname{mean}(\hat z')| &= " + means + where,
        ]
    return lines


def _gain_lines(trace: Trace) -> list[str]:
    found = trace.gain
    eps, std = latex(found.eps), found.output_std[found.row, gain.STDS.index(SMALL_STD)]
    return [
        r"\operatorname{std}(\hat x) &= \frac{s}{\sqrt{s^2 + \epsilon}}"
        rf" = \frac{{0.001}}{{\sqrt{{0.001^2 + {eps}}}}} = {std:.4g}",
        r"\text{gain} &= \frac{1}{\sqrt{s^2 + \epsilon}} \le \frac{1}{\sqrt\epsilon}"
        rf" = \frac{{1}}{{\sqrt{{{eps}}}}} = {1 / math.sqrt(found.eps):.4g}",
        r"\text{constant pixel} &: \frac{x - \mu}{\sqrt{0 + \epsilon}}"
        rf" = \frac{{{found.pixels.largest_step:.3g}}}{{\sqrt{{{eps}}}}}"
        rf" = {found.pixels.largest_step / math.sqrt(found.eps):.4g}",
    ]


def _precision_lines(trace: Trace) -> list[str]:
    found = trace.precision
    squares, square = (f"{term:.8g}" for term in found.terms)
    one, two, exact = (*found.found[FLOAT32, :2], found.exact[FLOAT32])
    said = [f"{v:.5g}" if np.isfinite(v) else r"\text{lost}" for v in (one, two, exact)]
    return [
        rf"\text{{one pass:}}\quad \overline{{x^2}} - \bar x^2 &= {to_latex(squares)} - "
        rf"{to_latex(square)} = {to_latex(said[0])}",
        rf"\text{{two passes:}}\quad \overline{{(x - \bar x)^2}} &= {to_latex(said[1])}",
        rf"\text{{exact}} &= {to_latex(said[2])}",
    ]


def _scales_lines(trace: Trace) -> list[str]:
    std = trace.scales.pixel_std[0]
    least = std[std > 0][0]
    largest, smallest = latex_short(std[-1]), latex_short(least)
    ratio = latex_short(std[-1] / least, 2)
    return [
        r"z_j &= \sum_d w_{dj}\, a_d\, x_d \qquad (a_d:\ \text{the scale of pixel } d)",
        r"\hat z_j &= \frac{z_j - \mu_j}{\sigma_j} \qquad"
        r"(\text{one divisor for the whole sum; its terms stay unequal})",
        rf"\frac{{\text{{largest pixel deviation}}}}{{\text{{smallest}}}} &= "
        rf"\frac{{{largest}}}{{{smallest}}} = {ratio}",
    ]


def table(trace: Trace) -> dict[str, list[Any]]:
    """Give all numbers of the four views, a row for each.

    Parameters
    ----------
    trace : Trace

    Returns
    -------
    dict of str to list
    """
    rows = [*_shift_rows(trace), *_gain_rows(trace), *_precision_rows(trace), *_scales_rows(trace)]
    headings = ("what", "method", "at", "value")
    return dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))


Row = tuple[str, str, float, float]


def _shift_rows(trace: Trace) -> Iterator[Row]:
    found = trace.shift
    for a, name in enumerate(shift.ARMS.values()):
        for contrast, value in zip(CONTRASTS, found.over_contrast[a], strict=True):
            yield "accuracy at contrast", name, contrast, float(value)
        for brightness, value in zip(BRIGHTNESSES, found.over_brightness[a], strict=True):
            yield "accuracy at brightness (std)", name, brightness, float(value)


def _gain_rows(trace: Trace) -> Iterator[Row]:
    found = trace.gain
    name = f"eps {number_text(found.eps)}"
    for s, std in enumerate(gain.STDS):
        yield "gain at input std", name, std, float(found.gain[found.row, s])
        yield "output std at input std", name, std, float(found.output_std[found.row, s])
    for eps, value in zip(EPSILONS, found.pixels.beyond, strict=True):
        yield "largest normalized value at eps", "new pictures", eps, float(value)


def _precision_rows(trace: Trace) -> Iterator[Row]:
    for t, dtype in enumerate(precision.TYPES):
        for w, way in enumerate(precision.WAYS):
            for o, offset in enumerate(precision.OFFSETS):
                value = float(trace.precision.error[t, w, o])
                yield "relative error at mean (std)", f"{way}, {dtype}", offset, value


def _scales_rows(trace: Trace) -> Iterator[Row]:
    found = trace.scales
    for a, name in enumerate(scales.ARMS.values()):
        yield "accuracy at spread (decades)", name, found.spread, float(found.accuracy[a])
        for step, loss in zip(scales.STEPS, found.loss[a], strict=True):
            yield "loss (nats) at step", name, float(step), float(loss)


def percent(share: float) -> str:
    """Write a share for a reader; "nan" where there is none."""
    return "nan" if np.isnan(share) else f"{share:.0%}"
