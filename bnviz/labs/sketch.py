"""A sketch: the curve that a reader predicts, drawn on the empty axes of a chart.

In a link a sketch is a text with one character for each of its points: ``0`` is the lower end of
the vertical axis, ``z`` the upper end. So it takes no more room than it has points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.core.array import Array

LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""The heights of a point, from the lower end of the axis to the upper one."""


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """What a reader may draw before the run is shown.

    Parameters
    ----------
    plot, line : str
        The id of the plot, and the name of the line in its figure that is predicted.
    ask : str
        What to draw, one sentence.
    at : str
        What stands on the horizontal axis, before a number: "batch size", "layer", "step".
    x : tuple of float
        Where the points are; at least two, increasing.
    across, up : dict
        The axes, as Plotly takes them, each with its ``range`` (exponents on a log axis).
    given : tuple of str
        Names of lines of the same figure that are there from the start.

    Raises
    ------
    ValueError
        If there are fewer than two points, they do not increase, or an axis has no range.
    """

    plot: str
    line: str
    ask: str
    at: str
    x: tuple[float, ...]
    across: Mapping[str, Any]
    up: Mapping[str, Any]
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.x) < 2 or (np.diff(self.x) <= 0).any():
            raise ValueError(f"a sketch needs two or more x that increase, got {self.x}")
        if "range" not in self.across or "range" not in self.up:
            raise ValueError("both axes of a sketch need a range")

    def read(self, text: str) -> tuple[str, str | None]:
        """Return the sketch that a link names, and why it is another one than the text says.

        A character that is no height takes the height beside it. A sketch that is too short goes on
        level, one that is too long is cut. Empty: there is no sketch.

        Examples
        --------
        >>> axis = {"range": [0, 1]}
        >>> one = Sketch(plot="", line="", ask="", at="", x=(1, 2, 3), across=axis, up=axis)
        >>> one.read("z5")
        ('z55', 'has 2 points, not 3; the last one is repeated')
        >>> one.read("!a?")
        ('aaa', 'has points outside the axes; the nearest are used')
        """
        plain, n = text.strip().lower(), len(self.x)
        known = [k for k, letter in enumerate(plain) if letter in LEVELS]
        if not known:
            return "", "is no sketch; it is set aside"
        places = range(min(n, len(plain)))
        kept = "".join(plain[min(known, key=lambda k: abs(k - place))] for place in places)
        kept += kept[-1] * (n - len(kept))
        if len(known) < len(plain):
            return kept, "has points outside the axes; the nearest are used"
        if len(plain) != n:
            what = "the last one is repeated" if len(plain) < n else "the rest is left out"
            return kept, f"has {len(plain)} points, not {n}; {what}"
        return kept, None

    def heights(self, text: str) -> Array:
        """Return the heights of a sketch that `read` has returned, in units of the axis."""
        low, high = self.up["range"]
        shares = np.array([LEVELS.index(letter) for letter in text]) / (len(LEVELS) - 1)
        places = low + (high - low) * shares
        return np.asarray(10.0**places if is_log(self.up) else places)


def is_log(axis: Mapping[str, Any]) -> bool:
    """Return whether an axis is logarithmic."""
    return axis.get("type") == "log"
