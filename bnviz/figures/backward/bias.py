"""The view of the bias: its gradient, what it can do, and train against eval."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace
from bnviz.labs.backward.bias import CASES, WIDTH
from bnviz.numerals import short, superscript, true_minus

FLOOR = 1e-18
"""Gradients below this are drawn at it: a log axis has no zero."""
TICKS = (-18, -12, -6, 0)


def charts(trace: Trace) -> list[Chart]:
    """Give the gradients of weights and bias, the loss over the bias, and dx in both modes."""
    return [gradients(trace), shifts(trace), modes(trace)]


def gradients(trace: Trace) -> Chart:
    """Draw the norm of the gradient of weights and bias, in each case."""
    b = trace.bias
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
            ("weights", b.weight_4, style.ABOVE, "square"),
            ("bias", b.bias_4, style.RIGHT, "circle"),
        )
    ]
    title = (
        f"{WIDTH} units, train mode: the bias gets {short(b.bias_4[0])}, the weights "
        f"{short(b.weight_4[0])}; eval mode: {short(b.bias_4[-1])} and {short(b.weight_4[-1])}"
    )
    return style.chart(
        "gradients",
        title,
        "Norm of the gradient of a layer's weights and of its bias, for four ways to compute it.",
        data,
        xaxis=theme.axis(
            "Norm of the gradient",
            "log scale",
            type="log",
            range=[-18.6, 3],
            tickvals=[10.0**k for k in TICKS],
            ticktext=[f"10{superscript(k)}" if k else "1" for k in TICKS],
        ),
        yaxis=theme.axis("", range=[-0.5, len(rows) - 0.5]),
        **style.key(),
    )


def shifts(trace: Trace) -> Chart:
    """Draw the loss over a number that is added to every bias, in both modes."""
    b = trace.bias
    train, evaluated = (float(np.ptp(values)) for values in (b.loss_train_S, b.loss_eval_S))
    data = [
        theme.line(b.shift_S, b.loss_train_S, style.RIGHT, name="train mode"),
        theme.line(b.shift_S, b.loss_eval_S, style.RIGHT, name="eval mode", line={"dash": "dot"}),
    ]
    values = np.concatenate([b.loss_train_S, b.loss_eval_S])
    low, high = float(values.min()), float(values.max())
    room = max(0.1 * (high - low), 0.05)
    return style.chart(
        "shifts",
        f"{WIDTH} units: moving the bias changes the loss by {short(train)} in train mode, by "
        f"{short(evaluated)} in eval mode",
        "Loss of a batch over what is added to every bias of the layer, in both modes.",
        data,
        xaxis=theme.axis("Added to every bias"),
        yaxis=theme.axis("Loss", "nats", range=[low - room, high + room]),
        **style.key(),
    )


def modes(trace: Trace) -> Chart:
    """Draw dx of each sample of the one unit in train and in eval mode."""
    s, u = trace.settings, trace.unit
    ends = style.reach(u.dx_true_N, u.dx_eval_N)
    data = [style.bars(u.dx_eval_N, style.ABOVE, "eval mode")]
    total = true_minus(short(float(u.dx_eval_N.sum())))
    if s.training:
        data.insert(0, style.amounts(u.dx_true_N, style.RIGHT, "train mode", ends))
        title = (
            f"One unit: all dx together {true_minus(short(float(u.dx_true_N.sum())))} in train "
            f"mode, {total} in eval mode"
        )
    else:
        title = f"One unit: all dx together {total} in eval mode"
    return style.chart(
        "modes",
        title,
        "The gradient of each sample of the one unit, in both modes; their sum is what a bias "
        "would get.",
        data,
        barmode="group",
        xaxis=style.sample_axis(len(u.x_N)),
        yaxis=style.zero_axis("Gradient dx", ends),
        **style.key(),
    )
