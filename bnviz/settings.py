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

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from bnviz.marks import Choice, Range, Switch, decades, number_text
from bnviz.numbers import Numbers

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
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

Mark = Range | Choice | Switch | Numbers
LONGEST = 256  # characters of one value in a link; a list of numbers may need more
MOST_NOTES = 3  # sentences about one link; what is beyond is counted

S = TypeVar("S", bound="DataclassInstance")


@cache
def fields(settings_class: type[DataclassInstance]) -> Mapping[str, Mark]:
    """List the marks of a settings class.

    Parameters
    ----------
    settings_class : type
        A frozen dataclass in which every field has a default and one mark.

    Returns
    -------
    mapping of str to Range, Choice, Switch or Numbers
        Read-only, in the order of the fields.

    Raises
    ------
    TypeError
        If the class is not frozen, or a field has no default or no mark, or if its annotation is
        not what the mark holds (two int ends belong to an `int`, a `none` label to `| None`).

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     depth: Annotated[int, Range("Depth", 1, 20)] = 6
    >>> fields(Settings)["depth"].label
    'Depth'
    """
    if not settings_class.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{settings_class.__name__} must be a frozen dataclass")
    hints = get_type_hints(settings_class, include_extras=True)
    marks: dict[str, Mark] = {}
    for field in dataclasses.fields(settings_class):
        name, hint = f"{settings_class.__name__}.{field.name}", hints[field.name]
        base, *extras = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        found = [extra for extra in extras if isinstance(extra, Mark)]
        if len(found) != 1 or field.default is dataclasses.MISSING:
            raise TypeError(
                f"{name} needs a default and one mark: Range, Choice, Switch or Numbers"
            )
        if base != found[0].kind:
            raise TypeError(f"{name} is annotated {base}, but its mark holds {found[0].kind}")
        marks[field.name] = found[0]
    return MappingProxyType(marks)


def check(settings: DataclassInstance) -> None:
    """Check every field of a settings value against its mark; for `__post_init__`.

    Parameters
    ----------
    settings : dataclass instance
        As described at `fields`.

    Raises
    ------
    ValueError
        Naming the field, what is allowed and what was given.

    Notes
    -----
    NumPy scalars are accepted and stored as the Python values they hold, and an int given for a
    float is stored as a float. So equal settings are equal in type too, and have the same text. A
    bool is not a number here, and 32.0 is not a whole number.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     depth: Annotated[int, Range("Depth", 1, 20)] = 6
    ...     def __post_init__(self) -> None:
    ...         check(self)
    >>> Settings(depth=21)
    Traceback (most recent call last):
    ValueError: depth must be between 1 and 20, got 21
    """
    for name, mark in fields(type(settings)).items():
        object.__setattr__(settings, name, mark.checked(name, getattr(settings, name)))


def check_offered(settings: DataclassInstance, *names: str) -> None:
    """Check that fields hold one of the options that their control offers, after `check`.

    Parameters
    ----------
    settings : dataclass instance
        As described at `fields`.
    *names : str
        The fields; without names, all that are ranges.

    Raises
    ------
    ValueError
        Naming the field, the options or steps, and what was given.

    Examples
    --------
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     shift: Annotated[float, Range("Shift", 0.0, 2.0, options=(0.0, 0.5, 2.0))] = 0.5
    >>> check_offered(Settings(shift=1.0))
    Traceback (most recent call last):
    ValueError: shift must be one of 0, 0.5, 2, got 1.0
    """
    marks = fields(type(settings))
    for name in names or marks:
        mark, value = marks[name], getattr(settings, name)
        if isinstance(mark, Range) and not mark.offers(value):
            wanted = ", ".join(map(number_text, mark.options or ()))
            if mark.options is None:
                steps = f"{number_text(mark.lo)} to {number_text(mark.hi)}"
                wanted = f"the steps of {number_text(mark.spacing)} from {steps}"
            raise ValueError(f"{name} must be one of {wanted}, got {value}")


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
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     depth: Annotated[int, Range("Depth", 1, 20)] = 6
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
    >>> @dataclasses.dataclass(frozen=True)
    ... class Settings:
    ...     depth: Annotated[int, Range("Depth", 1, 20)] = 6
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
