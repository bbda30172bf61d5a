"""The small tensor that is normalized."""

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.axes.settings import LARGEST, SEQUENCES, Request

LEVELS = 2.0
"""Standard deviation of the channels' own means, in units of the spread within a channel."""
DRIFT = 1.0
"""The same of the samples' own means."""


def draw(asked: Request, *, at_least: int = 1) -> Array:
    """Return the tensor: channels have a level and a spread of their own, samples a level.

    Its values have one decimal: what a reader sees is all there is. It has at least ``at_least``
    samples. The largest tensor is drawn and a corner of it is used, so a cell keeps its value when
    a size changes.
    """
    rng = np.random.default_rng(asked.seed)
    level_C = rng.normal(0.0, LEVELS, (LARGEST, 1, 1))
    spread_C = rng.uniform(0.5, 2.0, (LARGEST, 1, 1))
    level_N = rng.normal(0.0, DRIFT, (LARGEST, 1, 1, 1))
    noise_NCHW = rng.normal(size=(LARGEST,) * 4)
    x_NCHW = np.round(level_C + level_N + spread_C * noise_NCHW, 1) + 0.0  # never -0.0
    n_samples = max(asked.samples, at_least)
    if asked.layout == SEQUENCES:
        x_NTC = x_NCHW[:, :, 0].transpose(0, 2, 1)
        return x_NTC[:n_samples, : asked.width, : asked.channels].copy()
    return x_NCHW[:n_samples, : asked.channels, : asked.height, : asked.width].copy()
