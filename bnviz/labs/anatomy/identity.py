"""The gamma and beta that give the reader's batch back, and what they do to another one.

Shape legend: N samples.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.labs.anatomy import layer
from bnviz.labs.anatomy.layer import Layer
from bnviz.labs.anatomy.settings import Settings
from bnviz.labs.anatomy.shapes import draw


@dataclass(frozen=True, eq=False)
class Identity:
    """The reader's batch, and another one.

    Attributes
    ----------
    own : Layer
        The reader's batch.
    other : array, shape (2, N)
        A drawn batch, and its output with the gamma and beta of the reader's batch.
    """

    own: Layer
    other: Array


def measure(settings: Settings) -> Identity:
    """Normalize the reader's batch, and another one with the same gamma and beta."""
    own = layer.measure(settings)
    drawn_N = draw(settings, np.random.default_rng(settings.seed))
    gamma, beta = np.array([own.gamma]), np.array([own.beta])
    y_N1, _ = bn.forward(drawn_N[:, None], gamma, beta, settings.eps)
    y_N = np.full_like(drawn_N, np.nan) if own.refusal else y_N1[:, 0]
    return Identity(own, np.stack([drawn_N, y_N]))
