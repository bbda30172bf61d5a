"""Running statistics in all the ways that libraries keep them, and what theory says of them.

The layers of ``core/nn`` keep theirs as PyTorch does. This class is for the comparison.

Letters: **C** channels; p is the weight of the new batch, from 0 to 1.
"""

import math

import numpy as np
import numpy.typing as npt

from bnviz.core.array import Array
from bnviz.core.functional.checks import check_size, is_finite, is_number

CONVENTIONS = {
    "pytorch": "momentum is the weight of the new batch",
    "keras": "momentum is the weight of the old value; the paper's code and TensorFlow agree",
}
VARIANCES = {
    "unbiased": "divided by n - 1: the paper, PyTorch, and the fused kernel of older Keras",
    "biased": "divided by n, as the batch is normalized: Keras 3",
}
AVERAGES = {
    "exponential": "old batches fade; the start fades too",
    "cumulative": "every batch has the same weight; the start has none",
    "bias-corrected": "exponential from 0, divided by the weight of the batches so far",
}


class RunningStatistics:
    """Average the means and variances of batches.

    Parameters
    ----------
    num_features : int
        C.
    momentum : float
        From 0 to 1; ``convention`` says what it weighs. Not used by the cumulative average.
    convention, variance, average : str
        Keys of ``CONVENTIONS``, ``VARIANCES`` (which variance of a batch is averaged),
        ``AVERAGES``.
    start_var : float
        What the variance is before the first batch; the mean is 0. PyTorch and Keras start at 1.
    dtype : dtype
        Of the statistics.

    Attributes
    ----------
    n_updates : int
        Batches so far.

    Notes
    -----
    What surprises people:

    * PyTorch's 0.1 is Keras's 0.9. Keras's default 0.99 remembers ten times as long.
    * A variance that starts at 0 is too small for a long time: after t equal batches it is the
      share ``1 - (1 - p)^t`` of the true one, and outputs are too large by the root of that.
    * The bias correction (Kingma & Ba 2015, section 3, made it known) removes the start exactly.
      No library has it in batch norm.
    * The cumulative average keeps the statistics of weights that are long gone.

    Examples
    --------
    The first batch has mean 4 and (biased) variance 1, from two values per channel:

    >>> pytorch, keras = RunningStatistics(1), RunningStatistics(
    ...     1, momentum=0.99, convention="keras", variance="biased"
    ... )
    >>> for running in (pytorch, keras):
    ...     running.update(np.array([4.0]), np.array([1.0]), n=2)
    >>> pytorch.mean, pytorch.var
    (array([0.4]), array([1.1]))
    >>> keras.mean, keras.var
    (array([0.04]), array([1.]))
    """

    def __init__(
        self,
        num_features: int,
        momentum: float = 0.1,
        *,
        convention: str = "pytorch",
        variance: str = "unbiased",
        average: str = "exponential",
        start_var: float = 1.0,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        check_size("num_features", num_features)
        _check_name("variance", variance, VARIANCES)
        _check_name("average", average, AVERAGES)
        if not (is_finite(start_var) and start_var >= 0):
            raise ValueError(f"start_var must be a finite number of at least 0, got {start_var!r}")
        self.weight = weight_of_new_batch(momentum, convention)
        self.variance, self.average, self.start_var = variance, average, start_var
        self.n_updates = 0
        start = 0.0 if average == "bias-corrected" else start_var
        self._sums = np.zeros((2, num_features), dtype)
        self._sums[1] = start

    def update(self, mean: Array, var: Array, n: int) -> None:
        """Take in mean and biased variance, shape (C,), of one batch with n values per channel.

        Raises
        ------
        ValueError
            If a shape differs from (C,), or n is below 1, or below 2 for the unbiased variance.
        """
        wanted = self._sums.shape[1:]
        if np.shape(mean) != wanted or np.shape(var) != wanted:
            raise ValueError(
                f"mean and var must have the shape {wanted}, got {np.shape(mean)} and "
                f"{np.shape(var)}"
            )
        least = 2 if self.variance == "unbiased" else 1
        if n < least:
            raise ValueError(f"a batch must have at least {least} values per channel, got {n}")
        self.n_updates += 1
        p = 1 / self.n_updates if self.average == "cumulative" else self.weight
        factor = n / (n - 1) if self.variance == "unbiased" else 1.0
        self._sums *= 1 - p
        self._sums[0] += p * mean
        self._sums[1] += p * factor * var

    @property
    def mean(self) -> Array:
        """Return the running mean, an array of shape (C,); 0 before the first batch."""
        return self._corrected()[0]

    @property
    def var(self) -> Array:
        """Return the running variance, an array of shape (C,); start_var before the first batch."""
        if self.n_updates == 0:
            return np.full_like(self._sums[1], self.start_var)
        return self._corrected()[1]

    def _corrected(self) -> Array:
        """Return mean and variance, divided by the weight of all batches if corrected."""
        share = start_share(self.weight, self.n_updates)
        corrects = self.average == "bias-corrected" and share < 1
        return self._sums / (1 - share if corrects else 1.0)


def weight_of_new_batch(momentum: float, convention: str = "pytorch") -> float:
    """Return p, the weight of the new batch, for either meaning of momentum.

    Examples
    --------
    >>> weight_of_new_batch(0.1), weight_of_new_batch(0.75, "keras")
    (0.1, 0.25)
    """
    _check_name("convention", convention, CONVENTIONS)
    if not (is_number(momentum) and 0 <= momentum <= 1):
        raise ValueError(f"momentum must be from 0 to 1, got {momentum!r}")
    return momentum if convention == "pytorch" else 1 - momentum


def start_share(p: float, n_updates: int) -> float:
    """Return the weight that the start still has after t batches: ``(1 - p)^t``.

    A batch that is a steps old has the weight ``p (1 - p)^a``; this is what is left of 1.

    Examples
    --------
    >>> round(start_share(0.1, 10), 3)
    0.349
    """
    if not (0 <= p <= 1 and n_updates >= 0):
        raise ValueError(f"p must be from 0 to 1 and n_updates from 0 on, got {p}, {n_updates}")
    return (1 - p) ** n_updates


def half_life(p: float) -> float:
    """Return the steps after which an old value has half its weight: ``ln 2 / -ln(1 - p)``.

    Examples
    --------
    >>> round(half_life(0.1), 1), round(half_life(0.01), 1), half_life(1.0)
    (6.6, 69.0, 0.0)
    """
    if not (is_number(p) and 0 < p <= 1):
        raise ValueError(f"p must be above 0 and at most 1, got {p!r}")
    return 0.0 if p == 1 else math.log(2) / -math.log1p(-p)


def _check_name(kind: str, name: str, known: dict[str, str]) -> None:
    """Refuse a name that is not offered."""
    if name not in known:
        raise ValueError(f"{kind} must be one of {tuple(known)}, got {name!r}")
