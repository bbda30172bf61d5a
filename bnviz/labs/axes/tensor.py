"""The small tensor that is normalized."""

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.axes.settings import LARGEST, SEQUENCES, Wish

LEVELS = 2.0
"""Standard deviation of the channels' own means, in units of the spread within a channel."""
DRIFT = 1.0
"""The same of the samples' own means."""


def draw(wish: Wish, *, at_least: int = 1) -> Array:
    """Draw the tensor: channels have a level and a spread of their own, samples a level.

    Parameters
    ----------
    wish : Wish
        Gives layout, sizes and seed.
    at_least : int
        The tensor gets at least this many samples.

    Returns
    -------
    array of float64
        Of the wish's shape. Rounded to one decimal, so that what a reader sees is all there is.

    Notes
    -----
    The largest tensor is drawn and a corner of it is used. So a cell keeps its value when a size
    changes.

    Examples
    --------
    >>> small, large = draw(Wish(samples=1)), draw(Wish(samples=3))
    >>> bool((small[0] == large[0]).all())
    True
    """
    rng = np.random.default_rng(wish.seed)
    level_C = rng.normal(0.0, LEVELS, (LARGEST, 1, 1))
    spread_C = rng.uniform(0.5, 2.0, (LARGEST, 1, 1))
    level_N = rng.normal(0.0, DRIFT, (LARGEST, 1, 1, 1))
    noise_NCHW = rng.normal(size=(LARGEST,) * 4)
    x_NCHW = np.round(level_C + level_N + spread_C * noise_NCHW, 1) + 0.0  # never -0.0
    n_samples = max(wish.samples, at_least)
    if wish.layout == SEQUENCES:
        x_NTC = x_NCHW[:, :, 0].transpose(0, 2, 1)
        return x_NTC[:n_samples, : wish.width, : wish.channels].copy()
    return x_NCHW[:n_samples, : wish.channels, : wish.height, : wish.width].copy()
