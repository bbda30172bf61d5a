"""The four charts of the playground.

Each function turns a ``Trace`` into one figure that holds all snapshots (``Frames``). Lines that
belong to a whole run stand still, and a grey guide marks the present step.

Colour and dash: blue is with BN, solid in training mode and dotted in evaluation mode; orange and
dashed is without BN, where both modes are one.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.playground import EVALUATION, TRAINING, WITH, WITHOUT, NetworkTrace, Trace
from bnviz.labs.playground.findings import NAMES
from bnviz.numerals import short

Array = NDArray[Any]

ROLES = {WITH: theme.WITH, WITHOUT: theme.WITHOUT}
EVAL = {"width": 1.8, "dash": "dot"}
BINS_FOR_MANY_LAYERS = 16
CLOSE = 0.25
"""Accuracies nearer than this at the end have their labels one above the other."""
SMALLEST_GAP = 0.05
FINE = 8
"""Values that span less than this many windows are sent in 16 bits, to 1/8000 of the window."""
RIDGE = 0.46
"""Height of a distribution, in layers."""


def learning(trace: Trace) -> Figure:
    """Loss and accuracy on held-out examples, in both modes, for both networks."""
    data: list[theme.Trace] = []
    for norm, network in trace.networks.items():
        loss = np.where(network.loss > 0, network.loss, np.nan)
        for values, axes in ((loss, {}), (100 * network.accuracy, {"yaxis": "y2"})):
            for mode, words, style in _modes(norm):
                name = NAMES[norm] + words
                data.append(
                    theme.line(
                        trace.steps, values[:, mode], ROLES[norm], name=name, line=style, **axes
                    )
                )
    data += _labels(trace)
    layout = {
        "title": theme.finding(Frames([_learning_title(trace, t) for t in _all(trace)])),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps], anchor="y2"),
        "yaxis": _low(theme.log_axis("Loss", "nats", domain=[0.46, 1], range=_loss_range(trace))),
        "yaxis2": _low(
            theme.axis("Accuracy", "%", domain=[0, 0.36], range=[0, 104], tickvals=[0, 50, 100])
        ),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 84},
    }
    return {"data": data, "layout": layout}


def _loss_range(trace: Trace) -> list[float]:
    """Return the exponents of the loss axis: a decade at least, and a divergence leaves it."""
    losses = np.concatenate([network.loss.ravel() for network in trace.networks.values()])
    losses = losses[np.isfinite(losses) & (losses > 0)]
    start = trace.networks[WITH].loss[0].max()
    top = np.log10(min(losses.max(), 10 * start)) + 0.05
    return [min(np.log10(losses.min()) - 0.05, top - 1), top]


def _modes(norm: str) -> list[tuple[int, str, dict[str, Any]]]:
    """List place, name and line style of the modes in which a network differs."""
    if norm == WITHOUT:
        return [(EVALUATION, "", {})]
    return [(TRAINING, ", train mode", {}), (EVALUATION, ", eval mode", EVAL)]


def _labels(trace: Trace) -> list[theme.Trace]:
    """Name the two networks at the ends of their accuracy lines, apart from each other."""
    last = {n: _last(network.accuracy[:, EVALUATION]) for n, network in trace.networks.items()}
    upper = WITH if last[WITH] >= last[WITHOUT] else WITHOUT
    labels = []
    for norm, network in trace.networks.items():
        position, text = "right", NAMES[norm]
        if network.diverged_at is not None:
            text += f" diverged at step {network.diverged_at}"
        elif abs(last[WITH] - last[WITHOUT]) < CLOSE:
            position = "above" if norm == upper else "below"
        line = 100 * network.accuracy[:, EVALUATION]
        label = theme.end_label(trace.steps, line, text, ROLES[norm], position=position)
        labels.append({**label, "yaxis": "y2"})
    return labels


def _learning_title(trace: Trace, t: int) -> str:
    parts = []
    for norm, network in trace.networks.items():
        if _gone(network, trace.steps[t]):
            parts.append(f"{NAMES[norm]} diverged at step {network.diverged_at}")
        else:
            parts.append(f"{NAMES[norm]} {network.accuracy[t, EVALUATION]:.0%} right")
    return f"Step {trace.steps[t]}, eval mode: {', '.join(parts)}"


def activations(trace: Trace, site: str) -> Figure:
    """Distribution of the activations in each layer: with BN above the line, without below."""
    n_layers = trace.summary(WITH, site).mean.shape[1]
    window = trace.window(site)
    data = [
        _ridges(trace, WITHOUT, site, TRAINING, window, sign=-1),
        _ridges(trace, WITH, site, TRAINING, window, sign=1),
        _ridges(trace, WITH, site, EVALUATION, window, sign=1),
    ]
    names = {
        "linear": "Output of the linear layer",
        "normalized": "Output of batch normalization",
        "activated": "Output of the activation",
    }
    layout = {
        "title": theme.finding(Frames(_spread_titles(trace, site))),
        "xaxis": theme.axis(names[site], range=list(window), zeroline=False),
        "yaxis": theme.axis(
            "Layer", range=[0.4, n_layers + 0.62], tickvals=_layer_ticks(n_layers), ticklen=0,
        ),
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _ridges(
    trace: Trace, norm: str, site: str, mode: int, window: tuple[float, float], *, sign: int
) -> theme.Trace:
    """Return the histograms of all layers as one line that closes each of them on its layer."""
    summary = trace.summary(norm, site, mode)
    counts = summary.counts.astype(float)
    n_steps, n_layers, n_bins = counts.shape
    if n_layers > 8:
        counts = counts.reshape(n_steps, n_layers, BINS_FOR_MANY_LAYERS, -1).sum(-1)
        n_bins = BINS_FOR_MANY_LAYERS
    centres = (np.arange(n_bins) + 0.5) / n_bins
    share = np.concatenate([[0.0, 0.0], centres, [1.0, 1.0, np.nan]])[1:]
    height = np.zeros((n_steps, n_layers, n_bins + 4))
    # The square root keeps tails in sight beside a peak, such as ReLU's at 0.
    height[:, :, 1 : n_bins + 1] = np.sqrt(counts / np.maximum(counts.max(-1, keepdims=True), 1))
    height[counts.sum(-1) == 0] = np.nan
    ends = (end.astype(float) for end in (summary.lo, summary.hi))  # their distance may overflow
    lo, hi = (np.where(np.isfinite(end), end, np.nan) for end in ends)
    x = lo[..., None] + share * np.maximum(hi - lo, 1e-12)[..., None]
    y = np.arange(1, n_layers + 1)[:, None] + sign * RIDGE * height
    drawn = mode == TRAINING
    style: dict[str, Any] = {"width": 1.2, "dash": "solid"} if drawn else EVAL
    fill = {"fill": "toself", "fillcolor": theme.tint(ROLES[norm].color, 0.4)} if drawn else {}
    fine = _spans(x) < FINE * (window[1] - window[0])
    words = next(words for place, words, _ in _modes(norm) if place == mode or norm == WITHOUT)
    return theme.line(
        Frames(x.reshape(n_steps, -1), bits=16 if fine else None),
        Frames(y.reshape(n_steps, -1), bits=16),
        ROLES[norm],
        name=NAMES[norm] + words,
        line=style,
        hoverinfo="skip",
        hovertemplate=None,
        **fill,
    )


def _spread_titles(trace: Trace, site: str) -> list[str]:
    stds = {norm: trace.summary(norm, site).std[:, -1] for norm in (WITH, WITHOUT)}
    last = trace.summary(WITH, site).std.shape[1]
    return [
        f"Standard deviation in layer {last}: "
        + ", ".join(_described(trace, norm, std[t], t) for norm, std in stds.items())
        for t in _all(trace)
    ]


def gradients(trace: Trace, flow: str) -> Figure:
    """Gradient norm of each layer on a log axis, or the update-to-data ratio with its guide."""
    n_layers = trace.networks[WITH].update_ratio.shape[1]
    x = np.arange(1, n_layers + 1)
    data, drawn = [], []
    for norm, network in trace.networks.items():
        modes = [(0, "", {})] if flow == "ratio" else _modes(norm)
        for mode, words, style in modes:
            values = network.update_ratio if flow == "ratio" else network.gradient_norm[:, mode]
            shown = np.where(values > 0, values, np.nan)
            drawn.append(shown)
            data.append(
                theme.line(
                    x,
                    Frames(shown),
                    ROLES[norm],
                    name=NAMES[norm] + words,
                    mode="lines+markers",
                    marker={"size": 5},
                    line=style,
                )
            )
    label = "Update / weights" if flow == "ratio" else "Gradient norm"
    layout = {
        "title": theme.finding(Frames([_flow_title(trace, flow, t) for t in _all(trace)])),
        "xaxis": theme.axis(
            "Layer", range=[0.7, n_layers + 0.3],
            tickvals=[*_layer_ticks(n_layers - 1), n_layers],
            ticktext=[*map(str, _layer_ticks(n_layers - 1)), "out"],
        ),
        "yaxis": _wide_log_axis(label, drawn, [1e-3] if flow == "ratio" else []),
        "shapes": [theme.guide(y=1e-3)] if flow == "ratio" else [],
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _flow_title(trace: Trace, flow: str, t: int) -> str:
    if flow == "ratio":
        middle = {n: _median(net.update_ratio[t]) for n, net in trace.networks.items()}
        if not np.isfinite(middle[WITH]):
            return "No step has been taken yet"
        words = [_described(trace, norm, value, t) for norm, value in middle.items()]
        return f"A step moves the weights of the middle layer by {', '.join(words)} of their size"
    with np.errstate(all="ignore"):
        ratios = {
            norm: network.gradient_norm[t, TRAINING, 0] / network.gradient_norm[t, TRAINING, -2]
            for norm, network in trace.networks.items()
        }
    words = [_described(trace, norm, value, t) for norm, value in ratios.items()]
    last = trace.networks[WITH].update_ratio.shape[1] - 1
    return f"Gradient of layer 1 over that of layer {last}: {', '.join(words)}"


def gap(trace: Trace, layer: int, statistic: str) -> Figure:
    """Loss in evaluation mode minus training mode, and one unit's statistics over the steps."""
    data: list[theme.Trace] = []
    for norm, network in trace.networks.items():
        with np.errstate(all="ignore"):
            difference = network.loss[:, EVALUATION] - network.loss[:, TRAINING]
        data.append(theme.line(trace.steps, difference, ROLES[norm], name=NAMES[norm]))
    row = {"mean": 0, "variance": 1}[statistic]
    statistics = trace.networks[WITH].statistics
    assert statistics is not None
    batch, running, true, scatter = (part[:, row, layer - 1, 0] for part in statistics)
    low: dict[str, Any] = {"yaxis": "y2"}
    data += theme.band(
        trace.steps, true - 2 * scatter, true + 2 * scatter, theme.REFERENCE,
        name="true, ± 2 standard errors", **low,
    )  # fmt: skip
    data.append(theme.dots(trace.steps, batch, theme.WITH, name="batch", marker={"size": 4}, **low))
    true_line = {"line": {"width": 1}, **low}
    data.append(theme.line(trace.steps, true, theme.REFERENCE, name="true", **true_line))
    data.append(theme.line(trace.steps, running, theme.WITH, name="running", **low))
    data.append(theme.end_label(trace.steps, running, "running", theme.WITH) | low)
    symbol = {"mean": "μ", "variance": "σ²"}[statistic]
    layout = {
        "title": theme.finding(Frames([_gap_title(trace, t) for t in _all(trace)])),
        "xaxis": theme.axis("Step", range=[0, trace.n_steps], anchor="y2"),
        "yaxis": _low(
            theme.axis(
                "Gap",
                "nats",
                domain=[0.56, 1],
                zeroline=True,
                zerolinecolor=theme.RULE,
                exponentformat="none",
                rangemode="normal",
                **_gap_range(trace),
            )
        ),
        "yaxis2": _low(theme.axis(f"{symbol} of unit 1", domain=[0, 0.46])),
        "shapes": [theme.guide(x=Frames(trace.steps))],
        "margin": {"r": 84},
    }  # fmt: skip
    return {"data": data, "layout": layout}


