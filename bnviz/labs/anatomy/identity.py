"""The gamma and beta that give the reader's batch back, and what they do to another one.

Shape legend: N samples.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.labs.anatomy import steps
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
        Drawn values, and what the *own* batch's layer makes of them when they come in a batch of
        their own, with the own batch's gamma and beta.
    """

    own: Layer
    other: Array


def measure(settings: Settings) -> Identity:
    """Normalize the reader's batch, and another one with the same gamma and beta."""
    own = steps.measure(settings)
    drawn_N = draw(settings, np.random.default_rng(settings.seed))
    return Identity(own, np.stack([drawn_N, through(drawn_N, own, settings)]))


def through(x_N: Array, own: Layer, settings: Settings) -> Array:
    """Send other values through the layer with the gamma and beta of the reader's batch."""
    if own.refusal:
        return np.full_like(x_N, np.nan)
    gamma, beta = np.array([own.gamma]), np.array([own.beta])
    y_N1, _ = bn.forward(x_N[:, None], gamma, beta, settings.eps)
    y_N: Array = y_N1[:, 0]
    return y_N
