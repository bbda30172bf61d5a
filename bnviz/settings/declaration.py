"""Settings as a dataclass with marks, and its checks in code."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, get_args, get_origin, get_type_hints

from bnviz.marks import Mark, Range, number_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@lru_cache(maxsize=64)  # a class in a page's own script is made anew with each run
def fields(settings_class: type[DataclassInstance]) -> Mapping[str, Mark]:
    """Return the marks of a settings class by the name of the field, read-only and in their order.

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

    A ValueError names the field, what is allowed and what was given.

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

    Without names, all that are ranges. A ValueError names the field, the options or steps, and what
    was given.

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
