"""How a library keeps running statistics, and the statistics of all layers kept that way.

Shape legend: L hidden layers, C units of each.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.core.stats.running import RunningStatistics, start_share


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
    """

    momentum: float | None = 0.1
    start: str = "one"
    variance: str = "unbiased"


class Kept:
    """Running mean and variance of all layers, kept as a convention says.

    Parameters
    ----------
    convention : Convention
    shape : tuple of int
        (2, L, C).
    """

    def __init__(self, convention: Convention, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        average = "bias-corrected" if convention.start == "corrected" else "exponential"
        self._running = RunningStatistics(
            shape[1] * shape[2],
            convention.momentum or 0.0,
            variance=convention.variance,
            average="cumulative" if convention.momentum is None else average,
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


def weights(convention: Convention, n_updates: int, n_steps: int) -> Array:
    """Return the weight of the start and of each batch, shape (n_steps + 1,), with the sum 1.

    The running statistics have taken in ``n_updates`` of ``n_steps`` batches; those to come have
    the weight 0.

    Notes
    -----
    With momentum p a batch that is a steps old has the weight ``p (1 - p)^a``, and the start
    ``(1 - p)^t``; the correction of the start divides by what is left, ``1 - (1 - p)^t``.

    Examples
    --------
    >>> weights(Convention(momentum=0.3), 2, 3).round(2)
    array([0.49, 0.21, 0.3 , 0.  ])
    """
    t, p = n_updates, convention.momentum
    made_of = np.zeros(n_steps + 1)
    if t == 0:
        made_of[0] = 1
    elif p is None:
        made_of[1 : t + 1] = 1 / t
    else:
        made_of[0] = start_share(p, t)
        made_of[1 : t + 1] = p * (1 - p) ** np.arange(t - 1, -1, -1)
        if convention.start == "corrected":
            made_of[1:] /= 1 - made_of[0]
            made_of[0] = 0
    return made_of
