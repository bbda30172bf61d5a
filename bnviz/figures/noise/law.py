"""The noise of the mean and of the variance against the batch size."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.noise import sizes
from bnviz.labs.noise import Trace
from bnviz.labs.noise.law import QUADRUPLE
from bnviz.numerals import signed

SLOPE, TOLERANCE = -0.5, 0.03
CHOSEN = {"size": 13, "symbol": "circle-open", "line": {"width": 2.5}}
FAINT = {"width": 1.2}
LOWEST = 0.008
WITHOUT_LABEL_AT = 0.02
"""The curve of draws without replacement gets its name where it has come down to this."""

NAMED_AT = 10
"""Batch size at which the two closed forms of the variance get their names."""


def mean_noise(trace: Trace) -> Figure:
    """Draw the noise of the batch mean: measured points, and theory for both ways to draw."""
    law, m = trace.law, trace.settings.batch_size
    with_replacement = trace.settings.replacement
    styles = [{}, FAINT] if with_replacement else [FAINT, {}]
    data = [
        theme.line(law.curve, law.mean_with, theme.REFERENCE, name="1/√m", line=styles[0]),
        theme.line(
            law.curve,
            law.mean_without,
            theme.REFERENCE,
            name="without replacement",
            line=styles[1],
        ),
        theme.dots(law.sizes, law.mean_noise, theme.WITH, name="measured"),
    ]
    pair = [law.at(m), law.at(QUADRUPLE * m)]
    data.append(_chosen(law.sizes[pair], law.mean_noise[pair], f"m = {m}, and four times that"))
    data.append(theme.end_label(law.curve, law.mean_with, "1/√m", theme.REFERENCE))
    down = int(np.argmax(law.mean_without < WITHOUT_LABEL_AT)) + 1
    data.append(_left_label(law.curve[:down], law.mean_without[:down], "without replacement"))
    layout = {
        "title": theme.finding(_mean_title(trace)),
        "xaxis": sizes.axis(2, law.n),
        "yaxis": sizes.log_values("Noise of the batch mean", "σ", LOWEST, 1),
        "margin": {"r": 44},
    }
    return {"data": data, "layout": layout}


def _mean_title(trace: Trace) -> str:
    law = trace.law
    slope = f"slope {signed(law.slope, 3)}"
    if not trace.settings.replacement:
        return f"Without replacement: {slope}, theory {signed(law.theory_slope, 3)}"
    if abs(law.slope - SLOPE) <= TOLERANCE:
        return f"Four times as many images halve the noise of the mean: {slope}"
    return f"Noise of the mean: {slope}, theory −0.5"


def variance_noise(trace: Trace) -> Figure:
    """Draw the noise of the variance, a share of its mean: measured, exact, and the shorthand."""
    law, m = trace.law, trace.settings.batch_size
    here, named = [law.at(m)], int(np.searchsorted(law.curve, NAMED_AT)) + 1
    data = [
        theme.line(law.curve, law.var_curve, theme.REFERENCE, name="exact, with replacement"),
        theme.line(
            law.curve,
            law.var_shorthand,
            theme.REFERENCE,
            name="√((κ − 1)/m)",
            line={**FAINT, "dash": "dash"},
        ),
        theme.dots(law.sizes, law.var_noise, theme.WITH, name="measured"),
        _chosen(law.sizes[here], law.var_noise[here], f"m = {m}"),
        _left_label(law.curve[:named], law.var_shorthand[:named], "√((κ−1)/m)"),
        theme.end_label(
            law.curve[:named], law.var_curve[:named], "exact", theme.REFERENCE, position="above"
        ),
    ]
    layout = {
        "title": theme.finding(
            f"The variance of {m} images is off by {100 * law.var_noise[here[0]]:.0f}% "
            f"(kurtosis κ = {law.kurtosis:.1f})"
        ),
        "xaxis": sizes.axis(2, law.n),
        "yaxis": sizes.log_values("Noise of the variance", "share of it", LOWEST, 3),
        "margin": {"r": 44},
    }
    return {"data": data, "layout": layout}


def _chosen(x: Any, y: Any, name: str) -> theme.Trace:
    """Return open circles around the chosen sizes."""
    return theme.dots(x, y, theme.WITH, name=name, marker=CHOSEN)


def _left_label(x: Any, y: Any, text: str) -> theme.Trace:
    """Return the name of a line, written to the left of its last point."""
    label = theme.end_label(x, y, text, theme.REFERENCE)
    return {**label, "text": [f"{text}\N{NO-BREAK SPACE}"], "textposition": "bottom left"}
