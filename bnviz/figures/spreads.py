"""Rows of spreads: for each row a line over all values, a thick part over most, and the median."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.palette import Role

FLOOR = 1e-4
"""Smaller values are drawn here on a logarithmic axis."""
APART = 0.26
"""Distance of two lines in one row, in rows."""


@dataclass(frozen=True, eq=False)
class Group:
    """One line in each row.

    Parameters
    ----------
    name : str
    role : Role
    quantiles : sequence of tuple of float
        For each row five quantiles, from the least value to the largest; () for a row without
        values, NaN in one whose values are not finite.
    """

    name: str
    role: Role
    quantiles: Sequence[tuple[float, ...]]


def spreads(
    finding: str,
    label: str,
    rows: Sequence[str],
    groups: Sequence[Group],
    *,
    log: bool = True,
    good: float | None = None,
) -> Figure:
    """Return a figure with a row for each name, the first one on top; a guide where it is good."""
    finite = [q for g in groups for qs in g.quantiles for q in qs if np.isfinite(q)]
    finite += [] if good is None else [good]
    make = theme.log_axis if log else theme.axis
    ends = _log_ends(finite) if log else _ends(finite)
    middle = 10 ** (sum(ends) / 2) if log else sum(ends) / 2
    data = [
        part for k, group in enumerate(groups) for part in _lines(group, k * APART, middle, log=log)
    ]
    guides = [] if good is None else [theme.guide(x=max(good, FLOOR) if log else good)]
    names: dict[str, Any] = {"tickvals": [-k for k in range(len(rows))], "ticktext": list(rows)}
    return theme.figure(
        finding,
        data,
        make(label, range=ends),
        theme.axis("", range=[-len(rows) + 0.4, 0.6], showline=False, ticklen=0, **names),
        shapes=guides,
        margin={"l": 12 + 7 * max((len(name) for name in rows), default=0)},
        hovermode="closest",
    )


def _log_ends(values: Sequence[float]) -> list[float]:
    """Return the ends of a log axis as exponents, a little beyond whole powers of ten."""
    drawn = np.maximum(np.abs(values), FLOOR) if values else np.array([0.1, 1.0])
    low, high = np.floor(np.log10(drawn.min())), np.ceil(np.log10(drawn.max()))
    return [float(low - 0.1), float(max(high, low + 1.0) + 0.1)]


def _ends(values: Sequence[float]) -> list[float]:
    low, high = min([0.0, *values]), max([0.1, *values])
    return [1.08 * low, 1.08 * high]


def _lines(group: Group, below: float, centre: float, *, log: bool) -> list[theme.Trace]:
    """Return thin lines, thick parts and medians; words at the centre where none is finite."""
    thin_x, thick_x, middle_x, y3, y, bad = [], [], [], [], [], []
    for k, found in enumerate(group.quantiles):
        place = -k - below
        if found and not np.isfinite(found).all():
            bad.append(place)
        elif found:
            low, less, middle, more, high = np.maximum(found, FLOOR) if log else found
            thin_x += [low, high, np.nan]
            thick_x += [less, more, np.nan]
            middle_x.append(middle)
            y3 += [place, place, np.nan]
            y.append(place)
    solid = {"dash": "solid"}
    parts = [
        theme.line(thin_x, y3, group.role, name=group.name, line={**solid, "width": 1.5}),
        theme.line(
            thick_x, y3, group.role, name=group.name, line={**solid, "width": 7}, opacity=0.45
        ),
        theme.dots(middle_x, y, group.role, name=group.name, marker={"size": 7}),
    ]
    for part in parts:
        part["hovertemplate"] = f"{group.name}: %{{x:.3g}}<extra></extra>"
    if bad:
        parts.append(_not_finite(bad, group.name, centre))
    return parts


def _not_finite(places: Sequence[float], name: str, centre: float) -> theme.Trace:
    return {
        "type": "scatter",
        "mode": "text",
        "name": f"{name}, not finite",
        "x": [centre] * len(places),
        "y": list(places),
        "text": ["not finite"] * len(places),
        "textposition": "middle center",
        "textfont": {"color": theme.WITHOUT.text},
        "hoverinfo": "skip",
    }
