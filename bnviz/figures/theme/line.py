"""Lines, points, bands, names at the ends of lines, and guides, as plain Plotly dicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures.frames import Frames
from bnviz.figures.palette import REFERENCE, Role, tint

Trace = dict[str, Any]
"""A plain Plotly trace."""
Values = NDArray[Any] | Sequence[float] | Frames
"""Coordinates of points, the same for all snapshots or one set for each."""


def line(x: Values, y: Values, role: Role, *, name: str, **more: Any) -> Trace:
    """Return a line in the colour and dash of its role.

    Parameters
    ----------
    x, y : array or Frames
        Points; NaN is a gap.
    role : Role
        ``WITH``, ``WITHOUT``, ...
    name : str
        What the reader sees when pointing at it.
    **more
        Any other key of a Plotly scatter trace; ``line`` adds to the role's line.
    """
    style = {"color": role.color, "dash": role.dash, **more.pop("line", {})}
    shown = {"hovertemplate": f"{name}<br>%{{x}}: %{{y:.4g}}<extra></extra>"}
    base = {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": style}
    return {**base, **shown, **more}


def dots(x: Values, y: Values, role: Role, *, name: str, **more: Any) -> Trace:
    """Return single points in the colour of their role; ``more`` is as for `line`."""
    style = {"color": role.color, **more.pop("marker", {})}
    shown = {"hovertemplate": f"{name}<br>%{{x}}: %{{y:.4g}}<extra></extra>"}
    base = {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "marker": style}
    return {**base, **shown, **more}


def bars(x: Any, y: Any, role: Role, *, hover: str, level: bool = False, **more: Any) -> Trace:
    """Return bars in the colour of their role, upright or level; ``more`` is as for `line`.

    ``hover`` is what the reader sees when pointing at one, with Plotly's places for x and y.
    """
    style = {"color": role.color, **more.pop("marker", {})}
    shown = {"marker": style, "hovertemplate": f"{hover}<extra></extra>"}
    way = {"orientation": "h"} if level else {}
    return {"type": "bar", "x": x, "y": y, **way, **shown, **more}


def band(
    x: Values, lo: Values, hi: Values, role: Role, *, name: str, opacity: float = 0.18, **more: Any
) -> list[Trace]:
    """Return the two traces of a band between ``lo`` and ``hi``, to be placed below the lines.

    They must stay neighbours in ``data``: the second fills down to the trace before it.
    """
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": tint(role.color, opacity), "name": name}
    return [{**edge, "y": lo, "name": name, **more}, {**edge, "y": hi, **fill, **more}]


def end_label(x: Values, y: Values, text: str, role: Role, *, position: str = "right") -> Trace:
    """Return the name of a line, written at its last point; it also works on log axes.

    Parameters
    ----------
    x, y : array or Frames
        The line's own points. The label stands at the last one where y is finite; if that changes
        with the snapshot (``y`` is Frames), it moves with the line.
    text : str
        The name, short: the margin at the right must have room for it.
    role : Role
        Gives the colour for small text.
    position : {"right", "above", "below"}
        Where it stands. Two lines that end close together take "above" and "below".

    Examples
    --------
    >>> trace = end_label([0, 1, 2], [3.0, 2.0, float("nan")], "with BN", REFERENCE)
    >>> trace["x"], trace["y"]
    ([1], [2.0])
    """
    places = {"right": "middle right", "above": "top right", "below": "bottom right"}
    if position not in places:
        raise ValueError(f"position must be one of {', '.join(places)}, got {position!r}")
    x_end, y_end = _ends(x, y)
    return {
        "type": "scatter",
        "mode": "text",
        "x": x_end,
        "y": y_end,
        "text": [f"\N{NO-BREAK SPACE}{text}"],
        "textposition": places[position],
        "textfont": {"color": role.text},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def guide(*, x: Any = None, y: Any = None, **more: Any) -> dict[str, Any]:
    """Return a thin grey line across the plot, for ``layout.shapes``.

    Parameters
    ----------
    x, y : float or Frames of floats
        Give one of them: where an upright or a level line stands. With Frames it moves with the
        snapshot, as the mark of "now" on a training curve does.
    **more
        Any other key of a Plotly shape (``xref="x2"``, ``yref="y2"``, ...).
    """
    if (x is None) == (y is None):
        raise ValueError(f"a guide has x or y, got x={x} and y={y}")
    across = {"x0": 0, "x1": 1, "xref": "paper", "y0": y, "y1": y, "yref": "y"}
    upright = {"x0": x, "x1": x, "xref": "x", "y0": 0, "y1": 1, "yref": "paper"}
    style = {"color": REFERENCE.color, "width": 1, "dash": REFERENCE.dash}
    place = across if x is None else upright
    return {"type": "line", "layer": "below", "line": style, **place, **more}


def _ends(x: Values, y: Values) -> tuple[Any, Any]:
    """Return the last point of a line where y is finite, for each snapshot if there are several."""
    if not isinstance(x, Frames) and not isinstance(y, Frames):
        finite = np.flatnonzero(np.isfinite(np.asarray(y, dtype=float)))
        last = int(finite[-1]) if finite.size else -1
        return [x[last]], [y[last]]
    n_snapshots = len(y) if isinstance(y, Frames) else len(x)
    rows = [
        _ends(*(part.values[t] if isinstance(part, Frames) else part for part in (x, y)))
        for t in range(n_snapshots)
    ]
    x_end, y_end = (np.array([row[k] for row in rows]) for k in (0, 1))
    return Frames(x_end), Frames(y_end)
