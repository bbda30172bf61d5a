"""The view on accuracy over batch sizes."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.network.norms import normalize
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.shares import SHARE, bars, lines
from bnviz.labs.claim import Claim
from bnviz.labs.family.networks import LR, accuracy, trained
from bnviz.labs.family.record import HEADINGS
from bnviz.labs.family.settings import NORMS, SIZES
from bnviz.labs.family.sizes import measure
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, counted


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the norms in their order at the reader's batch size."""
    s = trace.settings
    order = ", ".join(f"{NORMS[norm]} **{share:.0%}**" for norm, share in ranked(trace))
    best = ", ".join(f"{NORMS[key]} {share:.0%}" for key, _, share in at_best(trace)[:3])
    said = (
        f"At batch size {s.batch_size} and rate {LR}, mean of three recorded starts: {order}. "
        f"First at their own best rates: {best}."
    )
    if np.isfinite(trace.found.live):
        said += f" The live network, {NORMS[s.norm]}, recognizes {trace.found.live:.0%}."
    return said


def ranked(trace: Trace[Any, Any]) -> list[tuple[str, float]]:
    """Return the norms and their mean accuracy at the reader's batch size, the best first."""
    mean = trace.found.record.sizes[:, SIZES.index(trace.settings.batch_size)].mean(-1)
    return sorted(zip(NORMS, mean.tolist(), strict=True), key=lambda pair: -pair[1])


def at_best(trace: Trace[Any, Any]) -> list[tuple[str, float, float]]:
    """Return norms, their own best rates and mean accuracies there, the best first."""
    found = []
    for norm in NORMS:
        rate, share_S = trace.found.record.at_best(norm, trace.settings.batch_size)
        found.append((norm, rate, float(share_S.mean())))
    return sorted(found, key=lambda row: -row[2])


def formula(trace: Trace[Any, Any]) -> str:
    """Return which numbers each norm averages."""
    n = trace.settings.batch_size
    return aligned(
        [
            r"y &= \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
            rf"\text{{BN}} &:\ \mu, \sigma\ \text{{over {n} digits, for each unit}}",
            r"\text{LN} &:\ \mu, \sigma\ \text{over 64 units, for each digit}",
            r"\text{GN} &:\ \mu, \sigma\ \text{over 64 / 8 = 8 units, for each digit}",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Return the numbers of the table."""
    s, share = trace.settings, trace.found.record.sizes.mean(-1)
    for norm, row in zip(NORMS.values(), share, strict=True):
        for n, mean in zip(SIZES, row.tolist(), strict=True):
            yield "mean accuracy at batch size", norm, n, mean
    for n in SIZES:
        for norm, name in NORMS.items():
            rate, share_S = trace.found.record.at_best(norm, n)
            yield "own best rate at batch size", name, n, rate
            yield "mean accuracy at that rate", name, n, float(share_S.mean())
    yield "live accuracy at batch size", NORMS[s.norm], s.batch_size, trace.found.live


ROLES = {
    "none": theme.WITHOUT,
    "bn": theme.WITH,
    "ln": theme.THIRD,
    "gn": theme.FOURTH,
    "renorm": theme.FIFTH,
    "ghost": theme.SIXTH,
}
NAMES = {"none": "no norm", "bn": "BN", "ln": "LN", "gn": "GN", "renorm": "renorm",
         "ghost": "ghost BN"}  # fmt: skip


def over_sizes(trace: Trace[Any, Any]) -> Figure:
    """Draw accuracy over the batch size for all norms."""
    s, share = trace.settings, trace.found.record.sizes
    data = lines(SIZES, share, ROLES, NAMES)
    if np.isfinite(trace.found.live):
        look = {"size": 13, "symbol": "diamond-open", "line": {"width": 3}}
        name, live = f"{NAMES[s.norm]}, live", [100 * trace.found.live]
        data.append(theme.dots([s.batch_size], live, ROLES[s.norm], name=name, marker=look))
    here = 100 * share[:, SIZES.index(s.batch_size)].mean(-1)
    who = dict(zip(ROLES, here.tolist(), strict=True))
    return theme.figure(
        f"Batches of {s.batch_size}: LN recognizes {who['ln']:.0f}%, BN {who['bn']:.0f}%",
        data,
        theme.log_axis("Batch size", "digits", labels=SIZES, range=[0.2, 2.18]),
        SHARE,
        shapes=[theme.guide(x=s.batch_size)],
        margin={"r": 84},
    )


def ranks(trace: Trace[Any, Any]) -> Figure:
    """Draw the norms at the reader's batch size, each at its own best rate, the best at the top."""
    n = trace.settings.batch_size
    order = at_best(trace)[::-1]
    share = {norm: 100 * trace.found.record.at_best(norm, n)[1] for norm, *_ in order}
    apart = 100 * (order[-1][2] - order[0][2])
    points = counted(round(apart), "point")
    title = f"Batches of {n}, each at its best rate: {points} from best to worst"
    names = {norm: f"{NAMES[norm]}, {rate:g}" for norm, rate, _ in order}
    return bars(title, share, ROLES, names, left=116)


VIEW = View(
    name="sizes",
    label="Batch sizes",
    measure=measure,
    needs=("batch_size", "norm", "seed"),
    free=("batch_size", "norm"),
    takeaway=takeaway,
    formula=formula,
    table=table(rows, HEADINGS),
    plots=(
        Plot(
            "sizes",
            over_sizes,
            "Six norms over batch sizes from 2 to 128, with bands of three starts.",
        ),
        Plot(
            "ranks",
            ranks,
            "Each norm at its own best of five rates, which stands behind its name. Bars are means "
            "of three starts, thin lines their range.",
        ),
    ),
    code=(trained, accuracy, normalize),
    credit=lambda trace: (
        f"Lines, bars and bands: {trace.found.record.credit}. The diamond is this run."
    ),
    reading="""
**Batch sizes.** Lines are means of three starts, bands their lowest and highest. Group norm has 8
groups, ghost BN chunks of at most 4 digits.

Small batches also see fewer digits in 400 steps. Each network has three hidden layers of 64 ReLU
units and learns the digits for 400 steps, in the first chart at a rate of 0.03. In the second each
norm has its own best of the rates 0.01, 0.03, 0.1, 0.3 and 1, picked on the unseen digits, which
flatters all alike. These networks have no spatial axes, so group norm just averages fewer numbers
than layer norm.
""",
    try_this="Set batch size 4, then 32. Which norms are still behind?",
    notes=(
        Claim(
            "**Object detection.** One or two large pictures fit on a device: the left end of this "
            "chart. Detectors freeze the statistics of BN, share them between devices "
            "(synchronized BN), or use group norm.",
            "reported",
            "Wu & He 2018 (abstract only); frozen and shared statistics from memory",
        ),
        Claim(
            "**Medical images.** Volumes are large, so a batch holds few of them. nnU-Net, much "
            "used for segmentation, has instance norm, which looks at one volume at a time.",
            "reported",
            "Isensee et al. 2021 (from memory)",
        ),
    ),
)
