"""What the lab of the backward pass says in words: every number comes from the trace."""

from typing import Any

import numpy as np

from bnviz.labs.backward.bias import CASES, WIDTH
from bnviz.labs.backward.digits import GUESSING
from bnviz.labs.backward.drift import CONSTANTS, LR, N_STEPS, RIGHT
from bnviz.labs.backward.slopes import TOLERANCE, USUAL, Check
from bnviz.labs.backward.trace import Trace
from bnviz.labs.backward.unit import VAR
from bnviz.marks import number_text
from bnviz.numerals import aligned, latex, short, to_latex, true_minus

NOTHING = 1e-12
"""What is smaller than this, beside what came in, is rounding."""
NEARLY_ALL = 0.9995
"""A share above this is not written in percent."""
ALIKE = 1.25
"""Losses whose ratio is smaller are called about the same: one run tells no more."""
DIGITS = 6
"""Decimals of mean and variance in a formula: of values with one decimal that is nearly exact."""
VISIBLY_OFF = 0.02
"""Relative error from which on a result is not what its printed terms give."""
NAMES = {"dx": "dx", "dgamma": "dγ", "dbeta": "dβ"}


def takeaway(trace: Trace, view: str) -> str:
    """State what happened, in Markdown.

    Examples
    --------
    >>> from bnviz.labs.backward import Settings, run
    >>> takeaway(run(Settings()), "parts").split(":")[0]
    '**Nothing arrives'
    """
    say = {"parts": _parts, "check": _check, "constants": _constants, "bias": _bias}
    return say[view](trace)


def _parts(trace: Trace) -> str:
    s, u = trace.settings, trace.unit
    largest, came = np.abs(u.dx_N).max(), np.abs(u.dx_hat_N).max()
    if not came:
        return "Nothing comes from above: with γ = 0 the output does not depend on x at all."
    if not s.training:
        return (
            "Eval mode takes nothing out: running statistics are constants, and every sample gets "
            f"its own γ dy, times {short(u.inv_std)}."
        )
    if s.constants:
        return (
            f"**Wrong:** with the statistics as constants the largest dx is {short(largest)}, and "
            f"finite differences would say {short(np.abs(u.dx_true_N).max())}."
        )
    if largest < NOTHING * came * u.inv_std:
        why = ", which is rounding" if largest else ""
        return (
            f"**Nothing arrives:** dy is the same for all, and the largest dx is {short(largest)}"
            f"{why}. All samples moving together move their mean as much."
        )
    if u.removed > NEARLY_ALL:
        return (
            "**Nearly nothing arrives:** this gradient lies along the mean and along x̂. A share of "
            f"ε/(σ² + ε) = {short(s.eps / (u.var + s.eps))} of the part along x̂ gets through; the "
            f"largest dx is {short(largest)}."
        )
    return (
        f"Batch norm takes out {100 * u.removed:.1f}% of the squared length of the gradient: "
        f"its mean, and its part along x̂. What is left is multiplied by "
        f"1/√(σ² + ε) = {short(u.inv_std)}; the largest dx is {short(largest)}."
    )


def _check(trace: Trace) -> str:
    found, training = trace.slopes, trace.settings.training
    if not trace.settings.gamma:
        return "With γ = 0 the output does not depend on x: all slopes are 0, by both ways."
    agree = f"Finite differences agree with the backward pass: they differ by {short(found.error)}"
    if not training:
        return f"{agree} of the largest slope. In eval mode the statistics are constants."
    wrong = f"With the statistics as constants it would be {short(found.error_constants)}."
    return f"{agree} of the largest slope. {wrong}"


def _constants(trace: Trace) -> str:
    moved, last_R = float(trace.drift.bias_T2[-1, CONSTANTS]), trace.digits.last_loss_R
    digits = f"On the digits, at a rate of {number_text(trace.settings.lr)},"
    digits = f"{digits} {_on_digits(*map(float, last_R))}"
    if not moved:
        return f"One bias stays at 0, for dy adds up to 0. {digits}"
    one = (
        f"With the statistics as constants, one bias goes from 0 to "
        f"{true_minus(short(moved))} in {N_STEPS} steps at a rate of {LR}, and the "
        f"loss changes by {short(trace.drift.change_of_loss)}."
    )
    return f"{one} {digits}"


