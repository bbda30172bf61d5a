"""Sequences of different lengths, filled up with zeros: what that does to the valid tokens.

Letters: **N** sequences, **T** positions, **V** valid tokens, **C** features, **P** shares.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.functional import batch_norm, layer_norm

Array = NDArray[np.float64]
METHODS = ("BN, all positions", "BN, valid tokens only", "layer norm")
SHARES = (0.0, 0.25, 0.5, 0.75)
"""Of the positions that are padding."""
FINE = tuple(k / 40 for k in range(31))
"""Shares at which the formula is drawn."""
N, T, C = 32, 20, 32
MEAN, STD, EPS = 1.0, 1.0, 1e-5
"""Of the valid tokens before they are normalized, in every feature."""


@dataclass(frozen=True, eq=False)
class Padding:
    """Mean and standard deviation of the valid tokens once they are normalized.

    Attributes
    ----------
    measured : array, shape (3, 2, P)
        In the order of ``METHODS``; of each feature, then the mean over features.
    expected : array, shape (2, FINE)
        For BN over all positions, from the formula.
    """

    measured: Array
    expected: Array


def shifted(share: float, mean: Array | float, std: Array | float) -> tuple[Array, Array]:
    """Return mean and standard deviation of valid tokens that are normalized together with padding.

    A share p of all positions is 0. All positions have the mean (1 - p) mean, and the variance
    (1 - p) std² + p (1 - p) mean².

    Examples
    --------
    >>> [round(float(value), 2) for value in shifted(0.5, 1.0, 1.0)]
    [0.58, 1.15]
    """
    valid = 1 - share
    root = np.sqrt(valid * np.square(std) + share * valid * np.square(mean) + EPS)
    return np.asarray(share * mean / root), np.asarray(std / root)


def valid_positions(share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask (N, T) of sequences, whose random lengths leave this share to padding."""
    mean_length = round((1 - share) * T)
    most = min(mean_length - 1, T - mean_length)
    by = rng.integers(0, most + 1, N // 2)
    lengths_N = np.concatenate([mean_length - by, mean_length + by])
    return np.asarray(np.arange(T) < lengths_N[:, None])


def normalized(x_NTC: Array, valid_NT: NDArray[np.bool_], method: str) -> Array:
    """Return the valid tokens of sequences, normalized, shape (V, C).

    The padding of ``x_NTC`` is 0. "BN, valid tokens only" is the repair: the padding is left out
    before the statistics are taken.
    """
    if method == "BN, all positions":
        y_MC, _ = batch_norm(x_NTC.reshape(-1, x_NTC.shape[-1]), eps=EPS)
        return np.asarray(y_MC.reshape(x_NTC.shape)[valid_NT])
    if method == "BN, valid tokens only":
        return np.asarray(batch_norm(x_NTC[valid_NT], eps=EPS)[0])
    return np.asarray(layer_norm(x_NTC, x_NTC.shape[-1], eps=EPS)[0][valid_NT])


def padding(seed: int) -> Padding:
    """Normalize the same tokens, padded by every share, in three ways."""
    measured = np.empty((len(METHODS), 2, len(SHARES)))
    for k, share in enumerate(SHARES):
        rng = np.random.default_rng(seed)
        valid_NT = valid_positions(share, rng)
        x_NTC = rng.normal(MEAN, STD, (N, T, C)) * valid_NT[..., None]
        for a, method in enumerate(METHODS):
            y_VC = normalized(x_NTC, valid_NT, method)
            measured[a, :, k] = y_VC.mean(axis=0).mean(), y_VC.std(axis=0).mean()
    expected = np.array([shifted(share, MEAN, STD) for share in FINE]).T
    return Padding(measured, expected)
