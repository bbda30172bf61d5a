"""How a library keeps running statistics, and the statistics of all layers kept that way.

Shape legend: L hidden layers, C units of each.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.running import RunningStatistics


@dataclass(frozen=True)
class Convention:
    """One way to keep running statistics.

    Parameters
    ----------
    momentum : float or None
        Weight of the newest batch (PyTorch's meaning); None is the cumulative average.
    start : {"one", "zero", "corrected"}
        The running variance before the first batch; corrected starts at 0 and divides by the
        weight of the batches so far. The cumulative average has no start.
    variance : {"unbiased", "biased"}
        Which variance of a batch is kept.

    Examples
    --------
    >>> Convention(momentum=0.1).statistics((2, 1, 1)).value[1]
    array([[1.]])
    """

    momentum: float | None = 0.1
    start: str = "one"
    variance: str = "unbiased"

    def statistics(self, shape: tuple[int, int, int]) -> "Kept":
        """Return running statistics before the first batch, shape (2, L, C)."""
        return Kept(self, shape)


class Kept:
    """Running mean and variance of all layers.

    Parameters
    ----------
    convention : Convention
    shape : tuple of int
        (2, L, C).
    """

    def __init__(self, convention: Convention, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        average = "corrected" if convention.start == "corrected" else "exponential"
        if convention.momentum is None:
            average = "cumulative"
        self._running = RunningStatistics(
            shape[1] * shape[2],
            0.0 if convention.momentum is None else convention.momentum,
            variance=convention.variance,
            average="bias-corrected" if average == "corrected" else average,
            start_var=0.0 if convention.start == "zero" else 1.0,
        )

    def update(self, batch_2LC: Array, n: int) -> None:
        """Take in mean and biased variance of a batch of n examples."""
        mean, var = batch_2LC.reshape(2, -1)
        self._running.update(mean, var, n)

    @property
    def value(self) -> Array:
        """Mean and variance now, shape (2, L, C)."""
        return np.array([self._running.mean, self._running.var]).reshape(self._shape)


PYTORCH = Convention()
LIBRARIES = {
    "PyTorch": PYTORCH,
    "Keras": Convention(momentum=0.01, variance="biased"),
    "tutorial": Convention(start="zero", variance="biased"),
}
"""The defaults of two libraries, and what is often met in code written from scratch."""
