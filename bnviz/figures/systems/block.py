"""Convolution, batch norm and ReLU: the time of a call, and the gradients."""

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.systems.points import points
from bnviz.labs.systems import Trace
from bnviz.labs.systems.block import PARAMETERS, TYPES
from bnviz.labs.systems.cost import ARMS
from bnviz.numerals import short


def times(trace: Trace) -> Figure:
    """Draw the time of a call of four layers."""
    time_ms = trace.cost.time_ms
    title = f"Folded {time_ms[3]:.2f} ms, not folded {time_ms[2]:.2f} ms"
    axis = theme.axis("Fastest call on this server", "ms", rangemode="tozero")
    return points(time_ms, ARMS, "Layer", title, axis)


def gradients(trace: Trace) -> Figure:
    """Draw the largest gradient of the convolution's weights and bias, in both types."""
    found = trace.cost.block.gradient
    names = [f"{parameter}, {dtype}" for parameter in PARAMETERS for dtype in TYPES]
    title = (
        f"Gradient of the bias {short(found[0, 1])}, of a weight {short(found[0, 0])}: "
        "the bias is dead"
    )
    axis = theme.log_axis("Largest gradient", decades=4, range=[-16, 4])
    return points(found.T.ravel().clip(1e-15), names, "Parameter of the convolution", title, axis)
