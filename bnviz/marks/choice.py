"""Marks of one out of a few values: named ones, or on and off."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from bnviz.marks.text import brief

_ON = {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}


@dataclasses.dataclass(frozen=True, eq=False)
class Choice:
    """Mark of one out of a few named values.

    The options are value -> its label. Links hold the value, so a label may be reworded. The rest
    is as for `Range`.

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
        """Return a value as a link writes it."""
        return value

    def shown(self, value: str) -> str:
        """Return a value as a reader sees it."""
        return self.options[value]

    def checked(self, name: str, value: object) -> str:
        """Return the value as str, or raise ValueError with the field's name."""
        if not isinstance(value, str) or value not in self.options:
            wanted = ", ".join(map(repr, self.options))
            raise ValueError(f"{name} must be one of {wanted}, got {brief(value)}")
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
    """Mark of a value that is on or off; ``label``, ``help`` and ``more`` are as for `Range`.

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
        """Return a value as a link writes it."""
        return "true" if value else "false"

    def shown(self, value: bool) -> str:
        """Return a value as a reader sees it."""
        return "on" if value else "off"

    def checked(self, name: str, value: object) -> bool:
        """Return the value as bool, or raise ValueError with the field's name."""
        if not isinstance(value, bool | np.bool_):
            raise ValueError(f"{name} must be True or False, got {brief(value)}")
        return bool(value)

    def read(self, text: str, default: bool) -> tuple[bool, str | None]:
        """Read a link's text; else the default, and why."""
        value = _ON.get(text.casefold())
        return (default, "is neither true nor false") if value is None else (value, None)
