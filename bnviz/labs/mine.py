"""The reader's digit in a lab: what becomes of it there, as a sentence and as pictures.

A view says what it does with a digit by ``mine``: a measure of the settings and of the digit, a
text as `bnviz.labs.playground.example.read` gives it. It gives a `Mine`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.digits import ink
from bnviz.labs.playground import example


@dataclass(frozen=True)
class Picture:
    """A picture of 64 levels, from ``0`` to ``f``, and the words below it."""

    levels: str
    words: str
    marked: bool = False


@dataclass(frozen=True)
class Mine:
    """What becomes of the digit: one sentence, and pictures."""

    sentence: str
    pictures: tuple[Picture, ...]


def own(digit: str) -> str:
    """Return what the reader's digit is called.

    Examples
    --------
    >>> own("7"), own("0f" * 32)
    ('Your 7', 'Your drawing')
    """
    label = example.label(digit)
    return "Your drawing" if label is None else f"Your {label}"


def a(label: int) -> str:
    """Return a digit with its article.

    Examples
    --------
    >>> a(8), a(7)
    ('an 8', 'a 7')
    """
    return f"an {label}" if label == 8 else f"a {label}"


def softmax(logits: Array) -> Array:
    """Return the probabilities along the last axis, in the shape of the logits."""
    odds = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(odds / odds.sum(-1, keepdims=True))


def levels(ink_D: Array) -> str:
    """Return 64 pixels from 0 to 1 as a text of 64 levels; what is outside is cut."""
    shown = np.clip(np.rint(15 * np.asarray(ink_D, float)), 0, 15).astype(int)
    return "".join(example.LEVELS[level] for level in shown.ravel())


def picture(x_D: Array, words: str, *, marked: bool = False) -> Picture:
    """Return the picture of the inputs that a network reads, shape (D,)."""
    return Picture(levels(ink(x_D[None])[0]), words, marked)


def beside(places: NDArray[np.integer], *, marked: int | None = None) -> tuple[Picture, ...]:
    """Return pictures of training digits, by their places; one of them may be marked."""
    return tuple(
        Picture(example.training_pixels(int(place)), "", k == marked)
        for k, place in enumerate(places)
    )
