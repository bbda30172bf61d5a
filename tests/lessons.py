"""The labs that teach, for the tests that hold all of them to one contract."""

from importlib import import_module
from importlib.util import find_spec

import pytest

from bnviz.settings import Choice, Numbers, Switch, fields
from bnviz.ui.registry import LABS


def lab(slug):
    """Give the package of a lab."""
    return import_module(f"bnviz.labs.{slug}")


def figures(slug):
    """Give the figures of a lab."""
    return import_module(f"bnviz.figures.{slug}")


LESSONS = [
    entry.slug
    for entry in LABS
    if find_spec(f"bnviz.labs.{entry.slug}") and hasattr(lab(entry.slug), "LESSON")
]


def ends(slug):
    """Yield (field, value) for both ends of every control of a lab."""
    for name, mark in fields(lab(slug).Settings).items():
        if isinstance(mark, Choice):
            offered = list(mark.options)
        elif isinstance(mark, Switch):
            offered = [False, True]
        elif isinstance(mark, Numbers):
            offered = [(mark.lo,), (mark.hi,) * mark.most]
        else:
            offered = [mark.lo, mark.hi, *([None] if mark.none is not None else [])]
        yield from ((name, value) for value in dict.fromkeys([offered[0], *offered[1:]]))


def over(seeds, *, always):
    """Mark a test to run for some seeds: the first ones always, the others with ``-m long``."""
    rest = (pytest.param(seed, marks=pytest.mark.long) for seed in seeds[always:])
    return pytest.mark.parametrize("seed", [*seeds[:always], *rest])
