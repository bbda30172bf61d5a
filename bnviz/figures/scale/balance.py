"""The angle of each step and the length of the weights, with weight decay and without."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.smooth import trailing_mean
from bnviz.labs.scale import Trace
from bnviz.labs.scale.balance import N_STEPS
from bnviz.labs.scale.findings import LEARNING
from bnviz.labs.scale.learner import Path
from bnviz.marks import number_text
from bnviz.numerals import short


def angle(trace: Trace) -> Figure:
    """Draw the angle by which each step turns the weights."""
    found = trace.balance
    title = LEARNING.rstrip(".")
    if found.finished:
        digits, _ = found.measured
        title = f"A step turns the weights by {digits:.3f} rad; at balance by {found.expected:.3f}"
        if not found.weight_decay:
            title = f"Without weight decay a step turns the weights by {short(digits)} rad in the "
            title += "second half of the run"
    figure = _figure(
        title,
        [smoothed(path) for path in _paths(trace)],
        theme.axis("Angle of a step, mean of 10", "rad", rangemode="tozero"),
    )
    if found.weight_decay:
        figure["layout"]["shapes"] = [theme.guide(y=found.expected)]
    return figure


def smoothed(path: Path) -> np.ndarray:
    """Give the root mean square of the angle over the ten steps up to each one."""
    root: np.ndarray = np.sqrt(trailing_mean(np.square(path.angle)))
    return root


def length(trace: Trace) -> Figure:
    """Draw the length of the weights."""
    found = trace.balance
    title = LEARNING.rstrip(".")
    if found.finished:
        ends = found.digits.norm[0], found.digits.norm[-1]
        decay = number_text(found.weight_decay)
        title = f"Weight decay {decay}: the length goes from {ends[0]:.1f} to {ends[1]:.1f}"
    rows = [path.norm[:-1] for path in _paths(trace)]
    return _figure(title, rows, theme.axis("Length of the weights", rangemode="tozero"))


def _paths(trace: Trace) -> tuple[Path, Path, Path]:
    """Give the runs with decay, with decay and noisy labels, and without decay."""
    return trace.balance.digits, trace.balance.noise, trace.balance.free


def _figure(title: str, rows: list[np.ndarray], yaxis: dict[str, object]) -> Figure:
    lines = (
        ("with decay", theme.WITH, "above"),
        ("noisy labels", theme.THIRD, "below"),
        ("no decay", theme.FOURTH, "right"),
    )
    data: list[theme.Trace] = []
    for row, (name, role, position) in zip(rows, lines, strict=True):
        data.append(theme.line(np.arange(len(row)), row, role, name=name))
        data.append(theme.end_label(np.arange(len(row)), row, name, role, position=position))
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.axis("Step", range=[0, 1.3 * N_STEPS]),
            "yaxis": yaxis,
        },
    }