def _on_digits(right: float, wrong: float) -> str:
    if not np.isfinite([right, wrong]).all():
        return "a loss has overflowed."
    losses = f"loss {short(wrong)} instead of {short(right)}"
    if right > GUESSING:
        return f"neither gradient learns ({losses})."
    if wrong > GUESSING:
        return f"it is worse than guessing: {losses}."
    if wrong > ALIKE * right:
        return f"it learns, but less well: {losses}."
    if right > ALIKE * wrong:
        return f"the wrong gradient is ahead in this run: {losses}."
    return f"it learns about as well in this run: {losses}."


def _bias(trace: Trace) -> str:
    b = trace.bias
    in_train, in_eval = b.bias_4[0], b.bias_4[CASES.index("eval")]
    if not b.weight_4.any():
        return "With γ = 0 neither weights nor bias get a gradient."
    return (
        f"In a layer of {WIDTH} units in train mode the bias gets a gradient of {short(in_train)}, "
        f"beside {short(b.weight_4[0])} for the weights: it is dead. In eval mode it gets "
        f"{short(in_eval)}. The last chart and the formula are of another thing, the one unit."
    )


def formula(trace: Trace, view: str) -> str:
    """Write the formula and the same with the reader's numbers, as LaTeX."""
    lines = {
        "parts": _parts_formula,
        "check": _check_formula,
        "constants": _constants_formula,
        "bias": _bias_formula,
    }[view](trace)
    return aligned(lines, gap=6)


def _parts_formula(trace: Trace) -> list[str]:
    s, u = trace.settings, trace.unit
    i, root = s.chosen, _root(u.var, s.eps)
    d_hat, x_hat = rf"d\hat x_{{{i + 1}}}", rf"\hat x_{{{i + 1}}}"
    result = rf"&= \mathbf{{{_number(u.dx_N[i])}}}"
    sums = [
        rf"\textstyle\sum dx &= {_number(float(u.dx_N.sum()))}",
        rf"\textstyle\sum dx \, \hat x &= {_number(float(u.dx_N @ u.x_hat_N))}",
    ]
    if s.constants or not s.training:
        return [
            rf"dx_{{{i + 1}}} &= \frac{{{d_hat}}}{{\sqrt{{\sigma^2 + \epsilon}}}} "
            rf"= \frac{{{_number(u.dx_hat_N[i])}}}{{{root}}}",
            result,
            *sums,
        ]
    terms = (
        f"{_number(u.dx_hat_N[i])} - {_bracket(u.mean_part)} - "
        rf"{_bracket(u.x_hat_N[i])} \cdot {_bracket(u.slope)}"
    )
    return [
        rf"dx_{{{i + 1}}} &= \frac{{{d_hat} - \overline{{d\hat x}} - "
        rf"{x_hat} \, \overline{{d\hat x \, \hat x}}}}{{\sqrt{{\sigma^2 + \epsilon}}}}",
        rf"&= \frac{{{terms}}}{{{root}}}",
        result,
        *_cancellation(trace),
        *sums,
    ]


def _cancellation(trace: Trace) -> list[str]:
    """Say so where the terms are so nearly equal that the printed digits do not give the result."""
    u, i = trace.unit, trace.settings.chosen
    come, mean, x_hat, slope = (
        float(f"{value:.3f}") for value in (u.dx_hat_N[i], u.mean_part, u.x_hat_N[i], u.slope)
    )
    printed, exact = (come - mean - x_hat * slope) * u.inv_std, float(u.dx_N[i])
    if abs(printed - exact) <= VISIBLY_OFF * abs(exact):
        return []
    return [
        r"& \text{(nearly equal numbers are}",
        r"& \text{subtracted: digits that are}",
        r"& \text{not shown decide)}",
    ]


def _check_formula(trace: Trace) -> list[str]:
    i, found = trace.settings.chosen, trace.slopes
    sign = r"\ne" if trace.settings.training and found.error_constants else "="
    return [
        r"L &= \textstyle\sum dy \, y",
        rf"dx_{{{i + 1}}} &\approx \frac{{L(x_{{{i + 1}}} + h) - L(x_{{{i + 1}}} - h)}}{{2h}}",
        rf"&= {_number(found.numeric_N[i], 10)} \enspace \text{{with }} h = {latex(USUAL)}",
        rf"dx_{{{i + 1}}} &= {_number(found.true_N[i], 10)} \enspace \text{{backward pass}}",
        rf"&{sign} {_number(found.constants_N[i], 10)} \enspace \text{{with constants}}",
    ]


