"""The look of all figures: the palette, one template, and builders of plain Plotly dicts.

A figure is ``{"data": [...], "layout": {...}}``, made of what these functions return: plain dicts,
not graph objects, which take fifty times as long to make. The colours of ``palette`` are offered
here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures.frames import Frames
from bnviz.figures.palette import (
    ACCENT,
    BACKGROUND,
    DARK,
    DIVERGING,
    FOURTH,
    HAIRLINE,
    MUTED,
    PANEL,
    REFERENCE,
    ROLES,
    RULE,
    SEQUENTIAL,
    TEXT,
    THIRD,
    WITH,
    WITHOUT,
    Role,
    contrast,
    dark,
    ramp,
    tint,
)
from bnviz.numerals import superscript

__all__ = [
    "ACCENT",
    "BACKGROUND",
    "DARK",
    "DIVERGING",
    "FONT",
    "FONT_FAMILY",
    "FONT_SIZE",
    "FOURTH",
    "HAIRLINE",
    "MUTED",
    "PANEL",
    "REFERENCE",
    "ROLES",
    "RULE",
    "SEQUENTIAL",
    "TEXT",
    "THIRD",
    "TITLE_SIZE",
    "WITH",
    "WITHOUT",
    "Role",
    "Trace",
    "Values",
    "axis",
    "band",
    "contrast",
    "dark",
    "dots",
    "end_label",
    "finding",
    "guide",
    "line",
    "log_axis",
    "ramp",
    "template",
    "tint",
]

Trace = dict[str, Any]
"""A plain Plotly trace."""
Values = NDArray[Any] | Sequence[float] | Frames
"""Coordinates of points, the same for all snapshots or one set for each."""

FONT = "Source Sans"
FONT_FAMILY = f'"{FONT}", sans-serif'
FONT_SIZE = 14
TITLE_SIZE = 17


def template() -> dict[str, Any]:
    """Return the Plotly template of all figures, in light colours.

    Returns
    -------
    dict
        For ``layout.template``; then pass ``theme=None`` to ``st.plotly_chart``.

    Notes
    -----
    ``dark(template())`` is the template of the dark theme.

    The margins are as wide as labels usually are. Plotly widens one that is too narrow, but by
    drawing all of the figure a second time.
    """
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": True,
        "linecolor": RULE,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": RULE,
        "tickfont": {"color": MUTED, "size": FONT_SIZE - 1},
        "title": {"standoff": 6, "font": {"size": FONT_SIZE}},
        "automargin": True,
    }
    layout = {
        "font": {"family": FONT_FAMILY, "size": FONT_SIZE, "color": TEXT},
        "title": {"x": 0, "xanchor": "left", "xref": "paper", "font": {"size": TITLE_SIZE}},
        "paper_bgcolor": BACKGROUND,
        "plot_bgcolor": BACKGROUND,
        "colorway": [role.color for role in ROLES],
        "colorscale": {"sequential": SEQUENTIAL, "diverging": DIVERGING},
        "margin": {"l": 64, "r": 16, "t": 52, "b": 50},
        "xaxis": axis,
        "yaxis": axis,
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": PANEL,
            "bordercolor": RULE,
            "font": {"family": FONT_FAMILY, "size": FONT_SIZE - 1, "color": TEXT},
        },
        "annotationdefaults": {"showarrow": False, "font": {"color": MUTED}},
    }
    scatter = {"line": {"width": 2}, "marker": {"size": 6}, "textfont": {"size": FONT_SIZE - 1}}
    return {"layout": layout, "data": {"scatter": [scatter]}}


def finding(text: str | Frames) -> dict[str, Any]:
    """Return a title that states what the figure shows; the stage sets it as a line above the plot.

    Parameters
    ----------
    text : str or Frames of str
        Plain text without mark-up: the stage shows it as text, and lets it run over two lines.

    Examples
    --------
    >>> finding("Batch 2 doubles the noise of batch 8")
    {'text': 'Batch 2 doubles the noise of batch 8'}
    """
    return {"text": text}


def axis(title: str, unit: str = "", **more: Any) -> dict[str, Any]:
    """Return a linear axis whose title names its unit.

    Parameters
    ----------
    title, unit : str
        ``"Training loss"`` and ``"nats"`` give "Training loss (nats)".
    **more
        Any other Plotly axis key (``range``, ``tickvals``, ...).

    Examples
    --------
    >>> axis("Step", range=[0, 500])
    {'title': {'text': 'Step'}, 'range': [0, 500]}
    """
    return {"title": {"text": f"{title} ({unit})" if unit else title}, **more}


def log_axis(
    title: str,
    unit: str = "",
    *,
    decades: int = 1,
    labels: Sequence[float] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return a logarithmic axis with one label for each decade, or with labels of your choice.

    Parameters
    ----------
    title, unit : str
        As in ``axis``; "log scale" is added.
    decades : int
        Decades from one label to the next; more than one where the axis spans many.
    labels : sequence of float, optional
        The numbers to write instead, in full: for an axis of few decades, or of batch sizes.
    **more
        Any other Plotly axis key.

    Notes
    -----
    Plotly takes ``range`` of a log axis as exponents: ``range=[-3, 1]`` is 0.001 to 10. It would
    write powers of ten a quarter larger than other numbers, therefore the labels are given.

    Examples
    --------
    >>> axis = log_axis("Gradient norm")
    >>> axis["title"], axis["ticktext"][8:14]
    ({'text': 'Gradient norm (log scale)'}, ['10⁻⁴', '10⁻³', '0.01', '0.1', '1', '10'])
    """
    if decades < 1:
        raise ValueError(f"decades must be at least 1, got {decades}")
    units = f"{unit}, log scale" if unit else "log scale"
    powers = [decades * k for k in range(-12, 13)]
    ticks = {"tickvals": [10.0**k for k in powers], "ticktext": [_power(k) for k in powers]}
    if labels is not None:
        ticks = {"tickvals": list(labels), "ticktext": [f"{value:g}" for value in labels]}
    return axis(title, units, type="log", dtick=decades, tickmode="array", **ticks, **more)


