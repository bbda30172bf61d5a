"""Running statistics that follow those of the batches, as PyTorch's do.

They are a linear filter of the statistics of the batches and change nothing in training. So whoever
keeps the statistics of the batches can have the running ones for any momentum, to the byte.

Shape legend: L hidden layers, U units.
"""

import numpy as np
from numpy import add, multiply, subtract

from bnviz.core.array import Array


class Tracking:
    """Move running statistics towards those of each batch.

    Parameters
    ----------
    running_stats : array, shape (2, L, U)
        Means and variances, moved in place.
    n : int
        Examples of a batch.

    Notes
    -----
    PyTorch normalizes with the biased variance, and stores the unbiased one.

    Examples
    --------
    >>> running = np.array([[[0.0]], [[1.0]]])
    >>> Tracking(running, n=2).follow(np.array([[[1.0]], [[1.0]]]), momentum_weight(0.1, 1))
    >>> running.ravel()
    array([0.1, 1.1])
    """

    def __init__(self, running_stats: Array, n: int) -> None:
        self.running_stats = running_stats
        self._moved = np.zeros_like(running_stats)
        self._unbiased = np.ones_like(running_stats)
        self._unbiased[1] = n / max(n - 1, 1)

    def follow(self, batch_stats: Array, weight: float | Array) -> None:
        """Move them: ``running += weight * (batch - running)``."""
        moved = self._moved
        multiply(batch_stats, self._unbiased, moved)
        subtract(moved, self.running_stats, moved)
        multiply(moved, weight, moved)
        add(self.running_stats, moved, self.running_stats)


def momentum_weight(momentum: float | None, n_seen: int) -> float:
    """Return the weight of the newest of ``n_seen`` batches; without a momentum all weigh the same.

    Examples
    --------
    >>> momentum_weight(0.1, 4), momentum_weight(None, 4)
    (0.1, 0.25)
    """
    return 1 / n_seen if momentum is None else momentum
