"""The recorded accuracies of several starts, as the bands of the figures."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.sweeps import recorded


@dataclass(frozen=True, eq=False)
class Bands:
    """Lowest, median and highest accuracy over the recorded starts.

    Attributes
    ----------
    over_contrast, over_brightness : arrays, shape (3, A, X) and (3, A, Y)
        Of the arms of the view on shift.
    over_spread : array, shape (3, A, P)
        Of the arms of the view on scales.
    credit : str
        When and how they were recorded.
    """

    over_contrast: Array
    over_brightness: Array
    over_spread: Array
    credit: str


@cache
def bands() -> Bands:
    """Return the record."""
    shift, scales = (recorded("epsilon")[name] for name in ("shift", "scales"))
    quantiles = [0, 0.5, 1]
    return Bands(
        np.quantile(shift.values["over_contrast"][0], quantiles, axis=0),
        np.quantile(shift.values["over_brightness"][0], quantiles, axis=0),
        np.quantile(scales.values["accuracy"], quantiles, axis=1).swapaxes(1, 2),
        shift.credit,
    )
