"""Figures of the lab on epsilon, precision and shift: the charts of each of its four views."""

from bnviz.figures.chart import Chart
from bnviz.figures.epsilon import gain, precision, scales, shift
from bnviz.labs.epsilon import Trace

__all__ = ["charts"]

VIEWS = {
    "shift": shift.charts,
    "gain": gain.charts,
    "precision": precision.charts,
    "scales": scales.charts,
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"shift", "gain", "precision", "scales"}

    Returns
    -------
    list of Chart
        At most four.
    """
    return VIEWS[view](trace)
