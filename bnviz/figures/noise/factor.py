"""The factor of batch norm beside that of dropout."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.labs.noise import Trace
from bnviz.labs.noise.findings import PAIR

BAR = 0.05
UPPER, LOWER = [0.56, 1.0], [0.0, 0.4]
LEFT, RIGHT = [0.0, 0.46], [0.54, 1.0]


def factors(trace: Trace) -> Figure:
    """Draw two histograms on one axis: batch norm above, dropout below."""
    found = trace.factor
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
    top = max(float(found.edges[-1]), found.kept) + 0.1
    small = {"font": {"size": theme.FONT_SIZE - 2}}
    layout = {
        "title": theme.finding(_factors_title(trace)),
        "xaxis": theme.axis(
            "Factor on a value", range=[float(found.edges[0]) - 0.1, top], anchor="y2"
        ),
        "yaxis": {
            **theme.axis("Batches", "%", domain=UPPER, rangemode="tozero"),
            "title": {"text": "Batches (%)", **small},
        },
        "yaxis2": {
            "title": {"text": "Masks (%)", **small},
            "domain": LOWER,
            "range": [0, 104],
            "tickvals": [0, 50, 100],
        },
        "annotations": [
            _name(f"BN, batches of {trace.settings.batch_size}", 1.0, theme.WITH),
            _name(f"dropout, p = {found.p:g}", 0.4, theme.THIRD),
        ],
        "bargap": 0,
    }
    return {"data": data, "layout": layout}


def _bars(x: Any, y: Any, width: float, role: theme.Role, name: str) -> theme.Trace:
    return {
        "type": "bar",
        "x": np.asarray(x),
        "y": np.asarray(y),
        "width": width,
        "marker": {"color": role.color},
        "name": name,
        "hovertemplate": f"{name}<br>%{{x:.2f}}: %{{y:.1f}}%<extra></extra>",
    }


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


def _factors_title(trace: Trace) -> str:
    found, m = trace.factor, trace.settings.batch_size
    zeros = f"{found.n_zero} of them 0" if found.n_zero else "never 0"
    values = f"{found.n_values} different factors" if m > PAIR else "nearly two factors"
    return f"BN: {values}, {zeros}. Dropout: two, {100 * found.dropped:.0f}% are 0"


def shared(trace: Trace) -> Figure:
    """Draw correlations of the noise between units, once for batch norm and once for dropout."""
    found = trace.factor
    names = [str(unit) for unit in found.units]
    data = []
    for k, (values, what) in enumerate(
        ((found.correlation, "BN"), (found.dropout_correlation, "dropout"))
    ):
        suffix = "" if k == 0 else "2"
        data.append(
            {
                "type": "heatmap",
                "z": values,
                "x": names,
                "y": names,
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
                "zmin": -1,
                "zmax": 1,
                "zmid": 0,
                "colorscale": theme.DIVERGING,
                "xgap": 1,
                "ygap": 1,
                "showscale": k == 0,
                "colorbar": {"thickness": 12, "outlinewidth": 0, "ticks": "", "x": 1.02},
                "hovertemplate": f"{what}<br>units %{{y}} and %{{x}}: %{{z:.2f}}<extra></extra>",
            }
        )
    upright: dict[str, Any] = {
        "type": "category",
        "autorange": "reversed",
        "showticklabels": False,
        "ticks": "",
    }
    flat: dict[str, Any] = {"type": "category", "nticks": 5}
    layout = {
        "title": theme.finding(
            f"Noise of two units: correlation {found.shared:.2f} in size with BN, "
            f"{found.dropout_shared:.2f} with dropout"
        ),
        "xaxis": theme.axis("Unit, BN", domain=LEFT, **flat),
        "xaxis2": theme.axis("Unit, dropout", domain=RIGHT, anchor="y2", **flat),
        "yaxis": theme.axis("Unit", **upright),
        "yaxis2": {**upright, "anchor": "x2"},
    }
    return {"data": data, "layout": layout}