def _gap_range(trace: Trace) -> dict[str, Any]:
    """Keep rounding from looking like a gap: the axis never shows less than 0.05 nats."""
    loss = trace.networks[WITH].loss
    with np.errstate(all="ignore"):
        gap = loss[:, EVALUATION] - loss[:, TRAINING]
    small = np.isfinite(gap).all() and np.abs(gap).max() < SMALLEST_GAP
    return {"range": [-SMALLEST_GAP, SMALLEST_GAP]} if small else {}


def _gap_title(trace: Trace, t: int) -> str:
    network = trace.networks[WITH]
    if _gone(network, trace.steps[t]):
        return f"with BN diverged at step {network.diverged_at}"
    with np.errstate(all="ignore"):
        difference = network.loss[t, EVALUATION] - network.loss[t, TRAINING]
    if not np.isfinite(difference):
        return "Eval mode overflows: its loss is not a finite number"
    if abs(difference) < 0.005:
        return "Eval mode and train mode agree to 0.005 nats"
    word = "above" if difference > 0 else "below"
    return f"Eval mode: loss {short(abs(difference))} {word} train mode"


KEY = [
    ("blue", "━━", "with BN, train mode"),
    ("blue", "┅┅", "with BN, eval mode"),
    ("orange", "╍╍", "without BN"),
    ("gray", "┊", "this step"),
]
"""The key of the lines: colour, stroke, name."""

