"""The view on correlations of units: what batch norm changes, and what whitening does."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bnviz.core.functional import batch_norm
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.heat import correlations
from bnviz.labs.claim import Claim
from bnviz.labs.table import Row, table
from bnviz.labs.view import Plot, Trace, View
from bnviz.labs.why.correlation import largest, measure, zca
from bnviz.numerals import aligned, clean, latex_short, most


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the largest change by batch norm, and what whitening leaves."""
    found = trace.found
    return (
        f"BN changes the correlations by **{most(found.changed)}**: the largest is "
        f"{largest(found.before):.2f} before and {largest(found.after):.2f} after. Whitening "
        f"leaves {most(found.left)}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return why a correlation stays."""
    changed = latex_short(clean(trace.found.changed))
    return aligned(
        [
            r"\mathrm{corr}(a x_i + b,\ c x_j + d) &= \mathrm{corr}(x_i, x_j) \qquad (a, c > 0)",
            rf"\max |\Delta\,\mathrm{{corr}}| &= {changed} \qquad \text{{by BN}}",
            r"\mathrm{ZCA}(x) &= \Sigma^{-1/2}\,(x - \mu)",
        ]
    )


def rows(trace: Trace[Any, Any]) -> Iterator[Row]:
    """Yield the two largest numbers."""
    yield "largest change of a correlation", "BN", 0.0, clean(trace.found.changed)
    yield "largest correlation left", "whitening", 0.0, clean(trace.found.left)


def before(trace: Trace[Any, Any]) -> Figure:
    """Draw the correlations before batch norm."""
    before = trace.found.before
    title = f"Before BN: the largest correlation of two units is {largest(before):.2f}"
    return _figure(before, title)


def after(trace: Trace[Any, Any]) -> Figure:
    """Draw those after batch norm."""
    title = f"After BN: the correlations have changed by {most(trace.found.changed)}"
    return _figure(trace.found.after, title)


def whitened(trace: Trace[Any, Any]) -> Figure:
    """Draw those after whitening."""
    found = trace.found
    return _figure(found.whitened, f"After whitening: the correlations are {most(found.left)}")


def _figure(matrix_CC: np.ndarray, title: str) -> Figure:
    axis: dict[str, Any] = {"showticklabels": False, "ticks": "", "constrain": "domain"}
    return theme.figure(
        title,
        [correlations(np.round(matrix_CC, 4), "units %{y} and %{x}: %{z:.2f}")],
        theme.axis("Unit", **axis),
        theme.axis("Unit", autorange="reversed", scaleanchor="x", **axis),
    )


VIEW = View(
    name="correlation",
    label="Correlations",
    deeper=True,
    measure=measure,
    needs=("seed",),
    free=("seed",),
    takeaway=takeaway,
    formula=formula,
    table=table(rows),
    plots=(
        Plot("before", before, "Correlation matrix of 32 units before batch norm."),
        Plot("after", after, "The same after batch norm."),
        Plot("whitened", whitened, "The same after whitening."),
    ),
    code=(zca, batch_norm),
    reading="""
**Correlations.** The 32 units of the first hidden layer before training, on 256 digits. The first
two pictures are the same: BN moves and stretches each unit, which no correlation feels. ZCA
whitening mixes the units so that none is left. What is below 10⁻¹² is rounding, and written 0.
""",
    try_this="Take another seed: does BN ever change a correlation? And would it if BN "
    "divided by the deviation and did not subtract the mean?",
    claims=(
        Claim(
            "BN leaves the correlation of two units as it is: it shifts and stretches each unit on its "
            "own. Whitening removes correlations.",
            "proved",
            "a correlation does not depend on shift and positive scale",
        ),
    ),
)
