"""The playground: one network trained twice, with and without batch normalization.

Both start from the same weights and read the same batches in the same order. ``run`` gives every
number that the page shows, and ``CHARTS`` draw them.
"""

from bnviz.labs.playground import (
    activations_view,
    drawing,
    example,
    gap_view,
    gradients_view,
    learning_view,
    microscope,
)
from bnviz.labs.playground.arms import plan, run
from bnviz.labs.playground.chart_view import RunChart
from bnviz.labs.playground.presets import PRESETS
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, NetworkTrace, Trace

__all__ = [
    "CHARTS",
    "EVALUATION",
    "PRESETS",
    "TRAINING",
    "WITH",
    "WITHOUT",
    "NetworkTrace",
    "Settings",
    "Trace",
    "chart",
    "drawing",
    "example",
    "microscope",
    "plan",
    "run",
]

CHARTS = (learning_view.CHART, activations_view.CHART, gradients_view.CHART, gap_view.CHART)
"""In the order in which they are drawn."""


def chart(name: str) -> RunChart:
    """Return a chart by its id."""
    for one in CHARTS:
        if one.id == name:
            return one
    raise ValueError(f"chart must be one of {[one.id for one in CHARTS]}, got {name!r}")
