"""Figures of the lab on regularization: the charts of each of its three views."""

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.regularization import clean, dropout, memory
from bnviz.labs.regularization import Trace

__all__ = ["charts"]

VIEWS = {
    "memory": {
        "memorized": (memory.memorized, "Share of wrong labels given back, over the steps."),
        "unseen": (memory.unseen, "Accuracy on unseen digits over the steps."),
        "sizes": (memory.sizes, "Wrong labels given back at the end, over the batch size."),
    },
    "dropout": {
        "variance": (dropout.variance, "Variance in evaluation over the learned one, by layer."),
        "rates": (dropout.accuracy, "Accuracy over the share of units dropped."),
        "losses": (dropout.loss, "Loss over the share of units dropped."),
    },
    "clean": {
        "right": (clean.accuracy, "Accuracy on unseen digits over the batch size."),
        "gain": (clean.gain, "Accuracy with BN less that without norm, from each start."),
    },
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"memory", "dropout", "clean"}

    Returns
    -------
    list of Chart
    """
    drawn = {name: (draw(trace), what) for name, (draw, what) in VIEWS[view].items()}
    return [Chart(name, figure, alt_text(figure, what)) for name, (figure, what) in drawn.items()]