def _power(exponent: int) -> str:
    """Return a power of ten as it is best read: 0.01 to 100 in full, others as 10⁻³."""
    if -2 <= exponent <= 2:
        return f"{10.0**exponent:g}"
    return f"10{superscript(exponent)}"


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

    Examples
    --------
    >>> line([0, 1], [2.3, 1.1], WITHOUT, name="without BN")["line"]
    {'color': '#D55E00', 'dash': 'dash'}
    """
    style = {"color": role.color, "dash": role.dash, **more.pop("line", {})}
    shown = {"hovertemplate": f"{name}<br>%{{x}}: %{{y:.4g}}<extra></extra>"}
    base = {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": style}
    return {**base, **shown, **more}


def dots(x: Values, y: Values, role: Role, *, name: str, **more: Any) -> Trace:
    """Return single points in the colour of their role.

    Examples
    --------
    >>> dots([0, 1], [2.3, 1.1], WITH, name="batch mean")["mode"]
    'markers'
    """
    style = {"color": role.color, **more.pop("marker", {})}
    shown = {"hovertemplate": f"{name}<br>%{{x}}: %{{y:.4g}}<extra></extra>"}
    base = {"type": "scatter", "mode": "markers", "name": name, "x": x, "y": y, "marker": style}
    return {**base, **shown, **more}


def band(
    x: Values, lo: Values, hi: Values, role: Role, *, name: str, opacity: float = 0.18, **more: Any
) -> list[Trace]:
    """Return the two traces of a band between ``lo`` and ``hi``, to be placed below the lines.

    Notes
    -----
    The two must stay neighbours in ``data``: the second fills down to the trace before it.

    Examples
    --------
    >>> [trace.get("fill") for trace in band([0, 1], [1, 1], [2, 2], WITH, name="seeds")]
    [None, 'tonexty']
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

    Raises
    ------
    ValueError
        If ``position`` is none of the three.

    Examples
    --------
    >>> trace = end_label([0, 1, 2], [3.0, 2.0, float("nan")], "with BN", WITH)
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

    Raises
    ------
    ValueError
        If both or none of ``x`` and ``y`` are given.

    Examples
    --------
    >>> shape = guide(y=1e-3)
    >>> shape["y0"], shape["y1"], shape["xref"]
    (0.001, 0.001, 'paper')
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
