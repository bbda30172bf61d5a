"""The figures of the anatomy of a BN layer.

A batch is one colour, what the layer makes of it another; statistics are grey guides.
"""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.anatomy.findings import farthest_that_differs, number
from bnviz.labs.anatomy.layer import Array, Layer
from bnviz.labs.anatomy.trace import Trace
from bnviz.numerals import true_minus

MEAN, VAR, X_HAT, Y, REMEMBER = range(1, 6)
"""The steps at which each quantity is known."""
RAW = theme.WITHOUT
DONE = theme.WITH
MOST_LABELS = 3
"""Samples whose numbers are written beside their dots."""


def charts(trace: Trace, view: str) -> list[Chart]:
    """Return the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"steps", "shapes", "identity", "pairs"}

    Returns
    -------
    list of Chart
    """
    if view == "steps":
        return [
            _chart("before", before(trace), "The values of the batch, a dot a sample."),
            _chart("after", after(trace), "x̂ and y, a dot a sample."),
            _chart("running", running(trace), "Running mean and variance, before and after."),
        ]
    if view == "shapes":
        return [_chart("shapes", shapes(trace), "Three histograms: x, x̂ and y.")]
    if view == "identity":
        return [
            _chart("own", identity(trace, own=True), "Output against input, your batch."),
            _chart("other", identity(trace, own=False), "Output against input, another batch."),
        ]
    return [_chart("pairs", pairs(trace), "x̂ of the larger value against half the distance.")]


def _chart(name: str, figure: Figure, what: str) -> Chart:
    return Chart(name, figure, alt_text(figure, what))


def before(trace: Trace) -> Figure:
    """Return the batch, its mean from step 1 and its spread from step 2 on."""
    own, n = trace.own, len(trace.own.x)
    edge_2 = np.array([0.4, n + 0.6])
    sigma = np.sqrt(own.var)
    level = _from(trace, MEAN, np.full(2, own.mean))
    data = [
        *theme.band(
            edge_2,
            _from(trace, VAR, np.full(2, own.mean - sigma)),
            _from(trace, VAR, np.full(2, own.mean + sigma)),
            theme.REFERENCE,
            name="μ ± σ",
        ),
        theme.line(edge_2, level, theme.REFERENCE, name="μ"),
        _samples(own.x, RAW, "x"),
    ]
    titles = [
        f"{n} values of one feature" if n > 1 else "One value of one feature",
        f"Their mean is μ = {number(own.mean)}",
        f"Their variance is σ² = {number(own.var)}, so σ = {number(float(sigma))}",
    ]
    if own.refusal:
        titles = [titles[0], titles[1], "One value has no spread: the layer refuses the batch"]
    return {
        "data": data,
        "layout": {
            "title": theme.finding(_titles(trace, titles)),
            "xaxis": _sample_axis(n),
            "yaxis": theme.axis("Value x", range=_room(own.x, own.mean - sigma, own.mean + sigma)),
        },
    }


def after(trace: Trace) -> Figure:
    """Return x_hat from step 3 and y from step 4 on, with the bound of x_hat."""
    own, n = trace.own, len(trace.own.x)
    by_std = trace.settings.divide == "std"
    x_hat = _samples(own.x_hat, DONE, "x̂", at=_from(trace, X_HAT, own.x_hat), hollow=True)
    y = _samples(own.y, DONE, "y", at=_from(trace, Y, own.y), shift=0.18)
    ends = [own.bound, -own.bound] if by_std else [0.0]
    titles = [
        "Nothing is standardized yet",
        "Nothing is standardized yet",
        "Nothing is standardized yet",
        _standardized(own),
        f"y = γ x̂ + β: mean {number(float(own.y.mean()))}, spread {number(float(own.y.std()))}",
    ]
    if own.refusal:
        titles = ["A batch of one has no x̂"]
    labels = {
        "shapes": [theme.guide(y=end) for end in (own.bound, -own.bound) if by_std],
        "annotations": [
            {
                "x": 1, "xref": "paper", "xanchor": "left", "y": own.bound, "yanchor": "middle",
                "text": " √(m − 1)", "hovertext": "No x̂ of a batch of m lies beyond",
            }
        ] if by_std and n > 1 else [],
    }  # fmt: skip
    return {
        "data": [x_hat, y],
        "layout": {
            "title": theme.finding(_titles(trace, titles)),
            "xaxis": _sample_axis(n),
            "yaxis": theme.axis("x̂ (hollow), y (full)", range=_room(own.x_hat, own.y, ends)),
            "margin": {"r": 72},
            **labels,
        },
    }


