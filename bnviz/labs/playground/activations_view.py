"""The distribution of the activations in each layer."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.figures import theme
from bnviz.figures.chart import Pick
from bnviz.figures.frames import Figure, Frames
from bnviz.labs.playground.chart_view import RunChart
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.lines_view import EVAL, ROLES, described, modes, snapshots
from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, Trace

AXES = {
    "linear": "Output of the linear layer",
    "normalized": "Output of batch normalization",
    "activated": "Output of the activation",
}
SITES = {"linear": "before BN", "normalized": "after BN", "activated": "after activation"}
FITS = {"run": "axis: whole run", "step": "axis: this step"}
"""One axis for all steps, to compare them, or one that fits the step on show."""
BINS_FOR_MANY_LAYERS = 16
FINE = 8
"""Values that span less than this many windows are sent in 16 bits, to 1/8000 of the window."""
RIDGE = 0.46
"""Height of a distribution, in layers."""


def draw(trace: Trace, picked: Mapping[str, str]) -> Figure:
    """Draw the distribution of the activations in each layer: with BN above the line, without below."""
    site, fits = picked["site"], picked["axis"] == "step"
    n_layers = trace.summary(WITH, site).mean.shape[1]
    windows = [trace.window(site, t) for t in snapshots(trace)] if fits else [trace.window(site)]
    window = min(windows, key=np.ptp)
    data = [
        _ridges(trace, WITHOUT, site, TRAINING, window, sign=-1),
        _ridges(trace, WITH, site, TRAINING, window, sign=1),
        _ridges(trace, WITH, site, EVALUATION, window, sign=1),
    ]
    ends = Frames([list(window) for window in windows]) if fits else list(window)
    return theme.figure(
        Frames(_spread_titles(trace, site)),
        data,
        theme.axis(AXES[site], range=ends, zeroline=False),
        theme.axis(
            "Layer", range=[0.4, n_layers + 0.62], tickvals=theme.layer_ticks(n_layers), ticklen=0
        ),
    )


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
    style: dict[str, Any] = {"line": EVAL}
    if mode == TRAINING:
        fill = theme.tint(ROLES[norm].color, 0.4)
        style = {"line": {"width": 1.2, "dash": "solid"}, "fill": "toself", "fillcolor": fill}
    fine = _spans(x) < FINE * (window[1] - window[0])
    words = next(words for place, words, _ in modes(norm) if place == mode or norm == WITHOUT)
    return theme.line(
        Frames(x.reshape(n_steps, -1), bits=16 if fine else None),
        Frames(y.reshape(n_steps, -1), bits=16),
        ROLES[norm],
        name=NAMES[norm] + words,
        hoverinfo="skip",
        hovertemplate=None,
        **style,
    )


def _spread_titles(trace: Trace, site: str) -> list[str]:
    stds = {norm: trace.summary(norm, site).std[:, -1] for norm in (WITH, WITHOUT)}
    last = trace.summary(WITH, site).std.shape[1]
    return [
        f"Standard deviation in layer {last}: "
        + ", ".join(described(trace, norm, std[t], t) for norm, std in stds.items())
        for t in snapshots(trace)
    ]


def _spans(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(np.ptp(finite)) if finite.size else 0.0


CHART = RunChart(
    id="activations",
    name="Activations",
    draw=draw,
    what="A histogram for each layer, with BN above and without BN below.",
    look="Layer 1 is at the bottom. Do the shapes keep their width up to the last layer?",
    reading="""
One histogram a layer, layer 1 at the bottom: with BN above the line, without BN
below it; heights are square roots of the counts. A needle means that all examples look alike to
that layer. The dotted outline is eval mode.
""",
    picks=lambda _: [
        Pick("site", "Place", SITES, "activated", "select"),
        Pick("axis", "Axis", FITS, "run", "select"),
    ],
)
