"""The reader's batch on its way through the layer, step by step."""

import numpy as np

from bnviz.labs.anatomy.layer import Layer, layer
from bnviz.labs.anatomy.settings import Settings

STEPS = ("the batch", "mean μ", "variance σ²", "standardize: x̂", "scale and shift: y", "remember")
"""What each step of the computation is called."""


def measure(settings: Settings) -> Layer:
    """Normalize the reader's batch."""
    return layer(np.array(settings.values), settings, identity=settings.identity)
