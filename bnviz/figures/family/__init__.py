"""Figures of the lab on the normalization family: the charts of each of its four views."""

from bnviz.figures.chart import Chart
from bnviz.figures.family import accuracy, picture, renorm
from bnviz.labs.family import Trace

__all__ = ["charts"]

VIEWS = {
    "sizes": accuracy.sizes,
    "classes": accuracy.classes,
    "renorm": renorm.charts,
    "picture": picture.charts,
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"sizes", "classes", "renorm", "picture"}

    Returns
    -------
    list of Chart
        At most four.
    """
    return VIEWS[view](trace)
