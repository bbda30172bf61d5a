"""Settings of a lab: plain values with their ranges, checked in code and carried by links.

A lab says what can be set in one frozen dataclass. Each field has a default and a mark
(`Range`, `Choice`, `Switch` or `Numbers`) that says which values are allowed and how a control
shows them::

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        batch_size: Annotated[int, Range("Batch size", 2, 256, scale="log2")] = 32

        def __post_init__(self) -> None:
            check(self)

In code a value outside its range is an error (`check`). In a link it is not, because a reader
cannot repair a link: `from_query` takes the nearest value that a control offers, and says in one
sentence what it set aside.
"""

from bnviz.marks import Choice, Mark, Numbers, Range, Switch, decades, number_text
from bnviz.settings.declaration import check, check_offered, fields
from bnviz.settings.link import MOST_NOTES, from_query, nearest, readable, to_query

__all__ = [
    "MOST_NOTES",
    "Choice",
    "Mark",
    "Numbers",
    "Range",
    "Switch",
    "check",
    "check_offered",
    "decades",
    "fields",
    "from_query",
    "nearest",
    "number_text",
    "readable",
    "to_query",
]
