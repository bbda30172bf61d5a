"""Figures of the lab "Train versus eval": what each view shows."""

from collections.abc import Callable, Mapping
from functools import partial

from bnviz.figures.chart import Chart, alt_text
from bnviz.figures.frames import Figure
from bnviz.figures.train_eval.bugs import bars
from bnviz.figures.train_eval.conventions import layers, library_losses, start_up
from bnviz.figures.train_eval.losses import over_batch_sizes, over_steps
from bnviz.figures.train_eval.running import memory, statistic
from bnviz.labs.train_eval import Trace

__all__ = [
    "bars",
    "charts",
    "layers",
    "library_losses",
    "memory",
    "over_batch_sizes",
    "over_steps",
    "start_up",
    "statistic",
]

VIEWS: Mapping[str, Mapping[str, tuple[Callable[[Trace], Figure], str]]] = {
    "loss": {
        "batch_sizes": (
            over_batch_sizes,
            "Test loss over batch sizes, recorded over eight seeds, with this run as large dots.",
        ),
        "steps": (over_steps, "Test loss over the steps with the three statistics."),
    },
    "running": {
        "variance": (
            partial(statistic, what="variance"),
            "Variance of one unit over the steps: of each batch, running, and true with a band.",
        ),
        "mean": (
            partial(statistic, what="mean"),
            "Mean of the same unit: of each batch, running, and true with a band.",
        ),
        "memory": (memory, "Weight of each past batch in the running statistics at this step."),
        "steps": (over_steps, "Test loss over the steps with the three statistics."),
    },
    "conventions": {
        "start_up": (
            start_up,
            "Running variance over the true one while the weights stand still, for three starts, "
            "with the closed forms.",
        ),
        "layers": (layers, "Kept variance over the true one in each layer, for four conventions."),
        "library_losses": (library_losses, "Test loss over the steps for four conventions."),
    },
    "bugs": {
        "bug_loss": (
            partial(bars, what="loss"),
            "Test loss of the bug and of each repair, as bars.",
        ),
        "bug_accuracy": (
            partial(bars, what="accuracy"),
            "Share of right answers of the bug and of each repair, as bars.",
        ),
    },
}
"""View -> chart -> the function that draws it, and what it draws, for those who cannot see it."""


def charts(trace: Trace, view: str) -> list[Chart]:
    """Return the charts of a view.

    Parameters
    ----------
    trace : Trace
    view : str
        A key of ``VIEWS``.

    Examples
    --------
    >>> from bnviz.labs.train_eval import Experiment, Settings
    >>> [chart.id for chart in charts(Experiment(Settings()).trace(), "bugs")]
    ['bug_loss', 'bug_accuracy']
    """
    done = []
    for name, (draw, what) in VIEWS[view].items():
        figure = draw(trace)
        done.append(Chart(name, figure, alt_text(figure, what)))
    return done
