"""The view on the replacement of one sample, and what it does to the others."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core.network.passes import forward
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.heat import COLORBAR
from bnviz.labs.claim import Claim
from bnviz.labs.noise.influence import distances, measure, outputs
from bnviz.labs.noise.settings import LN, MODES, PAIR, TRAIN
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return how far the others move, and how many get another answer."""
    found = trace.found
    others = "the only other output" if found.n == PAIR else f"all {found.n - 1} other outputs"
    start = f"Replacing sample {found.replaced} moves"
    if found.others_moved == 0:
        stay = "stays" if found.n == PAIR else "stay"
        return f"{start} **nothing** else: {others} {stay} the same to the last bit."
    flips = f"{found.n_flips} of them get"
    if found.n == PAIR:
        flips = "it gets" if found.n_flips else "it does not get"
    elif found.n_flips < 2:
        flips = "one of them gets" if found.n_flips else "not one of them gets"
    mean = "" if found.n == PAIR else "on average "
    return (
        f"{start} {others} by **{found.others_moved:.2f}** {mean}(distance in the ten "
        f"logits), and {flips} another answer."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return what a replaced sample changes, in the mode that is set."""
    m, mode = trace.settings.batch_size, trace.settings.norm
    still = r"\Delta\hat x_i &= 0 \quad (i \ne j)"
    if mode == TRAIN:
        lines = [
            r"\Delta\mu_B &= \frac{x_j' - x_j}{m}",
            rf"&= \frac{{x_j' - x_j}}{{{m}}} \quad \text{{moves all }} \hat x_i",
        ]
    elif mode == LN:
        lines = [r"\hat x_i &= \frac{x_i - \mu_i}{\sqrt{\sigma_i^2 + \epsilon}}", still]
    else:
        run = r"\frac{x_i - \mu_{\text{run}}}{\sqrt{\sigma^2_{\text{run}} + \epsilon}}"
        lines = [rf"\hat x_i &= {run}", still]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return what becomes of each sample when the chosen one is replaced; NaN for that one."""
    found, mode = trace.found, trace.settings.norm
    n = len(found.labels)
    moves, moved = found.moved[mode][found.replaced - 1], found.moved[mode]
    every = np.nan_to_num(moved).sum(1) / max(n - 1, 1)
    return {
        "Sample": list(range(1, n + 1)),
        "Digit": found.labels.tolist(),
        f"Moves when sample {found.replaced} is replaced": np.round(moves, 5).tolist(),
        "Moves the others, when it is replaced": np.round(every, 5).tolist(),
        "Probability of the right digit, before": np.round(found.before, 5).tolist(),
        "and after": np.round(found.after, 5).tolist(),
    }


def heat(trace: Trace[Any, Any]) -> Figure:
    """Draw how far sample i moves when sample j is replaced; train mode sets the colours."""
    found, mode = trace.found, trace.settings.norm
    moved = found.moved[mode]
    shown, j = len(moved), found.replaced
    gap = 1 if shown <= 8 else 0
    data = [
        {
            "type": "heatmap",
            "z": moved,
            "x0": 1,
            "y0": 1,
            "zmin": 0,
            "zmax": found.largest[TRAIN],
            "colorscale": theme.SEQUENTIAL,
            "xgap": gap,
            "ygap": gap,
            "colorbar": {
                "title": {"text": "distance<br>in logits", "font": {"size": theme.FONT_SIZE - 2}},
                **COLORBAR,
            },
            "hovertemplate": "sample %{y} replaced<br>sample %{x} moves by %{z:.3f}<extra></extra>",
        }
    ]
    frame = {
        "type": "rect",
        "x0": 0.5,
        "x1": shown + 0.5,
        "y0": j - 0.5,
        "y1": j + 0.5,
        "line": {"color": theme.TEXT, "width": 2},
    }
    title = (
        f"{MODES[mode]}: a replaced sample moves the others by {found.mean[mode]:.2f} on average"
    )
    if found.largest[mode] == 0:
        title = f"{MODES[mode]}: whichever sample is replaced, no other output moves"
    return theme.figure(
        title,
        data,
        theme.axis("Other sample i, whose output moves", **_places(shown)),
        theme.axis("Replaced sample j", **{**_places(shown), "range": [shown + 0.5, 0.5]}),
        shapes=[frame],
    )


def answers(trace: Trace[Any, Any]) -> Figure:
    """Draw the probability of the right digit, before and after the chosen sample is replaced."""
    found = trace.found
    places = np.arange(1, len(found.before) + 1)
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": np.repeat(places, 3),
            "y": np.stack([found.before, found.after, np.full(len(places), np.nan)], 1).ravel(),
            "line": {"color": theme.REFERENCE.color, "width": 1.5},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        _points(places, found.before, found.labels, "before", "circle-open", theme.REFERENCE),
        _points(places, found.after, found.labels, "after", "circle", theme.WITH),
    ]
    return theme.figure(
        _answers_title(trace),
        data,
        theme.axis("Other sample i", **_places(len(places))),
        theme.axis("Probability of the right digit", range=[-0.04, 1.04]),
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        meta={"top": 34},
    )


def _points(x: Any, y: Any, labels: Any, name: str, symbol: str, role: theme.Role) -> theme.Trace:
    texts = [f"sample {k}, a {label}" for k, label in enumerate(labels, 1)]
    return theme.dots(
        x,
        y,
        role,
        name=name,
        marker={"size": 8, "symbol": symbol},
        text=texts,
        hovertemplate=f"%{{text}}<br>{name}: %{{y:.3f}}<extra></extra>",
    )


def _answers_title(trace: Trace[Any, Any]) -> str:
    found = trace.found
    start = f"Sample {found.replaced} becomes another image, a {found.new_label}"
    if found.others_moved == 0:
        return f"{start}: the others stay as they were"
    flips = {0: "no other answer changes", 1: "1 other answer changes"}
    return f"{start}: {flips.get(found.n_flips, f'{found.n_flips} other answers change')}"


def _places(shown: int) -> dict[str, Any]:
    """Return the range and the ticks of an axis of samples, which are counted from 1."""
    every = 1 if shown <= 8 else 4
    return {"range": [0.5, shown + 0.5], "tickvals": list(range(every, shown + 1, every))}


VIEW = View(
    name="influence",
    label="Replace one sample",
    measure=measure,
    needs=("batch_size", "sample", "norm", "seed"),
    free=("batch_size", "sample", "norm"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("heat", heat, "A row for each replaced sample, a column for each other one."),
        Plot("answers", answers, "A line for each other sample, from before to after."),
    ),
    code=(outputs, distances, forward),
    reading="""
**Replace one sample.** A row for each sample that is replaced by another image, a column for each
other sample. The colour is how far its ten logits move; of a large batch the first 32 samples are
shown. All three modes share one scale of colours, so that they can be compared.
""",
    claims=(
        Claim(
            "An output in training mode is not a function of its own image alone: it moves when "
            "another image of the batch is replaced, like a mark on a curve that depends on who else "
            "sat the exam. In evaluation mode the statistics are constants, and with layer norm each "
            "image has its own: nothing moves.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
