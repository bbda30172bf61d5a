"""Settings as the parameters of a link: written, and read whatever they hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from bnviz.marks import Mark, Numbers
from bnviz.settings.declaration import fields

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LONGEST = 256  # characters of one value in a link; a list of numbers may need more
MOST_NOTES = 3  # sentences about one link; what is beyond is counted

S = TypeVar("S", bound="DataclassInstance")


def nearest(mark: Mark, raw: str, default: Any) -> tuple[Any, str | None]:
    """Return the value of a link's text, and a sentence without markup if it is not what that says.

    It is one that a control offers: the text's own, the nearest one, or, for a text of the wrong
    type, the default. The text is measured before it is read, and only ASCII digits count as
    digits. "Nearest" is measured on the mark's scale, so on a logarithmic one 0.037 is nearer to
    0.05 than to 0.02.

    Examples
    --------
    >>> from bnviz.marks import Range
    >>> nearest(Range("Batch size", 2, 256, scale="log2"), "9999", 32)
    (256, '"batch size 9999" is out of range 2–256; 256 is used')
    """
    value: Any
    why: str | None
    longest = max(LONGEST, mark.longest) if isinstance(mark, Numbers) else LONGEST
    value, why = default, "is too long to read"
    if len(raw) <= longest:
        value, why = mark.read(raw.strip(), default)
    if why is None:
        return value, None
    label = mark.label[:1].lower() + mark.label[1:]
    return value, f'"{label} {readable(raw)}" {why}; {mark.shown(value)} is used'


def to_query(settings: DataclassInstance, prefix: str) -> dict[str, str]:
    """Return settings as the parameters of a link: what differs from the defaults, in their order.

    The prefix, the page's slug, stands before each field name with an underscore.

    Examples
    --------
    >>> from typing import Annotated
    >>> from bnviz.marks import Range
    >>> depth = Annotated[int, Range("Depth", 1, 20)]
    >>> Settings = dataclasses.make_dataclass("Settings", [("depth", depth, 6)], frozen=True)
    >>> to_query(Settings(depth=20), "playground")
    {'playground_depth': '20'}
    """
    default = type(settings)()
    return {
        f"{prefix}_{name}": mark.text(getattr(settings, name))
        for name, mark in fields(type(settings)).items()
        if getattr(settings, name) != getattr(default, name)
    }


def from_query(
    settings_class: type[S], params: Mapping[str, str | Sequence[str]], prefix: str
) -> tuple[S, list[str]]:
    """Return the settings that a link says, always valid, and notes on what was set aside.

    Of a repeated parameter the last counts. A note is a sentence without markup; there are at most
    `MOST_NOTES` and a count. It never raises. Values that are fine alone but not together are taken
    in the order of the fields, and each one that does not fit is set aside.

    Examples
    --------
    >>> from typing import Annotated
    >>> from bnviz.marks import Range
    >>> depth = Annotated[int, Range("Depth", 1, 20)]
    >>> Settings = dataclasses.make_dataclass("Settings", [("depth", depth, 6)], frozen=True)
    >>> from_query(Settings, {"lab_depth": "many"}, "lab")
    (Settings(depth=6), ['"depth many" is not a number; 6 is used'])
    """
    default, notes, values = settings_class(), [], {}
    rest = {name: [raw] if isinstance(raw, str) else list(raw) for name, raw in params.items()}
    for name, mark in fields(settings_class).items():
        raws = rest.pop(f"{prefix}_{name}", [])
        if len(raws) > 1:
            notes.append(f'"{name}" is given {len(raws)} times; the last one counts')
        if raws:
            values[name], note = nearest(mark, raws[-1], getattr(default, name))
            notes += [] if note is None else [note]
    settings, misfits = _together(default, values)
    notes += [
        f'"{name}" does not go with the other values; its default is used' for name in misfits
    ]
    notes += [f'"{readable(name)}" is not a setting of this page' for name in rest]
    n_more = len(notes) - MOST_NOTES
    if n_more > 0:
        notes[MOST_NOTES:] = [f"{n_more} more set aside"]
    return settings, notes


def _together(default: S, values: Mapping[str, Any]) -> tuple[S, list[str]]:
    """Return the defaults with these values, and the names of those that do not go together."""
    try:
        return dataclasses.replace(default, **values), []
    except ValueError:
        settings, misfits = default, []
    for name, value in values.items():
        try:
            settings = dataclasses.replace(settings, **{name: value})
        except ValueError:
            misfits.append(name)
    return settings, misfits


def readable(text: str) -> str:
    """Return a stranger's text, shortened and without what cannot be printed."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:24])
    return shown if len(text) <= 24 else f"{shown}…"
