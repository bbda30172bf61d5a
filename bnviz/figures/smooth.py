"""Noisy lines, smoothed for the eye."""

import numpy as np
from numpy.typing import NDArray

WINDOW = 10


def trailing_mean(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the mean of the ``WINDOW`` values up to each one, or of fewer at the beginning.

    Examples
    --------
    >>> trailing_mean(np.arange(12.0))[[0, 1, 11]]
    array([0. , 0.5, 6.5])
    """
    return np.array([values[max(0, s - WINDOW + 1) : s + 1].mean() for s in range(len(values))])