def _standardized(own: Layer) -> str:
    mean, spread = float(own.x_hat.mean()), float(own.x_hat.std())
    return f"x̂ has mean {number(round(mean, 12))} and spread {number(spread)}"


def running(trace: Trace) -> Figure:
    """Return how far the running statistics move towards those of the batch, at the last step."""
    own, p = trace.own, trace.settings.momentum
    names = ["running variance", "running mean"]
    goals = [own.unbiased, own.mean]
    starts, ends = own.running[::-1, 0], own.running[::-1, 1]
    moved = 0.0 if own.refusal else p
    share = _from(trace, REMEMBER, np.full(2, moved), otherwise=np.zeros(2))
    old, new = ([number(value) for value in values] for values in (starts, ends))
    kept = [new if at >= REMEMBER and not own.refusal else old for at in trace.steps]
    marks: dict[str, Any] = {
        "type": "scatter", "mode": "markers+text", "y": names, "textposition": "bottom center",
        "hoverinfo": "skip", "cliponaxis": False,
    }  # fmt: skip
    data = [
        {
            **marks, "x": [0, 0], "text": [f"start {text}" for text in old],
            "textfont": {"color": theme.MUTED},
            "marker": {"color": theme.REFERENCE.color, "size": 9, "symbol": "line-ns-open"},
        },
        {
            **marks, "x": [1, 1], "text": [f"batch {number(value)}" for value in goals],
            "textfont": {"color": RAW.text}, "marker": {"color": RAW.color, "size": 9},
        },
        {
            **marks, "x": share, "text": Frames(kept), "textposition": "top center",
            "textfont": {"color": DONE.text}, "marker": {"color": DONE.color, "size": 11},
        },
    ]  # fmt: skip
    late = f"The running statistics go {p:.0%} of the way to the batch"
    titles = ["The running statistics stay until the end"] * REMEMBER + [late]
    if own.refusal:
        titles = ["Nothing is remembered of a refused batch"]
    axis = theme.axis("Share of the way from the start to the batch", range=[-0.12, 1.15])
    return {
        "data": data,
        "layout": {
            "title": theme.finding(_titles(trace, titles)),
            "xaxis": axis,
            "yaxis": {"range": [-0.6, 1.6]},
            "meta": {"top": 24},
        },
    }


def shapes(trace: Trace) -> Figure:
    """Return the histogram of a large batch before, standardized, and after."""
    drawn = trace.drawn
    parts = [
        ("x", drawn.x, RAW, f"μ {number(drawn.mean)}, σ {number(float(drawn.x.std()))}"),
        ("x̂", drawn.x_hat, theme.REFERENCE, _moments(drawn.x_hat)),
        ("y", drawn.y, DONE, _moments(drawn.y)),
    ]
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": []}
    for k, (name, values, role, moments) in enumerate(parts):
        axes = {"xaxis": f"x{k + 1}", "yaxis": f"y{k + 1}"}
        counts, edges = np.histogram(values, bins=20)
        data.append(
            {
                "type": "bar", "x": (edges[1:] + edges[:-1]) / 2, "y": counts,
                "width": float(edges[1] - edges[0]), "marker": {"color": role.color}, **axes,
                "hovertemplate": f"{name} near %{{x:.3g}}: %{{y}} values<extra></extra>",
            }
        )  # fmt: skip
        lo, hi = k * 0.35, k * 0.35 + 0.3
        layout[f"xaxis{k + 1}"] = theme.axis(name, domain=[lo, hi], anchor=f"y{k + 1}")
        layout[f"yaxis{k + 1}"] = {
            "anchor": f"x{k + 1}",
            "matches": "y" if k else None,
            "showticklabels": k == 0,
            **(theme.axis("Values in a bin", "count") if k == 0 else {}),
        }
        layout["annotations"].append(
            {"x": (lo + hi) / 2, "xref": "paper", "y": 1.02, "yref": "paper", "yanchor": "bottom",
             "text": moments, "font": {"color": role.text}}
        )  # fmt: skip
    title = f"Mean {number(drawn.mean)} becomes 0 and then β; the shape stays"
    return {
        "data": data,
        "layout": {"title": theme.finding(title), "bargap": 0, "meta": {"top": 32}, **layout},
    }


