"""Figures of the lab on why batch norm works: the charts of each of its views."""

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.why import agreement, band, correlation, noise, percentiles, surface
from bnviz.labs.why import Trace

__all__ = ["charts"]

VIEWS = {
    "noise": {
        "loss": (noise.loss, "Training loss over the steps for four networks."),
        "drift": (noise.drift, "Drift of the unit means over the steps for the same networks."),
    },
    "percentiles": {
        "without": (percentiles.without, "Three percentiles over the steps, without batch norm."),
        "with": (percentiles.with_bn, "The same with batch norm, on the same axes."),
        "drift": (percentiles.drift, "Drift of all unit means over the steps, three starts."),
        "accuracy": (percentiles.accuracy, "Share of digits read over the steps, three starts."),
    },
    "band": {
        "losses": (band.losses, "Band of the loss along the gradient over the steps."),
        "width": (band.width, "Width of the bands over the steps, log scale."),
        "smoothness": (band.smoothness, "Effective smoothness over the steps, log scale."),
    },
    "agreement": {
        "early_layers": (agreement.early_layers, "Cosine of each layer in the first steps."),
        "late_layers": (agreement.late_layers, "Cosine of each layer in the second half."),
        "over_time": (agreement.over_time, "Mean cosine of the layers over the steps."),
    },
    "correlation": {
        "before": (correlation.before, "Correlation matrix of 32 units before batch norm."),
        "after": (correlation.after, "The same after batch norm."),
        "whitened": (correlation.whitened, "The same after whitening."),
    },
    "surface": {
        "surface_none": (surface.none, "Loss over two random directions, without norm."),
        "surface_bn": (surface.bn, "The same with batch norm, in the same colours."),
        "surface_kept": (surface.kept, "The same without norm, weight vectors keep their length."),
        "ranges": (surface.ranges, "Range of the loss by distance from the trained network."),
    },
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : str
        One of ``VIEWS``.

    Returns
    -------
    list of Chart
    """
    drawn = {name: (draw(trace), what) for name, (draw, what) in VIEWS[view].items()}
    return [Chart(name, figure, alt_text(figure, what)) for name, (figure, what) in drawn.items()]
