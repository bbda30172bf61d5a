"""The words of the view on correlations."""

from collections.abc import Iterator

from bnviz.labs.why.correlation import largest
from bnviz.labs.why.findings.row import Row
from bnviz.labs.why.trace import Trace
from bnviz.numerals import bound, latex_short


def takeaway(trace: Trace) -> str:
    """State what batch norm changes, and what whitening leaves."""
    found = trace.correlation
    return (
        f"BN changes correlations by **{bound(found.changed)}** at most: the largest is "
        f"{largest(found.before):.2f} before and {largest(found.after):.2f} after. Whitening "
        f"leaves at most {bound(found.left)}."
    )


def lines(trace: Trace) -> list[str]:
    """Write why a correlation stays."""
    changed = latex_short(trace.correlation.changed)
    return [
        r"\mathrm{corr}(a x_i + b,\ c x_j + d) &= \mathrm{corr}(x_i, x_j) \qquad (a, c > 0)",
        rf"\max |\Delta\,\mathrm{{corr}}| &= {changed} \qquad \text{{by BN}}",
        r"\mathrm{ZCA}(x) &= \Sigma^{-1/2}\,(x - \mu)",
    ]


def rows(trace: Trace) -> Iterator[Row]:
    """List the two largest numbers."""
    yield "largest change of a correlation", "BN", 0.0, trace.correlation.changed
    yield "largest correlation left", "whitening", 0.0, trace.correlation.left