def _moments(values: Array) -> str:
    return f"mean {number(round(float(values.mean()), 12))}, std {number(float(values.std()))}"


def identity(trace: Trace, *, own: bool) -> Figure:
    """Return output against input, with the diagonal on which they are the same."""
    x, y = (trace.own.x, trace.own.y) if own else trace.other
    which = "Your batch" if own else "Another batch, same γ and β,"
    finite = bool(np.isfinite(y).all())
    error = float(np.abs(y - x).max()) if finite else float("nan")
    if not finite:
        title = "A batch of one is refused"
    elif error < 1e-6 * max(1.0, float(np.abs(x).max())):
        title = f"{which} comes out as it came in"
    else:
        title = f"{which} is moved by up to {number(error)}"
    ends = np.array([x.min(), x.max()])
    return {
        "data": [
            theme.line(ends, ends, theme.REFERENCE, name="output = input"),
            theme.dots(x, y, DONE, name="a sample", marker={"size": 8}),
        ],
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Input x"),
            "yaxis": theme.axis("Output y"),
        },
    }


def pairs(trace: Trace) -> Figure:
    """Return x_hat of the larger of two values, against half their distance."""
    half_P, x_hat_P = trace.pairs
    order = np.argsort(half_P)
    root = float(np.sqrt(trace.settings.eps))
    x_P = half_P[order]
    return {
        "data": [
            theme.line(
                x_P,
                x_P / np.sqrt(x_P**2 + trace.settings.eps),
                theme.REFERENCE,
                name="h / √(h² + ε)",
            ),
            theme.dots(x_P, x_hat_P[order], DONE, name="a batch of two"),
        ],
        "layout": {
            "title": theme.finding(
                f"Pairs more than {number(farthest_that_differs(trace))} apart give −1 and 1"
            ),
            "xaxis": theme.log_axis("Half the distance of the two values, h"),
            "yaxis": theme.axis("x̂ of the larger value", range=[-0.05, 1.1]),
            "shapes": [theme.guide(x=root)],
        },
    }


def _samples(
    values: Array, role: theme.Role, name: str, *, at: Any = None, hollow: bool = False,
    shift: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """Return a dot for each sample; few samples get their number beside the dot."""
    x = np.arange(1, len(values) + 1) + shift
    text = [true_minus(f"{float(f'{value:.3g}'):,g}") for value in values]
    few = len(values) <= MOST_LABELS
    return {
        "type": "scatter",
        "mode": "markers+text" if few else "markers",
        "x": x,
        "y": values if at is None else at,
        "text": text,
        "textposition": "top left" if hollow else "top right",
        "textfont": {"color": role.text},
        "cliponaxis": False,
        "marker": {
            "color": role.color,
            "size": 10,
            "symbol": "circle-open" if hollow else "circle",
        },
        "name": name,
        "hovertemplate": f"sample %{{x:.0f}}: {name} = %{{y:.6g}}<extra></extra>",
    }


def _from(trace: Trace, step: int, values: Array, otherwise: Array | None = None) -> Frames:
    """Return values that are there from a step on."""
    nothing = np.full(len(values), np.nan) if otherwise is None else otherwise
    return Frames(np.array([values if at >= step else nothing for at in trace.steps], float))


def _titles(trace: Trace, titles: list[str]) -> Frames:
    """Return a title for each step; the last one stays."""
    return Frames([titles[min(step, len(titles) - 1)] for step in trace.steps])


def _sample_axis(n: int) -> dict[str, Any]:
    return theme.axis("Sample", range=[0.4, n + 0.6], dtick=1 if n <= 12 else None)


def _room(*parts: Any) -> list[float]:
    """Return a range that holds all finite values, with room for labels."""
    values = np.concatenate([np.atleast_1d(np.asarray(part, float)).ravel() for part in parts])
    values = values[np.isfinite(values)]
    if not values.size:
        return [-1.5, 1.5]
    lo, hi = float(values.min()), float(values.max())
    room = 0.15 * (hi - lo) or 0.5 * max(abs(hi), 1.0)
    return [lo - room, hi + room]
