"""The recorded networks of several starts, by width."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.sweeps import recorded
from bnviz.labs.systems.sweep import WIDTHS as WIDTHS

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bands:
    """What was recorded.

    Attributes
    ----------
    accuracy, near_zero : arrays, shape (widths, arms, starts)
        On held-out digits; share of the gammas that are near 0.
    credit : str
    """

    accuracy: Array
    near_zero: Array
    credit: str


def bands() -> Bands:
    """Read the record."""
    found = recorded("systems")["affine"]
    accuracy, near_zero = (found.values[what].swapaxes(1, 2) for what in ("accuracy", "near_zero"))
    return Bands(accuracy, near_zero, found.credit)
