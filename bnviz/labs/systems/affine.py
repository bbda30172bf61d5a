"""Gamma and beta alone: four networks trained now, beside those that were recorded."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.arm import Pieces, ask
from bnviz.labs.sweeps import recorded
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.training import Learned, train

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Affine:
    """What parts of a network learn.

    Attributes
    ----------
    accuracy, near_zero : arrays, shape (widths, arms, starts)
        Recorded: on held-out digits; share of the gammas that are near 0.
    credit : str
        When they were recorded.
    learned : Learned or None
        At the reader's width; None before the training has ended.
    """

    accuracy: Array
    near_zero: Array
    credit: str
    learned: Learned | None = None


def measure(settings: Settings) -> Pieces:
    """Train four networks at the reader's width, and put them beside those recorded: an Affine."""
    found = recorded("systems")["affine"]
    accuracy, near_zero = (found.values[what].swapaxes(1, 2) for what in ("accuracy", "near_zero"))
    known = Affine(accuracy, near_zero, found.credit)
    yield lambda: known
    return replace(known, learned=(yield from ask(train, settings.width, settings.seed)))
