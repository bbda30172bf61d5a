"""What the lab says in words, as formulas and as a table: every number comes from the trace."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.labs.family.settings import CLASSES, NORMS, SIZES
from bnviz.labs.family.sorted_batches import ARMS
from bnviz.labs.family.sweep import HELPED_SIZES, LIMITS
from bnviz.labs.family.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import aligned, bound, short, to_latex

ROUNDING = 1e-12
"""Below it two float64 results of this size are the same."""


def takeaway(trace: Trace, view: str) -> str:
    """State what a view shows, in one sentence of Markdown.

    Parameters
    ----------
    trace : Trace
    view : {"sizes", "classes", "renorm", "picture"}
    """
    words = {"sizes": _sizes, "classes": _classes, "renorm": _renorm, "picture": _picture}
    return words[view](trace)


def ranked(trace: Trace) -> list[tuple[str, float]]:
    """Give the norms and their mean accuracy at the reader's batch size, the best first."""
    mean = trace.record.sizes[:, SIZES.index(trace.settings.batch_size)].mean(-1)
    return sorted(zip(NORMS, mean.tolist(), strict=True), key=lambda pair: -pair[1])


def _sizes(trace: Trace) -> str:
    s = trace.settings
    order = ", ".join(f"{NORMS[norm]} **{share:.0%}**" for norm, share in ranked(trace))
    said = f"At batch size {s.batch_size}, mean of three recorded starts: {order}."
    if np.isfinite(trace.live):
        said += f" The live network, {NORMS[s.norm]}, reads {trace.live:.0%}."
    return said


def _classes(trace: Trace) -> str:
    k = trace.settings.classes
    mean = trace.record.classes[CLASSES.index(k)].mean(-1)
    right = dict(zip(ARMS, mean, strict=True))
    return (
        f"With {k} {'class' if k == 1 else 'classes'} in a batch BN reads **{right['eval']:.0%}** "
        f"of unseen digits with its running statistics and {right['batch']:.0%} with those of such "
        f"batches; renormalization reads **{right['renorm']:.0%}**, layer norm "
        f"**{right['ln']:.0%}** (means of three recorded starts)."
    )


def _renorm(trace: Trace) -> str:
    found, s = trace.layer, trace.settings
    if found.furthest < ROUNDING:
        said = "No limit holds: renormalization gives in training **what evaluation gives**"
    else:
        said = (
            f"Limits hold in {found.clipped:.0%} of the units, and renormalization differs from "
            f"evaluation by up to {short(found.furthest)}"
        )
    said += f"; BN differs by up to {short(found.furthest_bn)}."
    bn, renorm = trace.pair.tolist()
    if np.isfinite(bn):
        said += (
            f" Trained at batch size {s.batch_size}, BN reads {bn:.0%} and renormalization "
            f"**{renorm:.0%}** (one start)."
        )
    return said


