"""What the figures over batch sizes share: the axis, and the mark of the chosen size."""

from typing import Any

import numpy as np

from bnviz.figures import theme

POWERS = tuple(2**k for k in range(1, 11))


def axis(first: int, last: int) -> dict[str, Any]:
    """Return a logarithmic axis of batch sizes with a label at each second power of two.

    Examples
    --------
    >>> axis(2, 16)["ticktext"]
    ['2', '4', '8', '16']
    """
    ticks = [m for m in POWERS if first <= m <= last]
    if len(ticks) > 8:
        ticks = ticks[::2]
    return theme.axis(
        "Batch size m",
        "log scale",
        type="log",
        range=[np.log10(first) - 0.1, np.log10(last) + 0.1],
        tickvals=ticks,
        ticktext=[str(m) for m in ticks],
    )


def log_values(title: str, unit: str, lo: float, hi: float) -> dict[str, Any]:
    """Return a logarithmic axis that has labels at 1, 2 and 5 between two numbers.

    Examples
    --------
    >>> log_values("Noise", "σ", 0.04, 1)["ticktext"]
    ['0.05', '0.1', '0.2', '0.5', '1']
    """
    values = [float(f"{d}e{k}") for k in range(-4, 4) for d in (1, 2, 5)]
    ticks = [v for v in values if lo <= v <= hi]
    return theme.axis(
        title,
        f"{unit}, log scale" if unit else "log scale",
        type="log",
        range=[float(np.log10(lo)), float(np.log10(hi))],
        tickvals=ticks,
        ticktext=[f"{v:g}" for v in ticks],
    )
