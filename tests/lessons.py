"""The labs that teach, for the tests that hold all of them to one contract."""

from importlib import import_module
from importlib.util import find_spec
from itertools import product

import pytest

from bnviz.labs.arm import Work
from bnviz.labs.playground import CHARTS, Settings
from bnviz.labs.view import Trace
from bnviz.settings import Choice, Numbers, Switch, fields
from bnviz.ui.registry import pages

LESSONS = [
    entry.slug
    for entry in pages()
    if find_spec(f"bnviz.labs.{entry.slug}")
    and hasattr(import_module(f"bnviz.labs.{entry.slug}"), "LAB")
]


def lab(slug):
    """Return a lab that teaches."""
    return import_module(f"bnviz.labs.{slug}").LAB


def drawn(of, view, plot, trace):
    """Draw one plot of a view of a lab."""
    (found,) = (one for one in of.view(view).plots if one.id == plot)
    return found.draw(trace)


def every_chart(trace):
    """Draw every chart of a run of the playground with every combination of its picks.

    Of the layers only the first three, which the run must have.
    """
    figures = {}
    for one in CHARTS:
        picks = one.picks(Settings(depth=3))
        for values in product(*(pick.options for pick in picks)):
            picked = dict(zip((pick.name for pick in picks), values, strict=True))
            figures[one.id, *values] = one.figure(trace, **picked)
    return figures


def named(figure, name):
    """Return the first part of a figure with this name."""
    return next(part for part in figure["data"] if part.get("name") == name)


def ends(slug):
    """Yield (field, value) for both ends of every control of a lab."""
    yield from ends_of(lab(slug).settings)


def ends_of(settings):
    """Yield (field, value) for both ends of every field of a settings class."""
    for name, mark in fields(settings).items():
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


def begun(view, settings, n_pieces=1):
    """Do the first pieces of a view's work; give its trace so far."""
    work = Work(view.arm(settings))
    for _ in range(n_pieces):
        work.advance()
    return Trace(settings, work.found())
