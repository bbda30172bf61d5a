"""Axes of figures over batch sizes: powers of two below, 1, 2 and 5 of each decade beside."""

from typing import Any

import numpy as np

from bnviz.figures import theme
from bnviz.marks import decades

POWERS = tuple(2**k for k in range(1, 11))


def axis(first: int, last: int) -> dict[str, Any]:
    """Return a log axis of batch sizes with labels at powers of two, at each second one of many."""
    ticks = [m for m in POWERS if first <= m <= last]
    if len(ticks) > 8:
        ticks = ticks[::2]
    ends = [np.log10(first) - 0.1, np.log10(last) + 0.1]
    return theme.log_axis("Batch size m", labels=ticks, range=ends)


def log_values(title: str, unit: str, lo: float, hi: float) -> dict[str, Any]:
    """Return a logarithmic axis that has labels at 1, 2 and 5 between two numbers.

    Examples
    --------
    >>> log_values("Noise", "σ", 0.04, 1)["ticktext"]
    ['0.05', '0.1', '0.2', '0.5', '1']
    """
    ends = [float(np.log10(lo)), float(np.log10(hi))]
    return theme.log_axis(title, unit, labels=decades(lo, hi, (1, 2, 5)), range=ends)
