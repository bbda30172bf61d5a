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
    """Read one value of a link.

    Parameters
    ----------
    mark : Range, Choice, Switch or Numbers
        What the value may be.
    raw : str
        Any text.
    default : object
        The value for a text of the wrong type.

    Returns
    -------
    value : object
        One that a control offers: the text's own, the nearest one, or the default.
    note : str or None
        One sentence without markup if the value is not what the text says.

    Notes
    -----
    The text is measured before it is read, and only ASCII digits count as digits. "Nearest" is
    measured on the mark's scale, so on a logarithmic one 0.037 is nearer to 0.05 than to 0.02.

    Examples
    --------
    >>> from bnviz.marks import Range
    >>> nearest(Range("Batch size", 2, 256, scale="log2"), "9999", 32)
    (256, '"batch size 9999" is out of range 2–256; 256 is used')
    """
    value: Any
    why: str | None
    value, why = default, "is too long to read"
    longest = max(LONGEST, mark.longest) if isinstance(mark, Numbers) else LONGEST
    if len(raw) <= longest:
        value, why = mark.read(raw.strip(), default)
    if why is None:
        return value, None
    label = mark.label[:1].lower() + mark.label[1:]
    return value, f'"{label} {readable(raw)}" {why}; {mark.shown(value)} is used'


def to_query(settings: DataclassInstance, prefix: str) -> dict[str, str]:
    """Write settings as the parameters of a link.

    Parameters
    ----------
    settings : dataclass instance
        As described at `fields`.
    prefix : str
        Put before each field name with an underscore: the lab's slug.

    Returns
    -------
    dict of str to str
        Only what differs from the defaults, in the order of the fields.

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
    """Read settings from the parameters of a link, whatever they hold.

    Parameters
    ----------
    settings_class : type
        As described at `fields`.
    params : mapping of str to str or sequence of str
        All parameters of the link; of a repeated one the last counts.
    prefix : str
        As for `to_query`.

    Returns
    -------
    settings : settings_class
        Always valid.
    notes : list of str
        One sentence without markup for each thing set aside, at most `MOST_NOTES` and a count.

    Notes
    -----
    It never raises. Values that are fine alone but not together are taken in the order of the
    fields, and each one that does not fit is set aside.

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
    return settings, notes if n_more <= 0 else [
        *notes[:MOST_NOTES],
        f"{n_more} more set aside",
    ]


def _together(default: S, values: Mapping[str, Any]) -> tuple[S, list[str]]:
    """Replace values in the defaults; where all of them do not go together, one by one."""
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
    """Shorten a stranger's text and drop what cannot be printed."""
    shown = "".join(char if char.isprintable() else "?" for char in text[:24])
    return shown if len(text) <= 24 else f"{shown}…"
