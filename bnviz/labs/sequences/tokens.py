"""How the variance of a batch of sequences fluctuates from batch to batch.

Letters: **G** batches, **N** sequences, **T** tokens, **C** features, **S** spreads, **D** draws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.arm import Pieces

Array = NDArray[np.float64]
SCALES = ("for each token", "for each sequence")
"""What has a random scale of its own."""
SPREADS = tuple(k / 4 for k in range(5))
"""Standard deviations of the logarithm of that scale."""
G, N, T, C, N_DRAWS = 200, 8, 10, 4, 3


@dataclass(frozen=True, eq=False)
class Tokens:
    """Coefficients of variation over batches: standard deviation / mean.

    Attributes
    ----------
    batch : array, shape (2, S, D)
        Of the variance that batch norm divides by, in the order of ``SCALES``.
    expected : array, shape (2, S)
        The same for infinitely many batches, from the formula.
    token : array, shape (S, D)
        Of the variance that layer norm divides by, for one token that is in all batches.
    """

    batch: Array
    expected: Array
    token: Array


def expected(spread: float) -> Array:
    """Return the coefficient of variation of a batch variance, for both ``SCALES``, shape (2,).

    Notes
    -----
    Of a variance about a known mean of 0. A squared scale s² = exp(2 spread z) has the relative
    fourth moment E s⁴ / (E s²)² = exp(4 spread²); a mean over independent parts has a part of the
    variance for each of them.

    Examples
    --------
    >>> expected(0.0).round(3)
    array([0.158, 0.158])
    """
    fourth = np.exp(4 * spread**2)
    tokens = (3 * fourth - 1) / (N * T)
    sequences = (fourth * (1 + 2 / T) - 1) / N
    return np.sqrt([tokens, sequences])


def batches(spread: float, scale: str, rng: np.random.Generator) -> Array:
    """Return random sequences, (G, N, T, C); token 0 of sequence 0 is the same in all batches."""
    x_GNTC = rng.normal(size=(G, N, T, C))
    shared = 1 if scale == "for each sequence" else T
    x_GNTC *= np.exp(spread * rng.normal(size=(G, N, shared, 1)))
    x_GNTC[:, 0, 0] = x_GNTC[0, 0, 0]
    return x_GNTC


def variation(var: Array) -> Array:
    """Return the coefficient of variation over the first axis."""
    return np.asarray(var.std(axis=0) / var.mean(axis=0))


def tokens(seed: int) -> Pieces:
    """Measure at every spread: a Tokens."""
    batch, token = np.empty((len(SCALES), len(SPREADS), N_DRAWS)), np.empty((len(SPREADS), N_DRAWS))
    for d in range(N_DRAWS):
        yield None
        for k, spread in enumerate(SPREADS):
            for a, scale in enumerate(SCALES):
                x_GNTC = batches(spread, scale, np.random.default_rng([seed, d]))
                batch[a, k, d] = variation(x_GNTC.reshape(G, N * T, C).var(axis=1)).mean()
            token[k, d] = variation(x_GNTC[:, 0, 0].var(axis=-1))
    return Tokens(batch, np.array([expected(spread) for spread in SPREADS]).T, token)
