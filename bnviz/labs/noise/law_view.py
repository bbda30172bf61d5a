"""The view on the law: the noise of the mean and of the variance against the batch size."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import theory
from bnviz.core.data import digits
from bnviz.figures import sizes, theme
from bnviz.figures.frames import Figure
from bnviz.labs.claim import Claim
from bnviz.labs.noise.law import POWERS, QUADRUPLE, measure, moments
from bnviz.labs.sketch import Sketch
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, signed


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the noise at the chosen batch size, and at four times as many images."""
    m, unit = trace.settings.batch_size, trace.settings.unit
    law = trace.found
    here, there = law.at(m), law.at(QUADRUPLE * m)
    noise, less = law.mean_noise[here], law.mean_noise[there]
    return (
        f"The mean over {m} images is off by **{noise:.3f} σ** for unit {unit} (root mean square; "
        f"theory says {law.mean_theory[here]:.3f}), and that over {QUADRUPLE * m}, four times as "
        f"many, by **{less:.3f} σ**: {less / noise:.2f} times the noise."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the noise of the mean, for the way of drawing that is set."""
    m, law = trace.settings.batch_size, trace.found
    expected = law.mean_theory[law.at(m)]
    left, numbers = "", ""
    if not trace.settings.replacement:
        left = r" \sqrt{\frac{N - m}{N - 1}}"
        numbers = rf" \sqrt{{\frac{{{law.n} - {m}}}{{{law.n} - 1}}}}"
    lines = [
        rf"\frac{{\mathrm{{std}}(\mu_B)}}{{\sigma}} &= \frac{{1}}{{\sqrt{{m}}}}{left}",
        rf"&= \frac{{1}}{{\sqrt{{{m}}}}}{numbers} = {expected:.3f}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return what was measured at each batch size, beside theory."""
    law = trace.found
    columns = {
        "Noise of the mean (σ)": law.mean_noise,
        "Theory (σ)": law.mean_theory,
        "Noise of the variance (share of its mean)": law.var_noise,
        "Theory, with replacement (share)": law.var_theory,
        "Mean of the biased variance (σ²)": law.var_mean,
    }
    rounded = {head: np.round(values, 5).tolist() for head, values in columns.items()}
    return {"Batch size": law.sizes.tolist(), **rounded}


SLOPE, TOLERANCE = -0.5, 0.03
CHOSEN = {"size": 13, "symbol": "circle-open", "line": {"width": 2.5}}
FAINT = {"width": 1.2}
LOWEST = 0.008
ACROSS = sizes.axis(2, digits.N_TRAIN)
UP = sizes.log_values("Noise of the batch mean", "σ", LOWEST, 1)
WITHOUT_LABEL_AT = 0.02
"""The curve of draws without replacement gets its name where it has come down to this."""

NAMED_AT = 10
"""Batch size at which the two closed forms of the variance get their names."""


def mean_noise(trace: Trace[Any, Any]) -> Figure:
    """Draw the noise of the batch mean: measured points, and theory for both ways to draw."""
    law, m = trace.found, trace.settings.batch_size
    with_replacement = trace.settings.replacement
    styles = [{}, FAINT] if with_replacement else [FAINT, {}]
    grey, apart = theme.REFERENCE, "without replacement"
    data = [
        theme.line(law.curve, law.mean_with, grey, name="1/√m", line=styles[0]),
        theme.line(law.curve, law.mean_without, grey, name=apart, line=styles[1]),
        theme.dots(law.sizes, law.mean_noise, theme.WITH, name="measured"),
    ]
    pair = [law.at(m), law.at(QUADRUPLE * m)]
    name, x, y = f"m = {m}, and four times that", law.sizes[pair], law.mean_noise[pair]
    data.append(theme.dots(x, y, theme.WITH, name=name, marker=CHOSEN))
    data.append(theme.end_label(law.curve, law.mean_with, "1/√m", grey))
    down = int(np.argmax(law.mean_without < WITHOUT_LABEL_AT)) + 1
    data.append(_left_label(law.curve[:down], law.mean_without[:down], apart))
    return theme.figure(
        _mean_title(trace),
        data,
        ACROSS,
        UP,
        margin={"r": 44},
    )


def _mean_title(trace: Trace[Any, Any]) -> str:
    law = trace.found
    slope = f"slope {signed(law.slope, 3)}"
    if not trace.settings.replacement:
        return f"Without replacement: {slope}, theory {signed(law.theory_slope, 3)}"
    if abs(law.slope - SLOPE) <= TOLERANCE:
        return f"Four times as many images halve the noise of the mean: {slope}"
    return f"Noise of the mean: {slope}, theory −0.5"


def variance_noise(trace: Trace[Any, Any]) -> Figure:
    """Draw the noise of the variance, a share of its mean: measured, exact, and the shorthand."""
    law, m = trace.found, trace.settings.batch_size
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
        theme.dots(
            law.sizes[here], law.var_noise[here], theme.WITH, name=f"m = {m}", marker=CHOSEN
        ),
        _left_label(law.curve[:named], law.var_shorthand[:named], "√((κ−1)/m)"),
        theme.end_label(
            law.curve[:named], law.var_curve[:named], "exact", theme.REFERENCE, position="above"
        ),
    ]
    return theme.figure(
        f"The variance of {m} images is off by {100 * law.var_noise[here[0]]:.0f}% "
        f"(kurtosis κ = {law.kurtosis:.1f})",
        data,
        ACROSS,
        sizes.log_values("Noise of the variance", "share of it", LOWEST, 3),
        margin={"r": 44},
    )


def _left_label(x: Any, y: Any, text: str) -> theme.Trace:
    """Return the name of a line, written to the left of its last point."""
    label = theme.end_label(x, y, text, theme.REFERENCE)
    return {**label, "text": [f"{text}\N{NO-BREAK SPACE}"], "textposition": "bottom left"}


SKETCH = Sketch(
    plot="mean",
    line="measured",
    ask="Draw how far the mean of a batch is off, for each batch size.",
    at="batch size",
    x=POWERS,
    across=ACROSS,
    up=UP,
)

VIEW = View(
    name="law",
    label="The law",
    measure=measure,
    needs=("batch_size", "replacement", "unit", "seed"),
    free=("batch_size", "replacement"),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot("mean", mean_noise, "A point for each batch size, with the line that theory gives."),
        Plot("variance", variance_noise, "A point for each batch size, with two closed forms."),
    ),
    sketch=SKETCH,
    code=(moments, theory.batch_mean_std, theory.batch_var_cv),
    reading="""
**The law.** Each point is the error of thousands of batches. *With replacement*, an image may come
twice, and the noise is 1/√m exactly. *Without*, an epoch is shuffled and cut, as in training: the
noise is smaller, and 0 for all images.

The variance has noise of its own. It depends on the kurtosis κ of the values; the usual shorthand
√((κ−1)/m) is too small for small m.
""",
    claims=(
        Claim(
            "The noise of the batch mean is σ/√m for any distribution, times √((N−m)/(N−1)) when "
            "images are drawn without replacement.",
            "proved",
            "Cochran 1977, theorem 2.2",
        ),
        Claim(
            "The noise is in **both** statistics: the mean is off by σ/√m, the variance by "
            "√((κ−(m−3)/(m−1))/m) of itself, κ being the kurtosis. Dividing by a fixed number would "
            "add no noise.",
            "proved",
            "Cramér 1946, section 27.4",
        ),
    ),
)
