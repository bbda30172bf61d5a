"""The view on what a convolution with batch norm costs, and on its dead bias."""

from typing import Any

from bnviz.core.folding import fold_into_preceding
from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.points import points
from bnviz.labs.claim import Claim
from bnviz.labs.rows import Group, table
from bnviz.labs.systems.block import MEAN, PARAMETERS, SHAPE, STD, TYPES, passed
from bnviz.labs.systems.cost import ARMS, measure
from bnviz.labs.view import Plot, Trace, View
from bnviz.numerals import aligned, bound, short


def takeaway(trace: Trace[Any, Any]) -> str:
    """Return the time of a call, and what is left of the gradient of the bias."""
    found = trace.found
    alone, train, evaluated, folded = found.time_ms
    (weights, bias), _ = found.block.gradient
    return (
        f"On this server one call takes {alone:.2f} ms for the convolution alone, {train:.2f} ms "
        f"with BN in training, {evaluated:.2f} ms in evaluation and **{folded:.2f} ms folded**. "
        f"Folding changes no output by more than {bound(found.difference)}. The bias of the "
        f"convolution is dead: its gradient is at most {bound(bias)}, that of a weight "
        f"{short(weights)}."
    )


def formula(trace: Trace[Any, Any]) -> str:
    """Return how BN is folded, and what ReLU leaves of a normal distribution."""
    n, channels, height, width = SHAPE
    size = rf"\times {height} \times {width}"
    shapes = rf"{n} \times {channels} {size} \to {n} \times {trace.settings.channels} {size}"
    block = trace.found.block
    return aligned(
        [
            r"W' &= \frac{\gamma}{\sqrt{r + \epsilon}}\,W",
            r"y = Wx + b: \quad \frac{\partial L}{\partial b} &= \sum_{n,h,w} \mathrm d y = 0",
            rf"\text{{images: }} & {shapes}",
            rf"\text{{mean after ReLU}} &= {block.mean:.3f} "
            rf"\approx \frac{{1}}{{\sqrt{{2\pi}}}} = {MEAN:.3f}",
            rf"\text{{deviation}} &= {block.std:.3f} "
            rf"\approx \sqrt{{\tfrac12 - \tfrac{{1}}{{2\pi}}}} = {STD:.3f}",
        ]
    )


def groups(trace: Trace[Any, Any]) -> list[Group]:
    """Return times, gradients and what comes out of ReLU."""
    block = trace.found.block
    return [
        ("time of a call (ms, this server)", ARMS, trace.found.time_ms),
        *(
            (f"largest gradient of the convolution, {dtype}", PARAMETERS, gradient)
            for dtype, gradient in zip(TYPES, block.gradient, strict=True)
        ),
        ("after ReLU", ("mean", "deviation"), (block.mean, block.std)),
    ]


def times(trace: Trace[Any, Any]) -> Figure:
    """Draw the time of a call of four layers."""
    time_ms = trace.found.time_ms
    title = f"Folded {time_ms[3]:.2f} ms, not folded {time_ms[2]:.2f} ms"
    axis = theme.axis("Fastest call on this server", "ms", rangemode="tozero")
    return points(time_ms, ARMS, "Layer", title, axis)


def gradients(trace: Trace[Any, Any]) -> Figure:
    """Draw the largest gradient of the convolution's weights and bias, in both types."""
    found = trace.found.block.gradient
    names = [f"{parameter}, {dtype}" for parameter in PARAMETERS for dtype in TYPES]
    title = (
        f"Gradient of the bias {short(found[0, 1])}, of a weight {short(found[0, 0])}: "
        "the bias is dead"
    )
    axis = theme.log_axis("Largest gradient", decades=4, range=[-16, 4])
    return points(found.T.ravel().clip(1e-15), names, "Parameter of the convolution", title, axis)


VIEW = View(
    name="cost",
    label="Conv + BN",
    measure=measure,
    needs=("channels", "seed"),
    free=("channels",),
    takeaway=takeaway,
    formula=formula,
    table=table(groups),
    plots=(
        Plot("times", times, "Time of a call of four layers."),
        Plot(
            "gradients",
            gradients,
            "Largest gradients of the weights and of the bias, in two types of numbers.",
        ),
    ),
    code=(fold_into_preceding, passed),
    reading="""
**Conv + BN.** In the first chart each dot is the fastest of 9 calls, taken in turns on this server:
a timing, not a law. The gradients come once in float32 and once in float64: what is 0 in theory
shrinks with finer rounding, and the rest stays.

Eight random images of 3 × 32 × 32 go through a convolution of 3 × 3 with a border of zeros, so
height and width stay. BN has one mean for each output channel, over 8 × 32 × 32 values. It is timed
once for each setting. Folding saves work; whether one sees it depends on what else the server does.
The gradients are those under a random gradient from above.
""",
    try_this="Take 4 channels instead of 64. What does BN cost now, and what does folding save?",
    claims=(
        Claim(
            "In evaluation BN after a convolution folds into its weights and its bias: the same "
            "function, but for rounding.",
            "proved",
        ),
        Claim(
            "The bias of a convolution before BN is dead: BN subtracts it, and its gradient is 0. "
            "In float32 what is left of it is rounding.",
            "proved",
        ),
    ),
)