def _constants_formula(trace: Trace) -> list[str]:
    s, u = trace.settings, trace.unit
    var, mean_dy = float(u.x_N.var()), float(u.dy_N.mean())
    right, wrong = (float(trace.drift.bias_T2[-1, run]) for run in (RIGHT, CONSTANTS))
    return [
        r"\text{one} & \text{ bias has its own rate,}",
        rf"\eta &= {_number(LR)} \text{{, not that of the digits}}",
        r"\text{with} & \text{ constants:}",
        rf"b_{{{N_STEPS}}} &= -{N_STEPS} \, \eta \, \frac{{\gamma \, \overline{{dy}}}}"
        r"{\sqrt{\sigma^2 + \epsilon}}",
        rf"&= -{N_STEPS} \cdot {_number(LR)} \cdot \frac{{{_number(s.gamma)} \cdot "
        rf"{_bracket(mean_dy, DIGITS)}}}{{{_root(var, s.eps)}}}",
        rf"&= \mathbf{{{_number(wrong)}}}",
        r"\text{with} & \text{ the right gradient:}",
        rf"b_{{{N_STEPS}}} &= {_number(right)}",
    ]


def _bias_formula(trace: Trace) -> list[str]:
    s, u = trace.settings, trace.unit
    total, above = float(u.dx_true_N.sum()), float(u.dx_hat_N.sum())
    train = [
        r"\text{train:} \enspace db &= \frac{\sum d\hat x - m \, \overline{d\hat x} - "
        r"\overline{d\hat x \, \hat x} \sum \hat x}{\sqrt{\sigma^2 + \epsilon}}",
        rf"&= {_number(total)}",
    ]
    return [
        r"\text{one unit:} \enspace z &= x + b, \enspace db = \textstyle\sum dx",
        *(train if s.training else []),
        r"\text{eval:} \enspace db &= \frac{\sum d\hat x}{\sqrt{\sigma_r^2 + \epsilon}} = "
        rf"\frac{{{_number(above)}}}{{\sqrt{{{_number(VAR)} + {latex(s.eps)}}}}}",
        rf"&= {_number(float(u.dx_eval_N.sum()))}",
    ]


def table(trace: Trace) -> dict[str, Any]:
    """Give the numbers of every sample."""
    u, found = trace.unit, trace.slopes
    return {
        "sample": np.arange(1, len(u.x_N) + 1),
        "x": u.x_N,
        "dy": u.dy_N,
        "x̂": u.x_hat_N,
        "dx̂ = γ dy": u.dx_hat_N,
        "mean of dx̂": np.full_like(u.x_N, u.mean_part),
        "part along x̂": u.x_hat_part_N,
        "dx": u.dx_N,
        "dx, right": u.dx_true_N,
        "dx, statistics as constants": u.dx_constants_N,
        "dx, eval mode": u.dx_eval_N,
        "random dy": found.dy_N,
        "dx of random dy, by differences": found.numeric_N,
        "dx of random dy, by the backward pass": found.true_N,
    }


def checked(found: Check) -> str:
    """State what a check by finite differences has found, in Markdown."""
    errors = ", ".join(f"{NAMES[name]} {short(error)}" for name, error in found.errors.items())
    verdict = "**Pass.**" if found.passed else "**Fail.**"
    return (
        f"{verdict} Largest difference over the largest slope: {errors}; at most "
        f"{number_text(TOLERANCE)} passes. {found.n_passes} forward passes, random dy number "
        f"{found.cotangent + 1}."
    )


def _number(value: float, digits: int = 3) -> str:
    """Write a number as LaTeX: with three decimals, or in powers of ten where it is small."""
    if value == 0:
        return "0"
    if 0.01 <= abs(value) < 1e5:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return to_latex(f"{value:.1e}")


def _bracket(value: float, digits: int = 3) -> str:
    """Write a number that stands behind a sign."""
    text = _number(value, digits)
    return f"({text})" if value < 0 else text


def _root(var: float, eps: float) -> str:
    """Write what a gradient is divided by."""
    return rf"\sqrt{{{_number(var, DIGITS)} + {latex(eps)}}}"
