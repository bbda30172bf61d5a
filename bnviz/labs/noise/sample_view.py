"""The view on one image in many random batches."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import functional as F
from bnviz.figures import sizes, theme
from bnviz.figures.frames import Figure
from bnviz.labs.noise.draws import batches_with
from bnviz.labs.noise.mine import measure as mine
from bnviz.labs.noise.sample import first, measure
from bnviz.labs.noise.settings import PAIR
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, signed


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return where the normalized value of the image lies."""
    found, m = trace.found, trace.settings.batch_size
    start = (
        f"Sample {trace.settings.sample}, an image of the digit {found.label}, has "
        f"x̂ = **{signed(found.fixed)}** with the statistics of all images"
    )
    if m == PAIR:
        return f"{start}; in a batch of two only its sign is left, and x̂ is almost always −1 or +1."
    return (
        f"{start}, and in random batches of {m} anything from **{signed(found.low)} to "
        f"{signed(found.high)}** (the middle 90%)."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the normalized value and its bound."""
    m, found = trace.settings.batch_size, trace.found
    bound = np.sqrt(m - 1)
    lines = [
        r"\hat x &= \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}",
        rf"&= {found.mean:.2f} \pm {found.std:.2f}",
        rf"|\hat x| &\le \sqrt{{m - 1}} = \sqrt{{{m} - 1}} = {bound:.2f}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return how far the normalized value of the image spreads at each batch size."""
    found = trace.found
    return {
        "Batch size": found.sizes.tolist(),
        "Spread of x̂ of the image": np.round(found.spread, 5).tolist(),
    }


GOLDEN = 0.618034
WIDTH = 0.32
"""Half width of a strip, in powers of two."""


def strips(trace: Trace[Any, Any]) -> Figure:
    """Draw the normalized value of one image, a strip of dots for each batch size."""
    found, m = trace.found, trace.settings.batch_size
    spread = 2 * (GOLDEN * np.arange(found.x_hat.shape[1]) % 1) - 1  # from -1 to 1, in no order
    beside = 2.0 ** (WIDTH * spread)
    data = []
    for size, x_hat in zip(found.sizes, found.x_hat, strict=True):
        marker = {"size": 4, "opacity": 0.9 if size == m else 0.35}
        data.append(
            theme.dots(
                size * beside,
                x_hat,
                theme.WITH,
                name=f"batches of {size}",
                marker=marker,
                hovertemplate=f"batch of {size}<br>x̂ = %{{y:.2f}}<extra></extra>",
            )
        )
    ends = np.array([found.sizes[0] / 1.5, found.sizes[-1] * 1.5])
    fixed = np.array([found.fixed, found.fixed])
    data.append(theme.line(ends, fixed, theme.REFERENCE, name="statistics of all images"))
    data.append(theme.end_label(ends, fixed, "all images", theme.REFERENCE))
    least, most = found.sizes[0], found.sizes[-1]
    title = (
        f"The same image: its x̂ spreads by {found.spread[0]:.2f} in batches of {least}, "
        f"by {found.spread[-1]:.2f} in batches of {most}"
    )
    if found.spread[0] <= found.spread[-1]:  # the image lies at an end: always the sign +, or -
        title = f"The same image, always x̂ = {signed(found.x_hat[0, 0], 0)} in batches of {least}"
    return theme.figure(
        title,
        data,
        sizes.axis(int(least), int(most)),
        theme.axis("Normalized value x̂ of the image", range=_range(trace)),
        margin={"r": 76},
    )


def chosen(trace: Trace[Any, Any]) -> Figure:
    """Draw a histogram of the image's value in a thousand batches of the chosen size."""
    found, m = trace.found, trace.settings.batch_size
    n, width = int(found.counts.sum()), float(found.edges[1] - found.edges[0])
    x, y = 100 * found.counts / n, found.edges[:-1] + width / 2
    style = {"name": f"batches of {m}", "hover": "x̂ near %{y:.2f}: %{x:.1f}%"}
    bars = theme.bars(x, y, theme.WITH, level=True, width=width, **style)
    return theme.figure(
        f"{n} batches of {m}: x̂ = {signed(found.mean)} ± {found.std:.2f}",
        [bars],
        theme.axis("Share of the batches", "%", rangemode="tozero"),
        theme.axis("Normalized value x̂ of the image", range=_range(trace)),
        shapes=[theme.guide(y=found.fixed)],
        bargap=0,
    )


def _range(trace: Trace[Any, Any]) -> list[float]:
    return [float(trace.found.edges[0]), float(trace.found.edges[-1])]


VIEW = View(
    name="sample",
    label="One image, many batches",
    measure=measure,
    needs=("batch_size", "replacement", "sample", "unit", "seed"),
    free=("batch_size", "sample"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("strips", strips, "A dot for each of 120 random batches of each size."),
        Plot("chosen", chosen, "A histogram of 1000 random batches of the chosen size."),
    ),
    mine=mine,
    code=(batches_with, first, F.standardize),
    reading="""
**One image, many batches.** Each dot is the same image in another batch. The grey line is its value
with the statistics of all images, which evaluation mode comes close to. No x̂ can exceed √(m−1), and
with two images only −1 and +1 are left.
""",
)
