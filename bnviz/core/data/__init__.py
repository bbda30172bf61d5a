"""The data that the networks learn from: real digits, and four seeded sets of points.

>>> from bnviz.core import data
>>> split = data.load("digits")
>>> split.x_train.shape, split.x_test.shape, split.n_classes
((1437, 64), (360, 64), 10)

Shapes: N examples, D inputs, H W image height and width.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.data import digits, toys
from bnviz.core.data.noise import flip_labels

__all__ = ["NAMES", "Split", "digit_inputs", "flip_labels", "load"]

NAMES = ("digits", "spirals", "circles", "moons", "xor")
"""The data sets that `load` knows."""

_TOYS: dict[str, Callable[..., toys.Points]] = {
    "spirals": toys.spirals,
    "circles": toys.circles,
    "moons": toys.moons,
    "xor": toys.xor,
}
_N_TOY_TRAIN = 1024
_N_TOY_TEST = 256


@dataclass(frozen=True, eq=False)
class Split:
    """A data set in two parts, standardized with the numbers of the training part.

    Inputs are float32 of shape (N, D), classes int64 from 0 to ``n_classes - 1``. The arrays of
    `load` are read-only, for they are shared by all who ask.
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]
    n_classes: int
    name: str


def load(name: str, seed: int = 0) -> Split:
    """Return a data set, split into a training part and a held-out part.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    seed : int
        Draws the points of the 2-D sets; 0 or more. The digits are the same for every seed.

    Returns
    -------
    Split
        The digits: 1437 and 360 images, 64 inputs, 10 classes. The 2-D sets: 1024 and 256 points,
        2 inputs, 3 classes for the spirals and 2 for the others. The same call gives the same
        object again.

    Notes
    -----
    Only the training part decides how the inputs are shifted and scaled. The held-out part has
    therefore nearly, but not exactly, mean 0 and variance 1.

    Each coordinate of a 2-D set is scaled by its own standard deviation. The digits are not: each
    pixel loses its own mean, but *one* number divides all pixels. A pixel in the corner that almost
    never has ink stays almost silent; dividing it by its own tiny deviation would make it shout.
    Three pixels never have ink in any image, and stay exactly 0.

    Examples
    --------
    >>> spirals = load("spirals", seed=3)
    >>> spirals.x_train.shape, spirals.n_classes, spirals is load("spirals", seed=3)
    ((1024, 2), 3, True)
    >>> load("cifar")
    Traceback (most recent call last):
        ...
    ValueError: the data set must be one of digits, spirals, circles, moons, xor, got 'cifar'
    """
    if name not in NAMES:
        raise ValueError(f"the data set must be one of {', '.join(NAMES)}, got {name!r}")
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ValueError(f"the seed must be a whole number of 0 or more, got {seed!r}")
    return _digits() if name == "digits" else _toy(name, int(seed))


def digit_inputs(ink_ND: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return images as the networks read them: centred and scaled as the digits of `load` are.

    Parameters
    ----------
    ink_ND : array, shape (N, 64)
        From 0 (none) to 1 (full), row by row.
    """
    mean_D, std = _digit_scale()
    return ((ink_ND - mean_D) / std).astype(np.float32)


@lru_cache(maxsize=1)
def _digit_scale() -> tuple[NDArray[np.float64], float]:
    """Return the mean of each pixel of the training part, and one deviation for all."""
    images_NHW, _ = digits.images()
    x_ND = images_NHW[: digits.N_TRAIN].reshape(digits.N_TRAIN, -1) / 16.0
    return x_ND.mean(axis=0), float(np.sqrt(x_ND.var(axis=0).mean()))


@lru_cache(maxsize=1)
def _digits() -> Split:
    """Standardize the digits: a mean for each pixel, one deviation for all."""
    images_NHW, labels_N = digits.images()
    x_ND = images_NHW.reshape(len(images_NHW), -1) / 16.0
    _, std = _digit_scale()
    return _split("digits", x_ND, labels_N.astype(np.int64), digits.N_TRAIN, std)


@lru_cache(maxsize=64)
def _toy(name: str, seed: int) -> Split:
    """Draw a 2-D set and standardize each of its coordinates."""
    x_N2, labels_N = _TOYS[name](_N_TOY_TRAIN + _N_TOY_TEST, seed=seed)
    return _split(name, x_N2, labels_N, _N_TOY_TRAIN, x_N2[:_N_TOY_TRAIN].std(axis=0))


def _split(
    name: str,
    x_ND: NDArray[np.float64],
    y_N: NDArray[np.int64],
    n_train: int,
    std: float | NDArray[np.float64],
) -> Split:
    """Centre on the training means, divide by `std` (one, or one per input), cut, and lock."""
    x = ((x_ND - x_ND[:n_train].mean(axis=0)) / std).astype(np.float32)
    for array in (x, y_N):
        array.setflags(write=False)
    return Split(
        x_train=x[:n_train],
        y_train=y_N[:n_train],
        x_test=x[n_train:],
        y_test=y_N[n_train:],
        n_classes=int(y_N.max()) + 1,
        name=name,
    )
