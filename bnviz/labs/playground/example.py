"""The digit that is sent through the networks: one of twelve, or one that the reader has drawn.

A digit is a text, as it stands in a link: the number of one of the twelve (``"3"`` is a three), or
64 pixels, row by row, in 16 levels (``0`` no ink, ``f`` full).
"""

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.data import digits

N_PIXELS = 64
FIRST = "3"
"""The digit of a first visit."""
N_OFFERED = 12
LEVELS = "0123456789abcdef"
_AGAIN = (3, 8)
"""Of these classes a second writing is offered, as numbers 10 and 11."""


@lru_cache(maxsize=1)
def offered() -> tuple[tuple[int, ...], ...]:
    """Return the twelve held-out digits as (place in the held-out part, class)."""
    labels = data.load("digits").y_test
    first = [(int(np.flatnonzero(labels == k)[0]), k) for k in range(10)]
    return (*first, *((int(np.flatnonzero(labels == k)[1]), k) for k in _AGAIN))


def read(text: str) -> tuple[str, str | None]:
    """Return the digit that a link names, and why it is another one than the text says.

    Examples
    --------
    >>> read("7"), read("99")
    (('7', None), ('11', 'is not one of 0 to 11; 11 is used'))
    """
    plain = text.strip().lower()
    if re.fullmatch(r"[0-9]{1,9}", plain):
        number = int(plain)
        if number < N_OFFERED:
            return str(number), None
        return str(N_OFFERED - 1), f"is not one of 0 to {N_OFFERED - 1}; {N_OFFERED - 1} is used"
    if not re.fullmatch(r"[0-9a-f]{10,}", plain):
        return FIRST, f"is neither a number from 0 to 11 nor {N_PIXELS} pixels; {FIRST} is used"
    pixels = plain[:N_PIXELS].ljust(N_PIXELS, "0")
    if not pixels.strip("0"):
        return FIRST, f"is an empty picture; {FIRST} is used"
    if len(plain) != N_PIXELS:
        return pixels, f"has {len(plain)} pixels, not {N_PIXELS}; the rest is blank"
    return pixels, None


def label(example: str) -> int | None:
    """Return the class of a digit; None for a drawn one."""
    return None if len(example) == N_PIXELS else offered()[int(example)][1]


def inputs(example: str) -> NDArray[np.float32]:
    """Return a digit as the networks read it, shape (1, 64)."""
    if len(example) == N_PIXELS:
        ink: Array = np.array([[LEVELS.index(level) for level in example]]) / (len(LEVELS) - 1)
        return data.digit_inputs(ink)
    place = offered()[int(example)][0]
    return data.load("digits").x_test[place : place + 1]


def pixels(example: str) -> str:
    """Return the picture of a digit, as 64 levels."""
    if len(example) == N_PIXELS:
        return example
    return _levels(digits.N_TRAIN + offered()[int(example)][0])


def training_pixels(place: int) -> str:
    """Return the picture of a digit of the training part, as 64 levels."""
    return _levels(place)


def _levels(place: int) -> str:
    images_NHW, _ = _images()
    return "".join(LEVELS[round(15 * int(ink) / 16)] for ink in images_NHW[place].ravel())


@lru_cache(maxsize=1)
def _images() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return digits.images()
