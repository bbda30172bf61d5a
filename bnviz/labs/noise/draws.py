"""How batches are drawn from all images.

Shape legend: R batches, M values of a batch, N images.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data

LAW, SAMPLE, INFLUENCE, FACTOR, MASK, GRADIENT = range(6)
"""Streams of random numbers: each view draws its own, so that none moves with another."""


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Return the generator of one view."""
    return np.random.default_rng([seed, 6, purpose])


def order(seed: int) -> NDArray[np.intp]:
    """Return the images in the order in which the controls number them."""
    return np.random.default_rng([seed, 6]).permutation(len(data.load("digits").x_train))


def batches(
    n: int, size: int, n_batches: int, *, replacement: bool, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return batches of n images by their numbers, shape (R, M).

    With replacement each image is drawn from all n. Without it the images are shuffled and the row
    is cut into batches; what is left over at the end of an epoch is dropped.
    """
    if replacement:
        return rng.integers(n, size=(n_batches, size))
    per_epoch = n // size
    n_epochs = -(-n_batches // per_epoch)
    epochs = rng.permuted(np.broadcast_to(np.arange(n), (n_epochs, n)), axis=1)
    return epochs[:, : per_epoch * size].reshape(-1, size)[:n_batches]


def batches_with(
    image: int, n: int, size: int, n_batches: int, *, replacement: bool, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return `batches` that all begin with one image; the others are drawn from the rest."""
    others = batches(n - 1, size - 1, n_batches, replacement=replacement, rng=rng)
    others += others >= image
    return np.concatenate([np.full((n_batches, 1), image), others], axis=1)
