"""The view on the bias: its gradient, what it can do, and train against eval."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.core import bn
from bnviz.figures import samples, theme
from bnviz.figures.frames import Figure
from bnviz.labs.backward.bias import CASES, WIDTH, measure
from bnviz.labs.backward.numbers import number
from bnviz.labs.backward.parts_view import ABOVE, RIGHT
from bnviz.labs.backward.unit import NEEDS, VAR
from bnviz.labs.claim import Claim
from bnviz.labs.table import clean_all
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, clean, latex, short, superscript, true_minus

FLOOR = 1e-18
"""Gradients below this are drawn at it: a log axis has no zero."""
TICKS = (-18, -12, -6, 0)


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the gradient of the bias in both modes."""
    b = trace.found
    in_train, in_eval = b.bias_4[0], b.bias_4[CASES.index("eval")]
    if not b.weight_4.any():
        return "With γ = 0 neither weights nor bias get a gradient."
    return (
        f"In a layer of {WIDTH} units in train mode the bias gets a gradient of {short(clean(in_train))}, "
        f"beside {short(b.weight_4[0])} for the weights: it is dead. In eval mode it gets "
        f"{short(clean(in_eval))}. The last chart and the formula show the single unit of the other views."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return the gradient of the bias of the single unit, in both modes."""
    s, u = trace.settings, trace.found.unit
    total, above = float(u.dx_true_N.sum()), float(u.dx_hat_N.sum())
    train = [
        r"\text{train:} \enspace db &= \frac{\sum d\hat x - m \, \overline{d\hat x} - "
        r"\overline{d\hat x \, \hat x} \sum \hat x}{\sqrt{\sigma^2 + \epsilon}}",
        rf"&= {number(total)}",
    ]
    lines = [
        r"\text{one unit:} \enspace z &= x + b, \enspace db = \textstyle\sum dx",
        *(train if s.training else []),
        r"\text{eval:} \enspace db &= \frac{\sum d\hat x}{\sqrt{\sigma_r^2 + \epsilon}} = "
        rf"\frac{{{number(above)}}}{{\sqrt{{{number(VAR)} + {latex(s.eps)}}}}}",
        rf"&= {number(float(u.dx_eval_N.sum()))}",
    ]
    return aligned(lines, gap=6)


def table(trace: Trace[Any, Any]) -> Mapping[str, Any]:
    """Return the gradient of every sample of the single unit, in both modes."""
    u = trace.found.unit
    return {
        "sample": np.arange(1, len(u.x_N) + 1),
        "x": u.x_N,
        "dy": u.dy_N,
        "dx, right": clean_all(u.dx_true_N),
        "dx, eval mode": clean_all(u.dx_eval_N),
    }


def gradients(trace: Trace[Any, Any]) -> Figure:
    """Draw the norm of the gradient of weights and bias, in each case."""
    b = trace.found
    rows = np.array(CASES[::-1])
    data = [
        theme.dots(
            np.maximum(values[::-1], FLOOR),
            rows,
            role,
            name=name,
            marker={"size": 11, "symbol": symbol},
            hovertemplate=f"{name}, %{{y}}: %{{x:.3g}}<extra></extra>",
        )
        for name, values, role, symbol in (
            ("weights", b.weight_4, ABOVE, "square"),
            ("bias", b.bias_4, RIGHT, "circle"),
        )
    ]
    title = (
        f"{WIDTH} units, train mode: the bias gets {short(clean(b.bias_4[0]))}, the weights "
        f"{short(b.weight_4[0])}; eval mode: {short(clean(b.bias_4[-1]))} and {short(b.weight_4[-1])}"
    )
    ticks = {
        "tickvals": [10.0**k for k in TICKS],
        "ticktext": [f"10{superscript(k)}" if k else "1" for k in TICKS],
    }
    return theme.figure(
        title,
        data,
        theme.axis("Norm of the gradient", "log scale", type="log", range=[-18.6, 3], **ticks),
        theme.axis("", range=[-0.5, len(rows) - 0.5]),
        **samples.key(),
    )


def shifts(trace: Trace[Any, Any]) -> Figure:
    """Draw the loss over a number that is added to every bias, in both modes."""
    b = trace.found
    train, evaluated = (float(np.ptp(values)) for values in (b.loss_train_S, b.loss_eval_S))
    data = [
        theme.line(b.shift_S, b.loss_train_S, theme.TRAIN, name="train mode"),
        theme.line(b.shift_S, b.loss_eval_S, theme.EVAL, name="eval mode"),
    ]
    values = np.concatenate([b.loss_train_S, b.loss_eval_S])
    low, high = float(values.min()), float(values.max())
    room = max(0.1 * (high - low), 0.05)
    return theme.figure(
        f"{WIDTH} units: moving the bias changes the loss by {short(clean(train))} in train mode, by "
        f"{short(clean(evaluated))} in eval mode",
        data,
        theme.axis("Added to every bias"),
        theme.axis("Loss", "nats", range=[low - room, high + room]),
        **samples.key(),
    )


def modes(trace: Trace[Any, Any]) -> Figure:
    """Draw dx of each sample of the single unit in train and in eval mode."""
    s, u = trace.settings, trace.found.unit
    ends = samples.reach(u.dx_true_N, u.dx_eval_N)
    data = [samples.bars(u.dx_eval_N, theme.EVAL, "eval mode", hatched=True)]
    total = true_minus(short(clean(float(u.dx_eval_N.sum()))))
    if s.training:
        data.insert(0, samples.amounts(u.dx_true_N, theme.TRAIN, "train mode", ends))
        title = (
            f"One unit: all dx together {true_minus(short(clean(float(u.dx_true_N.sum()))))} in train "
            f"mode, {total} in eval mode"
        )
    else:
        title = f"One unit: all dx together {total} in eval mode"
    return samples.figure(title, data, len(u.x_N), "Gradient dx", ends, barmode="group")


VIEW = View(
    name="bias",
    label="The bias; train and eval",
    measure=measure,
    needs=NEEDS,
    free=("batch_size",),
    idle=("constants",),
    takeaway=takeaway,
    formula=formula,
    table=table,
    plots=(
        Plot(
            "gradients",
            gradients,
            "Norm of the gradient of a layer's weights and of its bias, for four ways to compute it.",
        ),
        Plot(
            "shifts",
            shifts,
            "Loss of a batch over what is added to every bias of the layer, in both modes.",
        ),
        Plot(
            "modes",
            modes,
            "The gradient of each sample of the single unit, in both modes; their sum is what a bias "
            "would get.",
        ),
    ),
    code=(bn.forward, bn.backward, bn.evaluate),
    reading="""
**The bias; train and eval.** One layer of 16 units before its training. Eval mode uses the mean and
the variance of all training digits.
""",
    claims=(
        Claim(
            "A bias in front of batch norm gets no gradient in train mode, so it may be left out. What "
            "rounding leaves is small: in float32, of a convolution with 64 channels, less than a "
            "ten-thousandth of what the weights get.",
            "measured here",
            held="10 of 10",
        ),
    ),
)
