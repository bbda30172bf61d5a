"""The place at which a line with gaps ends."""

from typing import Any

import numpy as np


def last_point(x: Any, y: Any) -> tuple[float, float] | None:
    """Return the last point of a line whose height is finite; None if there is none.

    Examples
    --------
    >>> last_point([0, 10, 20], [2.3, 0.5, np.nan])
    (10.0, 0.5)
    """
    finite = np.flatnonzero(np.isfinite(y))
    return (float(x[finite[-1]]), float(y[finite[-1]])) if finite.size else None
