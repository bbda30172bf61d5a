"""The figures of the lab on depth: layers from left to right, with BN blue, without orange."""

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.signal.growth import profile, rate
from bnviz.figures.signal.layers import gradient, pair, spread
from bnviz.figures.signal.stream import flow, variance
from bnviz.figures.signal.trains import trains
from bnviz.labs.signal.settings import ACTIVATIONS
from bnviz.labs.signal.trace import Trace

__all__ = ["charts", "flow", "gradient", "pair", "profile", "rate", "spread", "trains", "variance"]


def charts(trace: Trace, view: str) -> list[Chart]:
    """Return the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"layers", "growth", "stream", "trains"}

    Returns
    -------
    list of Chart
    """
    if view == "layers":
        return [
            _chart("pair", pair(trace), "Each dot is a unit: the 3's value across, the 8's up."),
            _chart("spread", spread(trace), "Spread between samples, by layer."),
            _chart("gradient", gradient(trace), "Gradient norm of the weights, by layer."),
        ]
    if view == "growth":
        return [
            _chart("rate", rate(trace), "Growth of the gradient norm per layer, by batch size."),
            _chart("profile", profile(trace), "Gradient norm by layer, at three init scales."),
        ]
    if view == "stream":
        return [
            _chart("variance", variance(trace), "Variance of the stream, by block."),
            _chart("flow", flow(trace), "Gradient norm in the stream, by block."),
        ]
    return [
        _chart(f"trains_{activation}", trains(trace, activation), "Loss after training, by depth.")
        for activation in ACTIVATIONS
    ]


def _chart(name: str, figure: Figure, what: str) -> Chart:
    return Chart(name, figure, alt_text(figure, what))
