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
    """Draw batches of images.

    Parameters
    ----------
    n : int
        Images there are.
    size, n_batches : int
        Images of a batch, and how many batches.
    replacement : bool
        True draws each image from all n. False shuffles them and cuts the row into batches; what
        is left over at the end of an epoch is dropped.
    rng : numpy.random.Generator

    Returns
    -------
    array of int, shape (R, M)
        Numbers of images.

    Examples
    --------
    >>> batches(10, 4, 3, replacement=False, rng=stream(0, LAW)).shape
    (3, 4)
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
    """Draw batches that all begin with one image; the others are drawn from the rest.

    Parameters
    ----------
    image : int
        Its number.
    n, size, n_batches, replacement, rng
        As for `batches`.

    Returns
    -------
    array of int, shape (R, M)

    Examples
    --------
    >>> rows = batches_with(7, 10, 4, 3, replacement=True, rng=stream(0, LAW))
    >>> rows[:, 0].tolist(), 7 in rows[:, 1:]
    ([7, 7, 7], False)
    """
    others = batches(n - 1, size - 1, n_batches, replacement=replacement, rng=rng)
    others += others >= image
    return np.concatenate([np.full((n_batches, 1), image), others], axis=1)
