"""The pictures of the backward pass, by view.

Colours: blue is the right gradient, what batch norm lets through; green is what it takes out, plain
for the mean and hatched for the part along x_hat; pink and long dashes are the wrong gradient, with
the statistics as constants; grey is what comes from above, or a guide.
"""

from bnviz.figures.backward import bias, parts, slopes, training
from bnviz.figures.chart import Chart
from bnviz.labs.backward import Trace

__all__ = ["charts"]

_VIEWS = {
    "parts": parts.charts,
    "check": slopes.charts,
    "constants": training.charts,
    "bias": bias.charts,
}


def charts(trace: Trace, view: str) -> list[Chart]:
    """Give the charts of one view, at most four.

    Parameters
    ----------
    trace : Trace
    view : str
        A key of the lesson's ``views``.

    Returns
    -------
    list of Chart
    """
    return _VIEWS[view](trace)
