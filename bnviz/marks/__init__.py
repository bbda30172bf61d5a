"""Marks of settings: what a value may be, how a reader sees it, how a link writes and reads it.

A mark is attached to a field of a settings dataclass with `Annotated`; `bnviz.settings` checks the
dataclass and makes links of it. There are four: `Range`, `Choice`, `Switch` and `Numbers`. Each has
``label``, ``help``, ``more`` and ``kind``, and answers the same calls: ``text``, ``shown``,
``checked`` and ``read``.
"""

from bnviz.marks.choice import Choice, Switch
from bnviz.marks.numbers import Numbers
from bnviz.marks.range import Range, decades
from bnviz.marks.text import number_text

Mark = Range | Choice | Switch | Numbers

__all__ = ["Choice", "Mark", "Numbers", "Range", "Switch", "decades", "number_text"]
