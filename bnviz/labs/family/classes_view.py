"""The view on batches of few classes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.norms import normalize
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.shares import SHARE, bars, lines
from bnviz.labs.family.classes import measure
from bnviz.labs.family.networks import accuracy_in_batches, trained
from bnviz.labs.family.record import ARMS, HEADINGS
from bnviz.labs.family.settings import CLASSES
from bnviz.labs.family.sizes_view import ROLES
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return what the arms recognize at the reader's number of classes."""
    k = trace.settings.classes
    mean = trace.found.record.classes[CLASSES.index(k)].mean(-1)
    right = dict(zip(ARMS, mean, strict=True))
    return (
        f"With {k} {'class' if k == 1 else 'classes'} in a batch BN recognizes **{right['eval']:.0%}** "
        f"of unseen digits with its running statistics and {right['batch']:.0%} with those of such "
        f"batches; renormalization recognizes **{right['renorm']:.0%}**, layer norm "
        f"**{right['ln']:.0%}** (means of three recorded starts)."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what the mean of a batch holds."""
    k = trace.settings.classes
    return aligned(
        [
            r"\mu &= \tfrac{1}{k} \textstyle\sum_c \mu_c + \text{noise}",
            rf"k &= {k}: \quad x - \mu\ "
            + (r"\text{has lost its class}" if k == 1 else r"\text{keeps differences of classes}"),
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    for k, shares in zip(CLASSES, trace.found.record.classes.mean(-1), strict=True):
        for arm, share in zip(ARMS.values(), shares.tolist(), strict=True):
            yield "mean accuracy at classes in a batch", arm, k, share
    for arm, share in zip(ARMS.values(), trace.found.live.tolist(), strict=True):
        yield "live accuracy at classes in a batch", arm, trace.settings.classes, share


ARM_ROLES = {
    "eval": theme.EVAL,
    "batch": theme.TRAIN,
    "renorm": ROLES["renorm"],
    "ln": theme.THIRD,
}
ARM_NAMES = {"eval": "BN", "batch": "BN, batch", "renorm": "renorm", "ln": "LN"}


def arms(trace: Trace[Any, Any]) -> Figure:
    """Draw the arms at the reader's number of classes; dots are the live networks."""
    k = trace.settings.classes
    share = 100 * trace.found.record.classes[CLASSES.index(k)]
    rows = dict(zip(ARMS, share, strict=True))
    live = {key: 100 * right for key, right in zip(ARMS, trace.found.live.tolist(), strict=True)}
    known = [key for key in reversed(ARMS) if np.isfinite(live[key])]
    marker = {"size": 9, "symbol": "diamond", "color": theme.TEXT}
    x, y = [live[key] for key in known], [ARM_NAMES[key] for key in known]
    hover = "%{y}, live: %{x:.1f}%<extra></extra>"
    diamonds = theme.dots(x, [], theme.REFERENCE, name="live", marker=marker)
    many = "1 class" if k == 1 else f"{k} classes"
    return bars(
        f"{many} in a batch: BN recognizes {rows['eval'].mean():.0f}%, LN {rows['ln'].mean():.0f}%",
        {key: rows[key] for key in reversed(ARMS)},
        ARM_ROLES,
        ARM_NAMES,
        [{**diamonds, "y": y, "hovertemplate": hover}],
    )


def over_classes(trace: Trace[Any, Any]) -> Figure:
    """Draw accuracy over the number of classes in a batch."""
    share = trace.found.record.classes.swapaxes(0, 1)
    mean = 100 * share.mean(-1)
    title = (
        f"BN rises from {mean[0, 0]:.0f} to {mean[0, -1]:.0f}%, LN stays at "
        f"{mean[-1].min():.0f} to {mean[-1].max():.0f}%"
    )
    return theme.figure(
        title,
        lines(CLASSES, share, ARM_ROLES, ARM_NAMES),
        theme.log_axis("Classes in a batch", labels=CLASSES, range=[-0.05, 1.04]),
        SHARE,
        shapes=[theme.guide(x=trace.settings.classes)],
        margin={"r": 84},
    )


VIEW = View(
    name="classes",
    label="Classes in a batch",
    measure=measure,
    needs=("classes", "seed"),
    free=("classes",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot("arms", arms, "Bars are means of three starts, diamonds the networks trained now."),
        Plot(
            "classes",
            over_classes,
            "Over 1, 2, 5 and 10 classes in a batch, with bands of three starts.",
        ),
    ),
    code=(trained, accuracy_in_batches, normalize),
    credit=lambda trace: (
        f"Lines, bars and bands: {trace.found.record.credit}. Diamonds are this run."
    ),
    reading="""
**Classes in a batch.** Batches of 16 digits, drawn from so many classes. *BN, batch*: the same
network, asked in batches of unseen digits that are drawn in the same way, each with its own
statistics.
""",
    try_this="Set 2 classes in a batch, then 10. Which network catches up?",
)
