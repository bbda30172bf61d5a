"""The view on the factor of batch norm beside that of dropout."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import functional as F
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.heat import COLORBAR, correlations
from bnviz.labs.claim import Claim
from bnviz.labs.noise.dropout import measure, normalized
from bnviz.labs.noise.settings import PAIR
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return both factors."""
    found, m = trace.found, trace.settings.batch_size
    start = f"Dropout sets {100 * found.dropped:.0f}% of the values to 0 and multiplies the "
    start += f"others by {found.kept:.4g}; a random batch of {m} multiplies by"
    zeros = f"of which {found.n_zero} are exactly 0" if found.n_zero else "never exactly 0"
    if m == PAIR:
        return (
            f"{start} **±{1 / found.fixed:.2f}**, or nearly, as only the sign of a value is left."
        )
    return (
        f"{start} **{found.mean:.2f} ± {found.std:.2f}**, with {found.n_values} different values, "
        f"{zeros}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return both factors and their spread."""
    found = trace.found
    lines = [
        r"\text{BN: } \frac{\hat x_B}{\hat x} &= \frac{\sigma}{\sigma_B} \cdot "
        r"\frac{x - \mu_B}{x - \mu}",
        rf"&= {found.mean:.2f} \pm {found.std:.2f}",
        r"\text{dropout: std} &= \sqrt{\frac{p}{1-p}}",
        rf"&= \sqrt{{\frac{{{found.p:g}}}{{{1 - found.p:g}}}}}"
        rf" = {np.sqrt(found.p / (1 - found.p)):.2f}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return how often batch norm's factor lies in each bin that is not empty."""
    found = trace.found
    bins = found.counts > 0
    return {
        "Factor from": np.round(found.edges[:-1][bins], 2).tolist(),
        "to": np.round(found.edges[1:][bins], 2).tolist(),
        "Batches": found.counts[bins].tolist(),
    }


BAR = 0.05
UPPER, LOWER = [0.56, 1.0], [0.0, 0.4]
LEFT, RIGHT = [0.0, 0.46], [0.54, 1.0]


def factors(trace: Trace[Any, Any]) -> Figure:
    """Draw two histograms on one axis: batch norm above, dropout below."""
    found = trace.found
    n, width = int(found.counts.sum()), float(found.edges[1] - found.edges[0])
    dropped = 100 * found.dropped
    data = [
        _bars(
            found.edges[:-1] + width / 2, 100 * found.counts / n, width, theme.WITH, "batch norm"
        ),
        {
            **_bars([0.0, found.kept], [dropped, 100 - dropped], BAR, theme.THIRD, "dropout"),
            "yaxis": "y2",
        },
    ]
    zeros = f"{found.n_zero} of them 0" if found.n_zero else "never 0"
    m = trace.settings.batch_size
    values = f"{found.n_values} different factors" if m > PAIR else "nearly two factors"
    top = max(float(found.edges[-1]), found.kept) + 0.1
    small = {"font": {"size": theme.FONT_SIZE - 2}}
    return theme.figure(
        f"BN: {values}, {zeros}. Dropout: two, {dropped:.0f}% are 0",
        data,
        theme.axis("Factor on a value", range=[float(found.edges[0]) - 0.1, top], anchor="y2"),
        {"title": {"text": "Batches (%)", **small}, "domain": UPPER, "rangemode": "tozero"},
        yaxis2={
            "title": {"text": "Masks (%)", **small},
            "domain": LOWER,
            "range": [0, 104],
            "tickvals": [0, 50, 100],
        },
        annotations=[
            _name(f"BN, batches of {m}", 1.0, theme.WITH),
            _name(f"dropout, p = {found.p:g}", 0.4, theme.THIRD),
        ],
        bargap=0,
    )


def _bars(x: Any, y: Any, width: float, role: theme.Role, name: str) -> theme.Trace:
    hover = f"{name}<br>%{{x:.2f}}: %{{y:.1f}}%"
    return theme.bars(np.asarray(x), np.asarray(y), role, hover=hover, width=width, name=name)


def _name(text: str, y: float, role: theme.Role) -> dict[str, Any]:
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0.02,
        "y": y,
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "font": {"color": role.text, "size": theme.FONT_SIZE},
    }


def shared(trace: Trace[Any, Any]) -> Figure:
    """Draw correlations of the noise between units, once for batch norm and once for dropout."""
    found = trace.found
    names = [str(unit) for unit in found.units]
    shown = {"x": names, "y": names, "xgap": 1, "ygap": 1, "colorbar": {**COLORBAR, "x": 1.02}}
    data = [
        correlations(
            values,
            f"{what}<br>units %{{y}} and %{{x}}: %{{z:.2f}}",
            xaxis=f"x{suffix}",
            yaxis=f"y{suffix}",
            showscale=not suffix,
            **shown,
        )
        for values, what, suffix in (
            (found.correlation, "BN", ""),
            (found.dropout_correlation, "dropout", "2"),
        )
    ]
    upright: dict[str, Any] = {
        "type": "category",
        "autorange": "reversed",
        "showticklabels": False,
        "ticks": "",
    }
    flat: dict[str, Any] = {"type": "category", "nticks": 5}
    return theme.figure(
        f"Noise of two units: correlation {found.shared:.2f} in size with BN, "
        f"{found.dropout_shared:.2f} with dropout",
        data,
        theme.axis("Unit, BN", domain=LEFT, **flat),
        theme.axis("Unit", **upright),
        xaxis2=theme.axis("Unit, dropout", domain=RIGHT, anchor="y2", **flat),
        yaxis2={**upright, "anchor": "x2"},
    )


VIEW = View(
    name="dropout",
    label="Beside dropout",
    measure=measure,
    needs=("batch_size", "replacement", "dropout", "unit", "seed"),
    free=("batch_size", "dropout"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("factors", factors, "Two histograms of factors, of batch norm and of dropout."),
        Plot("shared", shared, "Two tables of correlations between units, as colours."),
    ),
    code=(normalized, F.standardize),
    reading="""
**Beside dropout.** The factor of batch norm is x̂ in the batch over x̂ with the statistics of all
images, for an image one σ above the mean. Dropout's factor is 0 or 1/(1−p). The tables compare the
noise of each unit with that of each other unit.

Batch norm's noise moves together, since all units see the same images. With two images per batch
only a sign is left, and so two factors.
""",
    claims=(
        Claim(
            "Batch norm drops no units. Its noise is a factor and a shift, continuous for m > 2, and "
            "correlated between units; all images of a batch share its mean and variance. Dropout "
            "multiplies by 0 or 1/(1−p), each value by its own draw. “Like dropout” is an "
            "analogy: both are noise in training. (First layer of a trained network of two ReLU layers "
            "of 64, one image in a thousand batches.)",
            "measured here",
            held="10 of 10",
        ),
    ),
)
