"""Loss and drift of unit means, with and without norm, with and without noise."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.labs.why import Trace
from bnviz.labs.why.findings.noise import LEARNING, NAMES, end
from bnviz.labs.why.learner import N_STEPS
from bnviz.numerals import short

STEPS = np.arange(N_STEPS)
ROLES = {
    "none": theme.WITHOUT,
    "bn": theme.WITH,
    "noisy_bn": theme.THIRD,
    "noisy_none": theme.FOURTH,
}
WIDE = [0, N_STEPS * 1.32]
"""Range of the axis of steps: the right end has room for names."""
MOST_LOSS = 4.0
"""Top of the axis of losses; a run that diverges leaves the plot there."""


def loss(trace: Trace) -> Figure:
    """Draw the loss of each network, mean of ten batches."""
    title = LEARNING.rstrip(".")
    if trace.finished:
        none, bn, noisy = (end(path) for path in (trace.none, trace.bn, trace.noisy_bn))
        title = f"Loss at the end: BN {bn}, noisy BN {noisy}, no norm {none}"
    rows = {name: trailing_mean(path.loss) for name, path in trace.paths.items()}
    return _figure(trace, title, rows, theme.axis("Training loss", "nats", range=[0, MOST_LOSS]))


def drift(trace: Trace) -> Figure:
    """Draw how far unit means move within twenty steps."""
    title = LEARNING.rstrip(".")
    if trace.finished and not (trace.none.diverged or trace.noisy_bn.diverged):
        times = trace.noisy_bn.whole_drift / trace.none.whole_drift
        title = f"Over all steps noisy BN drifts {short(times)} times as far as no norm"
    elif trace.finished:
        title = f"Over all steps BN without noise drifts by {short(trace.bn.whole_drift)}"
    rows = {name: path.drift for name, path in trace.paths.items()}
    most = max(
        float(np.nanmax(rows[name], initial=0.1)) for name in rows if name != "noisy_none"
    )  # fmt: skip
    return _figure(
        trace, title, rows, theme.axis("Drift within 20 steps", range=[-0.05 * most, 1.2 * most])
    )


def _figure(
    trace: Trace, title: str, rows: dict[str, np.ndarray], yaxis: dict[str, object]
) -> Figure:
    data: list[theme.Trace] = []
    top = yaxis["range"][1]  # type: ignore[index]
    for name, row in rows.items():
        data.append(theme.line(STEPS, row, ROLES[name], name=NAMES[name]))
        inside = np.isfinite(row) & (row <= top)
        if name != "noisy_none" and inside.any():
            data.append(theme.end_label(STEPS, row, NAMES[name], ROLES[name]))
    path = trace.noisy_none
    told = f"{NAMES['noisy_none']}: {end(path)}" if path.finished else NAMES["noisy_none"]
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=WIDE),
            "yaxis": yaxis,
            "annotations": [
                {
                    "x": 0.98, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right",
                    "yanchor": "top", "text": told, "font": {"color": theme.FOURTH.text},
                }
            ],
        },
    }  # fmt: skip
