"""Names of lines at their ends, moved apart where the lines end close together."""

from collections.abc import Sequence

import numpy as np

from bnviz.figures import theme
from bnviz.figures.theme import Role


def apart(heights: Sequence[float], gap: float, high: float) -> list[float]:
    """Return heights that are at least a gap apart, in their order, below an upper end.

    Examples
    --------
    >>> apart([97.0, 20.0, 98.0], gap=8.0, high=100.0)
    [92.0, 20.0, 100.0]
    """
    order = np.argsort(heights, kind="stable")
    moved = [float(heights[k]) for k in order]
    for k in range(1, len(moved)):
        moved[k] = max(moved[k], moved[k - 1] + gap)
    ceiling = high
    for k in reversed(range(len(moved))):
        moved[k] = min(moved[k], ceiling)
        ceiling = moved[k] - gap
    return [moved[k] for k in np.argsort(order)]


def at_ends(
    ends: Sequence[tuple[str, float, float, Role]], *, gap: float, high: float, log: bool = False
) -> list[theme.Trace]:
    """Return the names of lines, beside their last points.

    Parameters
    ----------
    ends : sequence of (name, x, height, role)
        Those without a finite height are left out.
    gap, high : float
        Least distance of two names, and the highest place; in decades on a log axis.
    log : bool
        Whether the heights are on a log axis.
    """
    shown = [end for end in ends if np.isfinite(end[2]) and not (log and end[2] <= 0)]
    heights = [np.log10(height) if log else height for _, _, height, _ in shown]
    places = apart(heights, gap, high)
    return [
        theme.end_label([x], [10.0**place if log else place], name, role)
        for (name, x, _, role), place in zip(shown, places, strict=True)
    ]
