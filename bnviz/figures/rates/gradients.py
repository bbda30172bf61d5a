"""The first layer before the first step: its gradient, and how far a step turns it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.chart import Chart
from bnviz.figures.labels import at_ends
from bnviz.figures.rates.corner import LABELS, ROLES
from bnviz.figures.rates.maps import USUAL
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.settings import SCALES
from bnviz.labs.rates.trace import Trace
from bnviz.marks import number_text
from bnviz.numerals import short


def charts(trace: Trace) -> list[Chart]:
    """Draw the two charts of this view."""
    found = trace.gradients
    low = number_text(SCALES[0])
    none, bn = found.gradient[:, 0]
    size = f"At scale {low} the gradient with BN is {short(bn)}, without norm {short(none)}"
    pace = found.relative[PAIR.index("bn")]
    turn = (
        f"With BN a step at scale {low} is {pace[0] / pace[-1]:.0f} times that at scale "
        f"{number_text(SCALES[-1])}, relative to the weights"
    )
    return [
        _over_scale(trace, "size", found.gradient, size, "Gradient, first layer"),
        _over_scale(trace, "pace", found.relative, turn, "Gradient by weight norm"),
    ]


def _over_scale(trace: Trace, name: str, values: NDArray[Any], title: str, what: str) -> Chart:
    x = np.array(SCALES)
    shown = np.where(np.isfinite(values) & (values > 0), values, np.nan)
    data = [
        theme.line(x, shown[j], ROLES[norm], name=LABELS[norm], mode="lines+markers")
        for j, norm in enumerate(PAIR)
    ]
    low, high = np.log10([np.nanmin(shown), np.nanmax(shown)])
    ends = [(LABELS[norm], 1.04 * SCALES[-1], float(shown[j, -1]), ROLES[norm])
            for j, norm in enumerate(PAIR)]  # fmt: skip
    data += at_ends(ends, gap=0.06 * (high - low), high=float(high), log=True)
    layout = {
        "title": theme.finding(title),
        "xaxis": theme.log_axis(
            "Initial scale",
            f"times {USUAL[trace.settings.activation]}",
            labels=SCALES,
            range=[-1.05, 0.75],
        ),
        "yaxis": theme.log_axis(what, decades=2, range=[low - 0.5, high + 0.5]),
        "shapes": [theme.guide(x=1.0)],
        "margin": {"r": 74},
    }
    alt = f"{title}. Over six scales of the hidden weights, before the first step."
    return Chart(name, {"data": data, "layout": layout}, alt)
