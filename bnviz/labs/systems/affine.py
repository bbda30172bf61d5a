"""Gamma and beta alone: four networks trained now, beside those that were recorded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.arm import Pieces, ask
from bnviz.labs.sweeps import recorded
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.training import Learned, train

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Recorded:
    """The networks of several starts that were recorded, by width.

    Attributes
    ----------
    accuracy, near_zero : arrays, shape (widths, arms, starts)
        On held-out digits; share of the gammas that are near 0.
    credit : str
    """

    accuracy: Array
    near_zero: Array
    credit: str


@dataclass(frozen=True, eq=False)
class Affine:
    """What parts of a network learn.

    Attributes
    ----------
    learned : Learned or None
        At the reader's width; None before the training has ended.
    recorded : Recorded
    """

    learned: Learned | None
    recorded: Recorded


def read() -> Recorded:
    """Return what was recorded."""
    found = recorded("systems")["affine"]
    accuracy, near_zero = (found.values[what].swapaxes(1, 2) for what in ("accuracy", "near_zero"))
    return Recorded(accuracy, near_zero, found.credit)


def measure(settings: Settings) -> Pieces:
    """Train four networks at the reader's width.

    Returns
    -------
    Affine
    """
    known = read()
    yield lambda: Affine(None, known)
    learned = yield from ask(train, settings.width, settings.seed)
    return Affine(learned, known)
