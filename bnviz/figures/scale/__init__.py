"""Figures of the lab on scale invariance: the charts of each of its four views."""

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.scale import balance, flat, pace, spectral
from bnviz.labs.scale import Trace

__all__ = ["charts"]

VIEWS = {
    "flat": {
        "loss": (flat.loss, "Loss of one batch against the scale of the hidden weights."),
        "slope": (flat.gradient, "Gradient norm against the scale of the hidden weights."),
    },
    "pace": {
        "learning": (pace.loss, "Loss over the steps for three starts."),
        "length": (pace.length, "Length of the hidden weights over the steps."),
        "rate": (pace.rate, "Effective learning rate over the steps."),
    },
    "balance": {
        "angle": (balance.angle, "Angle by which each step turns the weights."),
        "size": (balance.length, "Length of the hidden weights over the steps."),
    },
    "spectral": {
        "with_bn": (spectral.with_bn, "Each dot is a logit before and after the division."),
        "without": (spectral.without, "The same without normalization layers."),
        "trained": (spectral.loss, "Loss over the steps, with spectral normalization and without."),
    },
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"flat", "pace", "balance", "spectral"}

    Returns
    -------
    list of Chart
    """
    drawn = {name: (draw(trace), what) for name, (draw, what) in VIEWS[view].items()}
    return [Chart(name, figure, alt_text(figure, what)) for name, (figure, what) in drawn.items()]