def _picture(trace: Trace) -> str:
    found = trace.picture
    if found.contrast == 1:
        said = "At contrast 1 the picture is not changed, and neither is what instance norm gives."
    else:
        said = (
            f"IN({number_text(found.contrast)}x + 2) and IN(x) differ by at most "
            f"**{bound(found.difference)}**: instance norm takes contrast and brightness away."
        )
    gap = float(np.abs(found.means[1] - found.means[2]).max())
    same = "that of the other picture" if gap < ROUNDING else f"up to {short(gap)} from the other's"
    return (
        f"{said} With AdaIN at strength {number_text(found.strength)} the mean of each colour is "
        f"**{same}**."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the formula of a view, and the same with the reader's numbers, as LaTeX.

    Parameters
    ----------
    trace : Trace
    view : str
        As for ``takeaway``.
    """
    words = {
        "sizes": _size_lines, "classes": _class_lines,
        "renorm": _renorm_lines, "picture": _picture_lines,
    }  # fmt: skip
    return aligned(words[view](trace))


def _size_lines(trace: Trace) -> list[str]:
    n = trace.settings.batch_size
    return [
        r"y &= \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
        rf"\text{{BN}} &:\ \mu, \sigma\ \text{{over {n} digits, for each unit}}",
        r"\text{LN} &:\ \mu, \sigma\ \text{over 64 units, for each digit}",
        r"\text{GN} &:\ \mu, \sigma\ \text{over 64 / 8 = 8 units, for each digit}",
    ]


def _class_lines(trace: Trace) -> list[str]:
    k = trace.settings.classes
    return [
        r"\mu &= \tfrac{1}{k} \textstyle\sum_c \mu_c + \text{noise}",
        rf"k &= {k}: \quad x - \mu\ "
        + (r"\text{has lost its class}" if k == 1 else r"\text{keeps differences of classes}"),
    ]


def _renorm_lines(trace: Trace) -> list[str]:
    s, found = trace.settings, trace.layer
    r, d = number_text(s.r_max), number_text(s.d_max)
    low, high = (to_latex(f"{value:.2g}") for value in (found.r.min(), found.r.max()))
    return [
        rf"r &= \operatorname{{clip}}(\sigma_B / \sigma,\ 1/{r},\ {r})",
        rf"d &= \operatorname{{clip}}((\mu_B - \mu) / \sigma,\ -{d},\ {d})",
        r"y &= \gamma\,(r\,\hat x + d) + \beta",
        rf"\sigma_B / \sigma &\ \text{{from}}\ {low}\ \text{{to}}\ {high}",
        r"\text{off, no limits} &: \ " + to_latex(f"{found.furthest_free:.1e}"),
    ]


def _picture_lines(trace: Trace) -> list[str]:
    found = trace.picture
    before, after, style = (f"{mean:.3f}" for mean in found.means[:, 0])
    t = number_text(found.strength)
    return [
        r"\mathrm{IN}(x) &= \frac{x - \mu(x)}{\sigma(x)}",
        r"\mathrm{AdaIN}(x, s) &= \sigma(s)\,\mathrm{IN}(x) + \mu(s)",
        rf"\text{{mean of red}} &= (1 - {t}) \cdot {before} + {t} \cdot {style} = {after}",
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
    rows = [*_record_rows(trace), *_live_rows(trace)]
    headings = ("what", "method", "at", "value")
    return dict(zip(headings, map(list, zip(*rows, strict=True)), strict=True))


Row = tuple[str, str, float, float]


def _record_rows(trace: Trace) -> Iterator[Row]:
    found = trace.record
    for norm, row in zip(NORMS.values(), found.sizes.mean(-1), strict=True):
        for n, share in zip(SIZES, row.tolist(), strict=True):
            yield "mean accuracy at batch size", norm, n, share
    for k, shares in zip(CLASSES, found.classes.mean(-1), strict=True):
        for arm, share in zip(ARMS.values(), shares.tolist(), strict=True):
            yield "mean accuracy at classes in a batch", arm, k, share
    for n, rows in zip(HELPED_SIZES, found.renorm.mean(-1), strict=True):
        for (r, d, p), pair in zip(LIMITS, rows.tolist(), strict=True):
            what = f"renormalization, r_max {r:g}, d_max {d:g}, momentum {p:g}"
            yield "mean accuracy at batch size", what, n, pair[1]


def _live_rows(trace: Trace) -> Iterator[Row]:
    s, found = trace.settings, trace.picture
    yield "live accuracy at batch size", NORMS[s.norm], s.batch_size, trace.live
    for arm, share in zip(ARMS.values(), trace.arms.tolist(), strict=True):
        yield "live accuracy at classes in a batch", arm, s.classes, share
    for name, share in zip(("BN", "renormalization"), trace.pair.tolist(), strict=True):
        yield "live accuracy at batch size", name, s.batch_size, share
    for p, name in enumerate(("picture", "AdaIN", "style")):
        for colour in range(3):
            yield "mean of colour", name, colour, float(found.means[p, colour])
            yield "deviation of colour", name, colour, float(found.deviations[p, colour])
