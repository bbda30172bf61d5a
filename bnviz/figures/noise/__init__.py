"""The figures of the lab on batch size and noise, a module for each kind.

Blue is batch norm and what was measured on it, grey is theory or a guide, orange and dashed is the
network without batch norm, green is dropout.
"""

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.noise import factor, followed, gradient, influence, law
from bnviz.labs.noise import Trace

__all__ = ["charts"]

VIEWS = {
    "law": (
        ("mean", law.mean_noise, "A point for each batch size, with the line that theory gives."),
        ("variance", law.variance_noise, "A point for each batch size, with two closed forms."),
    ),
    "sample": (
        ("strips", followed.strips, "A dot for each of 120 random batches of each size."),
        ("chosen", followed.chosen, "A histogram of 1000 random batches of the chosen size."),
    ),
    "influence": (
        ("heat", influence.heat, "A row for each replaced sample, a column for each other one."),
        ("answers", influence.answers, "A line for each other sample, from before to after."),
    ),
    "dropout": (
        ("factors", factor.factors, "Two histograms of factors, of batch norm and of dropout."),
        ("shared", factor.shared, "Two tables of correlations between units, as colours."),
    ),
    "gradient": (
        ("norms", gradient.norms, "Points for each batch size, with fitted lines."),
        ("fit", gradient.fit, "Measured over fitted norm for each batch size."),
    ),
}
"""View -> (id, figure, what it draws for those who cannot see it)."""


def charts(trace: Trace, view: str) -> list[Chart]:
    """Give the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : str
        A key of the lesson's views.

    Returns
    -------
    list of Chart
        Two of them; none moves.

    Examples
    --------
    >>> from bnviz.labs.noise import Settings, run
    >>> [chart.id for chart in charts(run(Settings()), "law")]
    ['mean', 'variance']
    """
    drawn = []
    for name, draw, what in VIEWS[view]:
        figure = draw(trace)
        drawn.append(Chart(name, figure, alt_text(figure, what)))
    return drawn
