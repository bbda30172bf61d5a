"""Figures of the lab on learning rate and initialization: the charts of each of its views."""

from collections.abc import Callable

from bnviz.figures.chart import Chart
from bnviz.figures.rates import corner, draws, gradients, maps
from bnviz.labs.rates import Trace

__all__ = ["charts"]

VIEWS: dict[str, Callable[[Trace], list[Chart]]] = {
    "grid": maps.pair,
    "parts": maps.parts,
    "draws": draws.charts,
    "corner": corner.charts,
    "gradients": gradients.charts,
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Draw the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : {"grid", "parts", "draws", "corner", "gradients"}

    Returns
    -------
    list of Chart
        At most four.
    """
    return VIEWS[view](trace)
