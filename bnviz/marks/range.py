"""Mark of a number between two ends."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Literal

from bnviz.marks.text import brief, number_text

NONE = "none"  # how a link says None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def decades(lo: float, hi: float, per_decade: Sequence[int] = (1,)) -> tuple[float, ...]:
    """Return the round values from lo to hi, both positive, that a logarithmic control offers.

    They are those with the given first digits: (1,) for decades, (1, 2, 5) or (1, 3) between them.
    Each is the float that its decimal text reads as.

    Examples
    --------
    >>> decades(1e-3, 0.1, (1, 2, 5))
    (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
    """
    exponents = range(math.floor(math.log10(lo)) - 1, math.ceil(math.log10(hi)) + 2)
    values = (float(f"{digit}e{exponent}") for exponent in exponents for digit in per_decade)
    return tuple(value for value in values if lo <= value <= hi)


@dataclasses.dataclass(frozen=True, eq=False)
class Range:
    """Mark of a number between two ends.

    Parameters
    ----------
    label : str
        What a reader sees beside the control.
    lo, hi : int or float
        Allowed ends, both included. Two ints mark an `int` field, anything else a `float` one.
    scale : {"linear", "log", "log2"}
        How a control spaces the values, and in which distance a link's value is "nearest".
    step : int or float, optional
        Linear only: distance of two values that a control offers; 1 for whole numbers, else a
        hundredth of the range.
    options : tuple of numbers, optional
        The values that a control offers, ascending, from lo to hi. Without it: powers of ten on a
        "log" scale, powers of two on a "log2" scale, steps on a linear one.
    none : str, optional
        Label of `None`; when given, `None` is allowed and is the last option.
    help : str
        One or two sentences for the tooltip.
    more : bool
        True: the control waits under "More".
    beside : callable, optional
        value -> short text shown beside the label, such as the same value in another convention.

    Raises
    ------
    ValueError
        If the ends are not finite and ascending, or what is offered does not run from lo to hi.

    Notes
    -----
    A value between two options is allowed in code; only controls and links snap to the options.

    Examples
    --------
    >>> Range("Batch size", 2, 16, scale="log2").options
    (2, 4, 8, 16)
    """

    label: str
    lo: float
    hi: float
    _: dataclasses.KW_ONLY
    scale: Literal["linear", "log", "log2"] = "linear"
    step: float | None = None
    options: tuple[float, ...] | None = None
    none: str | None = None
    help: str = ""
    more: bool = False
    beside: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lo) and math.isfinite(self.hi) and self.lo < self.hi):
            raise ValueError(f"{self.label}: lo < hi wanted, got {self.lo} and {self.hi}")
        if self.scale != "linear" and self.lo <= 0:
            raise ValueError(f"{self.label}: a {self.scale} scale needs lo > 0, got {self.lo}")
        if self.options is None and self.scale != "linear":
            object.__setattr__(self, "options", self._round_values())
        if self.options is None:
            n_steps = (self.hi - self.lo) / self.spacing
            if abs(n_steps - round(n_steps)) > 1e-9 or self.none is not None:
                raise ValueError(f"{self.label}: whole steps from lo to hi wanted, and no none")
        elif (self.options[0], self.options[-1]) != (self.lo, self.hi) or any(
            low >= high for low, high in pairwise(self.options)
        ):
            raise ValueError(f"{self.label}: options must ascend from lo to hi: {self.options}")

    def _round_values(self) -> tuple[float, ...]:
        """Return the options of a logarithmic scale for which none were given."""
        if self.scale == "log":
            return decades(self.lo, self.hi)
        powers = range(math.floor(math.log2(self.lo)), math.ceil(math.log2(self.hi)) + 1)
        numbers = (2**power if self.whole else 2.0**power for power in powers)
        return tuple(number for number in numbers if self.lo <= number <= self.hi)

    @property
    def whole(self) -> bool:
        """Whether the values are ints."""
        return isinstance(self.lo, int) and isinstance(self.hi, int)

    @property
    def spacing(self) -> float:
        """Distance of two values that a linear scale without options offers."""
        return self.step or (1 if self.whole else (self.hi - self.lo) / 100)

    @property
    def offered(self) -> tuple[float | None, ...]:
        """All options, `None` among them if it is allowed."""
        return (self.options or ()) + (() if self.none is None else (None,))

    @property
    def kind(self) -> object:
        """The annotation that a field with this mark must have."""
        number = int if self.whole else float
        return number if self.none is None else number | None

    def text(self, value: float | None) -> str:
        """Return a value as a link writes it."""
        return NONE if value is None else number_text(value)

    def shown(self, value: float | None) -> str:
        """Return a value as a reader sees it."""
        return str(self.none) if value is None else number_text(value)

    def checked(self, name: str, value: object) -> float | None:
        """Return the value as int, float or None, or raise ValueError with the field's name."""
        if value is None and self.none is not None:
            return None
        ends = f"between {number_text(self.lo)} and {number_text(self.hi)}"
        ends += "" if self.none is None else f", or None ({self.none})"
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            kind = "whole number" if self.whole else "number"
            raise ValueError(f"{name} must be a {kind} {ends}, got {brief(value)}")
        number: Any = value
        if not self.lo <= number <= self.hi:
            raise ValueError(f"{name} must be {ends}, got {brief(value)}")
        return int(number) if self.whole else float(number)

    def read(self, text: str, default: float | None) -> tuple[float | None, str | None]:
        """Read a link's text: the nearest offered value, and why it is not what the text says."""
        if self.none is not None and text.casefold() in (NONE, self.none.casefold()):
            return None, None
        if not _NUMBER.fullmatch(text):
            return default, "is not a number"
        number = float(text)
        if not self.lo <= number <= self.hi:
            ends = f"{number_text(self.lo)}–{number_text(self.hi)}"
            return self.lo if number < self.lo else self.hi, f"is out of range {ends}"
        value = self._snapped(number)
        return value, None if value == number else "is between two steps"

    def offers(self, value: float | None) -> bool:
        """Whether a control offers a value that is in range: an option, a step or None."""
        return value is None or self._snapped(value) == value

    def neighbours(self, value: float | None) -> tuple[float | None, ...]:
        """Return the values next to one on the control: the lower and the higher one, if any.

        Examples
        --------
        >>> mark = Range("Batch size", 2, 16, scale="log2")
        >>> mark.neighbours(4), mark.neighbours(16)
        ((2, 8), (8,))
        """
        if self.options is None and value is not None:
            near = (self._snapped(value + step) for step in (-self.spacing, self.spacing))
            return tuple(one for one in near if self.lo <= one <= self.hi)
        offered = self.offered
        if value not in offered:
            return ()
        place = offered.index(value)
        return offered[max(place - 1, 0) : place] + offered[place + 1 : place + 2]

    def _snapped(self, number: float) -> float:
        """Return the offered value nearest to a number in range, on the mark's own scale."""
        if self.options is None:
            value = self.lo + round((number - self.lo) / self.spacing) * self.spacing
            return round(value) if self.whole else round(value, 12)  # no binary dust
        if self.scale == "linear":
            return min(self.options, key=lambda option: abs(option - number))
        return min(self.options, key=lambda option: abs(math.log(option / number)))
