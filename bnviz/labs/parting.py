"""Where a sketch parts from the run, in words.

Both are compared as they are drawn: on a log axis by their exponents. Their difference has three
parts: its mean (too high or too low), its slope (too steep or too flat), and the rest (another
shape). The words name the largest part, and the point at which the two are furthest apart.
"""

from typing import Any

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.sketch import Sketch, is_log
from bnviz.marks import number_text
from bnviz.numerals import short

CLOSE = 0.06
"""Share of the axis within which a sketch by hand counts as right."""


def parting(sketch: Sketch, text: str, run_x: Any, run_y: Any) -> str:
    """Return where a sketch parts from a drawn curve; empty where there is no curve.

    Parameters
    ----------
    sketch : Sketch
    text : str
        As `Sketch.read` returns it.
    run_x, run_y : arrays of equal length
        The curve; NaN is a gap.
    """
    u, seen = _seen(np.asarray(sketch.x, float), is_log(sketch.across)), is_log(sketch.up)
    drawn, run = _seen(sketch.heights(text), seen), _at(sketch, u, run_x, run_y)
    known = np.isfinite(run)
    if known.sum() < 2:
        return ""
    u, drawn, run = u[known], drawn[known], run[known]
    low, high = sketch.up["range"]
    close = CLOSE * (high - low)
    apart = drawn - run
    far = int(np.argmax(np.abs(apart)))
    if abs(apart[far]) < close:
        return "it follows the run."
    (tilt_drawn, tilt_run), width = (np.polyfit(u, y, 1)[0] for y in (drawn, run)), np.ptp(u)
    tilt = (tilt_drawn - tilt_run) * (u - u.mean())
    rest = apart - apart.mean() - tilt
    sizes = [abs(apart.mean()), np.abs(tilt).max(), np.abs(rest).max()]
    place = f"{sketch.at} {number_text(np.asarray(sketch.x)[known][far])}"
    there = f"{_by(apart[far], seen)} at {place}"
    if np.argmax(sizes) == 0:
        return f"{_by(apart.mean(), seen)} on the whole; furthest off, {there}."
    if np.argmax(sizes) == 1:
        return f"{_tilts(tilt_drawn * width, tilt_run * width, close)}; furthest off, {there}."
    return f"another shape; furthest off, {there}."


def _seen(values: Array, log: bool) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(values) if log else values


def _at(sketch: Sketch, u: Array, run_x: Any, run_y: Any) -> Array:
    """Return the curve at the points of the sketch, as seen; NaN where it has none."""
    x = _seen(np.asarray(run_x, float), is_log(sketch.across))
    y = _seen(np.asarray(run_y, float), is_log(sketch.up))
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return np.full(u.shape, np.nan)
    return np.interp(u, x[known], y[known], left=np.nan, right=np.nan)


def _by(apart: float, log: bool) -> str:
    """Return by how much something is too high or too low."""
    way = "high" if apart > 0 else "low"
    if log:
        return f"too {way} by a factor of {short(10 ** abs(apart))}"
    return f"too {way} by {short(abs(apart))}"


def _tilts(drawn: float, run: float, close: float) -> str:
    """Return how two slopes differ; each is what its line changes from end to end."""
    if abs(run) < close:
        return f"it {_way(drawn)} where the run stays level"
    if abs(drawn) < close:
        return f"it stays level where the run {_way(run)}"
    if (drawn > 0) != (run > 0):
        return f"it {_way(drawn)} where the run {_way(run)}"
    ratio = drawn / run
    if ratio > 1:
        return f"too steep by a factor of {short(ratio)}"
    return f"too flat by a factor of {short(1 / ratio)}"


def _way(change: float) -> str:
    return "rises" if change > 0 else "falls"
