"""Several lines over one axis: the range over starts as a band, the middle as a line, its name.

Shape legend: X places on the axis, S starts.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.figures import theme
from bnviz.figures.labels import at_ends
from bnviz.figures.theme import Role


def curves(
    x: Any,
    lines: Sequence[tuple[str, NDArray[Any], Role]],
    *,
    over: str,
    gap: float,
    high: float,
    log: bool = False,
    middle: Callable[..., NDArray[Any]] = np.mean,
    end: float | None = None,
    suffix: str = "",
    **style: Any,
) -> list[theme.Trace]:
    """Return the bands, then the lines above them, then their names at the right end.

    Parameters
    ----------
    x : array, shape (X,)
    lines : sequence of (name, values, role)
        Values of shape (X, S), or (X,) for a line without a band. NaN leaves a gap.
    over : str
        What the band is the range over, such as "three starts".
    gap, high, log
        As for `bnviz.figures.labels.at_ends`.
    middle : callable
        ``np.mean`` or ``np.median``, taken over the starts.
    end : float, optional
        Where the names stand; the default is the last place.
    suffix : str
        What is said of a line when one points at it, after its name, such as ": median".
    **style
        For the lines, as `theme.line` takes it.
    """
    bands: list[theme.Trace] = []
    drawn: list[theme.Trace] = []
    ends = []
    for name, values, role in lines:
        row_X = values
        if values.ndim == 2:
            low, high_X = values.min(-1), values.max(-1)
            bands += theme.band(x, low, high_X, role, name=f"{name}: {over}")
            row_X = middle(values, axis=-1)
        drawn.append(theme.line(x, row_X, role, name=name + suffix, **style))
        ends.append((name, float(x[-1]) if end is None else end, float(row_X[-1]), role))
    return [*bands, *drawn, *at_ends(ends, gap=gap, high=high, log=log)]
