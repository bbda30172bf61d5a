"""A discriminator and batches of one kind: what batch norm hides from it.

Letters: **N** samples, **F** features, **D** shifts, **A** arms, **R** repeats.
"""

from dataclasses import dataclass
from math import erf

import numpy as np
from numpy.typing import NDArray

from bnviz.core.functional import batch_norm
from bnviz.labs.arm import Pieces
from bnviz.labs.placement.settings import Settings

Array = NDArray[np.float64]
ARMS = ("no BN", "BN, mixed batches", "BN, pure batches")
SHIFTS = tuple(k / 4 for k in range(9))
"""By how much every feature of a generated sample is larger than that of a real one."""
N, F, N_REPEATS = 64, 8, 4
N_STEPS, LR, N_TESTS = 40, 0.5, 12
PIECE = 10
"""Steps that are done in one piece."""


@dataclass(frozen=True, eq=False)
class Pure:
    """How well a linear discriminator tells generated samples from real ones.

    Attributes
    ----------
    accuracy : array, shape (A, D, R)
        On new batches, in training mode; 1/2 is guessing.
    best : array, shape (D,)
        What no discriminator exceeds on single samples.
    """

    accuracy: Array
    best: Array


def normalized(real_NF: Array, generated_NF: Array, arm: str) -> Array:
    """Return both halves as the discriminator sees them, the real ones first.

    Examples
    --------
    >>> real, generated = np.array([[0.0], [2.0]]), np.array([[5.0], [7.0]])
    >>> normalized(real, generated, "BN, pure batches").round(2).ravel()
    array([-1.,  1., -1.,  1.])
    """
    both = np.concatenate([real_NF, generated_NF])
    if arm == "BN, mixed batches":
        both[:] = batch_norm(both)[0]
    elif arm == "BN, pure batches":
        both[: len(real_NF)] = batch_norm(real_NF)[0]
        both[len(real_NF) :] = batch_norm(generated_NF)[0]
    return both


def measure(settings: Settings) -> Pieces:
    """Train and test every arm at every shift, all repeats side by side: a Pure."""
    accuracy = []
    for arm in ARMS:
        accuracy.append((yield from _accuracy(arm, np.random.default_rng(settings.seed))))
    best = [(1 + erf(np.sqrt(F) * shift / 2 / np.sqrt(2))) / 2 for shift in SHIFTS]
    return Pure(np.array(accuracy), np.array(best))


def _accuracy(arm: str, rng: np.random.Generator) -> Pieces:
    """Return the accuracies on new batches of linear discriminators with the logistic loss."""
    is_generated_N11 = np.repeat([0.0, 1.0], N)[:, None, None]
    shift_DR = np.repeat(np.array(SHIFTS)[:, None], N_REPEATS, axis=1)
    weight_DRF, bias_DR = rng.normal(0, 0.1, (*shift_DR.shape, F)), np.zeros(shift_DR.shape)
    for step in range(N_STEPS):
        if step % PIECE == 0:
            yield None
        x_NDRF = _batch(arm, shift_DR, rng)
        logit = np.einsum("ndrf,drf->ndr", x_NDRF, weight_DRF) + bias_DR
        error = (1 / (1 + np.exp(-logit)) - is_generated_N11) / (2 * N)
        weight_DRF = weight_DRF - LR * np.einsum("ndr,ndrf->drf", error, x_NDRF)
        bias_DR = bias_DR - LR * error.sum(axis=0)
    right = []
    yield None
    for _ in range(N_TESTS):
        x_NDRF = _batch(arm, shift_DR, rng)
        logit = np.einsum("ndrf,drf->ndr", x_NDRF, weight_DRF) + bias_DR
        right.append(((logit > 0) == (is_generated_N11 > 0)).mean(axis=0))
    return np.asarray(np.mean(right, axis=0))


def _batch(arm: str, shift_DR: Array, rng: np.random.Generator) -> Array:
    """Return real and generated samples, normalized for each discriminator by itself."""
    real, generated = rng.normal(size=(2, N, *shift_DR.shape, F))
    generated = generated + shift_DR[..., None]
    seen = normalized(real.reshape(N, -1), generated.reshape(N, -1), arm)
    return seen.reshape(2 * N, *shift_DR.shape, F)
