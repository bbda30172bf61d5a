"""A large batch that is drawn: what the layer does to the shape of a distribution.

Shape legend: N samples.
"""

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.anatomy.layer import Layer, layer
from bnviz.labs.anatomy.settings import Settings


def draw(settings: Settings, rng: np.random.Generator) -> Array:
    """Draw a batch from the normal distribution that the reader set, shape (N,)."""
    return rng.normal(settings.mean, settings.std, settings.size)


def measure(settings: Settings) -> Layer:
    """Normalize the drawn batch, with the gamma and beta of the sliders."""
    return layer(draw(settings, np.random.default_rng(settings.seed)), settings)