WHAT = {
    "learning": "Loss and accuracy over the steps, for both networks and both modes.",
    "activations": "A histogram for each layer, with BN above and without BN below.",
    "gradients": "A point for each layer, for both networks.",
    "gap": "Loss of eval mode minus train mode, and the statistics of one unit, over the steps.",
}
"""What each chart draws, for those who cannot see it."""


def _spans(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


def _low(axis: dict[str, Any]) -> dict[str, Any]:
    """Give an axis that shares its chart with another one a title that fits beside it."""
    return {**axis, "title": {**axis["title"], "font": {"size": theme.FONT_SIZE - 2}}}


def _all(trace: Trace) -> range:
    return range(len(trace.steps))


def _gone(network: NetworkTrace, step: int) -> bool:
    return network.diverged_at is not None and step >= network.diverged_at


def _described(trace: Trace, norm: str, value: float, t: int) -> str:
    if _gone(trace.networks[norm], trace.steps[t]):
        return f"{NAMES[norm]} diverged"
    if not np.isfinite(value):
        return f"no number {NAMES[norm]}"
    return f"{short(value)} {NAMES[norm]}"


def _median(values: Array) -> float:
    return float(np.median(values))


def _last(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if finite.size else 0.0


def _layer_ticks(n_layers: int) -> list[int]:
    every = 1 if n_layers <= 10 else 5
    return [layer for layer in range(1, n_layers + 1) if layer == 1 or layer % every == 0]


def _wide_log_axis(title: str, drawn: list[Array], also: list[float]) -> dict[str, Any]:
    """Return a log axis that holds all snapshots, so that it stands still while they play."""
    values = np.concatenate([*(part[np.isfinite(part)] for part in drawn), also])
    lo, hi = np.log10([values.min(), values.max()]) if values.size else np.array([-1, 1])
    lo, hi = np.floor(lo * 2) / 2 - 0.1, np.ceil(hi * 2) / 2 + 0.1
    return theme.log_axis(title, decades=max(1, int(np.ceil((hi - lo) / 6))), range=[lo, hi])
