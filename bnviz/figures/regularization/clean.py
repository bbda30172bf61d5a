"""Right labels: what batch norm gains on unseen digits."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.frames import Figure
from bnviz.figures.regularization.memory import over_batches
from bnviz.labs.regularization import Trace
from bnviz.labs.regularization.bands import nearest_batch
from bnviz.labs.regularization.findings import n_ahead
from bnviz.labs.regularization.memory import NORMS
from bnviz.labs.regularization.settings import BATCHES
from bnviz.numerals import true_minus


def n_overlapping(trace: Trace) -> int:
    """Count the batch sizes at which the bands of BN and of no norm overlap."""
    low, _, high = trace.bands.clean
    bn, none = NORMS.index("bn"), NORMS.index("none")
    return int(((low[:, bn] <= high[:, none]) & (low[:, none] <= high[:, bn])).sum())


def accuracy(trace: Trace) -> Figure:
    """Draw the recorded accuracy over the batch size."""
    n = n_overlapping(trace)
    title = (
        f"Right labels: the bands of BN and no norm overlap at {n} of {len(BATCHES)} batch sizes"
    )
    figure = over_batches(trace, 100 * trace.bands.clean, title, gap=0.6)
    figure["layout"]["yaxis"] = theme.axis("Unseen digits read", "%", range=[88, 98])
    return figure


def gain(trace: Trace) -> Figure:
    """Draw the difference from each start."""
    points = 100 * trace.bands.gain
    at = nearest_batch(trace.settings)
    middle = true_minus(f"{np.median(points[at]):+.1f}")
    title = f"Batch size {BATCHES[at]}: BN ahead in {n_ahead(trace)} of {trace.bands.n_seeds} "
    title += f"starts, median {middle} points"
    data = [
        theme.dots(BATCHES, column, theme.WITH, name="one start", marker={"opacity": 0.6})
        for column in points.T
    ]
    data.append(theme.line(BATCHES, np.median(points, 1), theme.WITH, name="median"))
    return {
        "data": data,
        "layout": {
            "title": theme.finding(title),
            "xaxis": theme.log_axis(
                "Batch size", labels=BATCHES, range=np.log10([3.6, 72]).tolist()
            ),
            "yaxis": theme.axis("BN less no norm", "points", range=[-4, 4]),
            "shapes": [theme.guide(y=0)],
        },
    }
