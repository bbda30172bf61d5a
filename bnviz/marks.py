"""Marks of settings: what a value may be, how a reader sees it, how a link writes and reads it.

A mark is attached to a field of a settings dataclass with `Annotated`; `bnviz.settings` checks the
dataclass and makes links of it. All three marks answer the same calls: `kind`, `text`, `shown`,
`checked` and `read`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

NONE = "none"  # how a link says None

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_ON = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


def _brief(value: object) -> str:
    """Show a wrong value in an error without printing pages of it."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print an int of more than 4300 digits
        text = f"a huge {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def number_text(value: float) -> str:
    """Write a number as short as possible, so that reading it gives the same number.

    Parameters
    ----------
    value : float
        A finite number, whole or not.

    Returns
    -------
    str
        ASCII. Floats are scientific below 0.001 and from 10000 on, where zeros are hard
        to count.

    Examples
    --------
    >>> [number_text(v) for v in (32, 0.1, 1.0, 1e-05, 0.0005, 0.000123, 20000.0)]
    ['32', '0.1', '1', '1e-5', '5e-4', '1.23e-4', '2e4']
    """
    if isinstance(value, int):
        return str(value)
    plain = value == 0 or 1e-3 <= abs(value) < 1e4
    if plain:
        return repr(float(value)).removesuffix(".0")
    mantissa, exponent = f"{Decimal(repr(float(value))).normalize():e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def decades(lo: float, hi: float, per_decade: Sequence[int] = (1,)) -> tuple[float, ...]:
    """List the round values from lo to hi that a logarithmic control offers.

    Parameters
    ----------
    lo, hi : float
        Positive ends; both belong to the list if they are round themselves.
    per_decade : sequence of int
        The first digits used in each decade: (1,) for decades, (1, 2, 5) or (1, 3) between them.

    Returns
    -------
    tuple of float
        Ascending. Each value is the float that its decimal text reads as.

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
        """List the options of a logarithmic scale for which none were given."""
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
        """Write a value for a link."""
        return NONE if value is None else number_text(value)

    def shown(self, value: float | None) -> str:
        """Write a value for a reader."""
        return str(self.none) if value is None else number_text(value)

    def checked(self, name: str, value: object) -> float | None:
        """Give the value as int, float or None, or raise ValueError with the field's name."""
        if value is None and self.none is not None:
            return None
        ends = f"between {number_text(self.lo)} and {number_text(self.hi)}"
        ends += "" if self.none is None else f", or None ({self.none})"
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            kind = "whole number" if self.whole else "number"
            raise ValueError(f"{name} must be a {kind} {ends}, got {_brief(value)}")
        number: Any = value
        if not self.lo <= number <= self.hi:
            raise ValueError(f"{name} must be {ends}, got {_brief(value)}")
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

    def _snapped(self, number: float) -> float:
        """Give the offered value nearest to a number in range, on the mark's own scale."""
        if self.options is None:
            value = self.lo + round((number - self.lo) / self.spacing) * self.spacing
            return round(value) if self.whole else round(value, 12)  # no binary dust
        if self.scale == "linear":
            return min(self.options, key=lambda option: abs(option - number))
        return min(self.options, key=lambda option: abs(math.log(option / number)))


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """Mark of one out of a few named values.

    Parameters
    ----------
    options : dict of str to str
        value -> its label. Links hold the value, so a label may be reworded.
    label, help, more
        As for `Range`.

    Examples
    --------
    >>> Choice("Activation", {"relu": "ReLU", "tanh": "tanh"}).read("ReLU", "tanh")
    ('relu', None)
    """

    label: str
    options: Mapping[str, str]
    _: dataclasses.KW_ONLY
    help: str = ""
    more: bool = False
    kind = str
    beside = None

    def text(self, value: str) -> str:
        """Write a value for a link."""
        return value

    def shown(self, value: str) -> str:
        """Write a value for a reader."""
        return self.options[value]

    def checked(self, name: str, value: object) -> str:
        """Give the value as str, or raise ValueError with the field's name."""
        if not isinstance(value, str) or value not in self.options:
            wanted = ", ".join(map(repr, self.options))
            raise ValueError(f"{name} must be one of {wanted}, got {_brief(value)}")
        return str(value)

    def read(self, text: str, default: str) -> tuple[str, str | None]:
        """Read a link's text: value or label, in any case; else the default, and why."""
        wanted = text.casefold()
        for value, label in self.options.items():
            if wanted in (value.casefold(), label.casefold()):
                return value, None
        return default, f"is not one of {', '.join(self.options)}"


@dataclasses.dataclass(frozen=True, eq=False)
class Switch:
    """Mark of a value that is on or off.

    Parameters
    ----------
    label, help, more
        As for `Range`.

    Examples
    --------
    >>> Switch("Skip connections").read("on", False)
    (True, None)
    """

    label: str
    _: dataclasses.KW_ONLY
    help: str = ""
    more: bool = False
    kind = bool
    beside = None

    def text(self, value: bool) -> str:
        """Write a value for a link."""
        return "true" if value else "false"

    def shown(self, value: bool) -> str:
        """Write a value for a reader."""
        return "on" if value else "off"

    def checked(self, name: str, value: object) -> bool:
        """Give the value as bool, or raise ValueError with the field's name."""
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{name} must be True or False, got {_brief(value)}")
        return bool(value)

    def read(self, text: str, default: bool) -> tuple[bool, str | None]:
        """Read a link's text; else the default, and why."""
        value = _ON.get(text.casefold())
        return (default, "is neither true nor false") if value is None else (value, None)
