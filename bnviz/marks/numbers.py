"""Mark of a short list of numbers, such as a batch that the reader types in."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from bnviz.marks.text import number_text

NUMBER_LONGEST = 25
"""Characters of the longest float in a link, with its comma: -2.2250738585072014e-308."""


@dataclasses.dataclass(frozen=True, eq=False)
class Numbers:
    """Mark of a list of one to ``most`` numbers from ``lo`` to ``hi``; the rest is as for `Range`.

    Examples
    --------
    >>> Numbers("Your batch", 4, -10, 10).read("1,2.5,99", (0.0,))
    ((1.0, 2.5, 10.0), 'holds a number out of range -10–10')
    """

    label: str
    most: int
    lo: float
    hi: float
    _: dataclasses.KW_ONLY
    help: str = ""
    more: bool = False
    kind = tuple[float, ...]
    beside = None

    @property
    def longest(self) -> int:
        """How many characters of a link any allowed value fits in."""
        return NUMBER_LONGEST * self.most

    def text(self, value: Sequence[float]) -> str:
        """Return a value as a link writes it."""
        return ",".join(number_text(number) for number in value)

    def shown(self, value: Sequence[float]) -> str:
        """Return a value as a reader sees it."""
        return ", ".join(number_text(number) for number in value)

    def checked(self, name: str, value: object) -> tuple[float, ...]:
        """Return the value as a tuple of float, or raise ValueError with the field's name."""
        wanted = f"1 to {self.most} numbers between {self._ends('and')}"
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ValueError(f"{name} must be {wanted}, got {value!r:.60}")
        values: list[Any] = list(value)
        right = 1 <= len(values) <= self.most and all(map(self._fits, values))
        if not right:
            raise ValueError(f"{name} must be {wanted}, got {values!r:.60}")
        return tuple(float(number) for number in values)

    def read(self, text: str, default: tuple[float, ...]) -> tuple[tuple[float, ...], str | None]:
        """Read a link's text: the nearest allowed list, and why it is not what the text says."""
        values = [_number(part) for part in text.strip("()[] ").split(",") if part.strip()]
        if not values or None in values:
            return default, "is not a list of numbers"
        near = [float(min(max(v, self.lo), self.hi)) for v in values if v is not None]
        numbers = near[: self.most]
        why = None
        if len(values) > self.most:
            why = f"holds more than {self.most} numbers"
        elif numbers != values:
            why = f"holds a number out of range {self._ends('–', '')}"
        return tuple(numbers), why

    def rows(self, cells: Sequence[object]) -> tuple[tuple[float, ...], str]:
        """Return the numbers of an edited table, or what is wrong with which of its rows.

        A row holds text, a number or None.

        Examples
        --------
        >>> Numbers("Your batch", 4, -10, 10).rows(["1", "two"])
        ((), 'Row 2 holds “two”, which is not a number.')
        """
        if not cells:
            return (), "The table is empty: at least one number is needed."
        if len(cells) > self.most:
            return (), f"The table has {len(cells)} rows; at most {self.most} are used."
        values = []
        for row, cell in enumerate(cells, 1):
            text = "" if cell is None else str(cell).strip()
            value = _number(text)
            if not text:
                return (), f"Row {row} is blank: write a number, or delete the row."
            if value is None:
                return (), f"Row {row} holds “{text[:20]}”, which is not a number."
            if not self._fits(value):
                ends = self._ends("and")
                return (), f"Row {row} holds {text[:20]}; a number between {ends} fits."
            values.append(value)
        return tuple(values), ""

    def _fits(self, number: object) -> bool:
        plain = isinstance(number, int | float) and not isinstance(number, bool)
        return plain and self.lo <= number <= self.hi  # type: ignore[operator]

    def _ends(self, between: str, space: str = " ") -> str:
        return f"{number_text(self.lo)}{space}{between}{space}{number_text(self.hi)}"


def _number(text: str) -> float | None:
    """Read one number, in ASCII but for its sign; None if it is none, or NaN."""
    plain = text.strip().replace("\N{MINUS SIGN}", "-")
    if not plain.isascii() or "_" in plain:
        return None
    try:
        value = float(plain)
    except ValueError:
        return None
    return None if math.isnan(value) else value
