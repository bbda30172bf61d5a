"""What every lab keeps to: its words, its work, its sentences, its figures, the code it shows."""

import pickle
import re
import sys
from dataclasses import fields as parts
from dataclasses import is_dataclass, replace
from functools import cached_property
from inspect import getmembers, isclass, isfunction

import numpy as np
import pytest

from bnviz.labs.arm import BEGUN, MEMORY, Work, finish
from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.source import source
from bnviz.labs.view import Plot, Trace, View
from bnviz.settings import fields, from_query, to_query
from bnviz.ui.lesson import names_of, paragraphs
from bnviz.ui.registry import page_of
from tests.lessons import LESSONS, ends, lab
from tests.told import check_told

EACH = pytest.mark.parametrize("slug", LESSONS)
VIEWS = [(slug, view.name) for slug in LESSONS for view in lab(slug).views]
EACH_VIEW = pytest.mark.parametrize(("slug", "name"), VIEWS)
BUTTONS = ("commit", "skip", "again", "more", "reset", "new_seed", "stage", "mine", "drag")
TIMED = {("systems", "cost")}
"""Views that show how long something took on this machine."""
QUICK = {
    "rates": {"depth": 2, "n_steps": 40},
    "regularization": {"n_steps": 1000},
    "signal": {"depth": 8},
    "why": {"depth": 3},
}
"""What makes a run short, for the ends of all other controls."""
ASKED = {("signal", "trains"): {"train": True, "depth": 3}}
"""What a view does only when the reader asks for it."""


def bytes_of(value):
    """List the bytes of everything in a result, in order."""
    if isinstance(value, np.ndarray):
        return [value.tobytes()]
    if is_dataclass(value):
        return [b for part in parts(value) for b in bytes_of(getattr(value, part.name))]
    if isinstance(value, dict):
        return [b for key in value for b in (str(key).encode(), *bytes_of(value[key]))]
    if isinstance(value, list | tuple):
        return [b for part in value for b in bytes_of(part)]
    return [repr(value).encode()]


def forget():
    """Forget all results of all labs."""
    MEMORY.clear()
    BEGUN.clear()
    for module in [m for name, m in sys.modules.items() if name.startswith("bnviz.labs")]:
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


def entered(work):
    """Do some work; give its result, and the code of all functions that were entered."""
    seen = set()
    sys.settrace(lambda frame, _event, _: seen.add(frame.f_code))  # None: not line by line
    try:
        return work(), seen
    finally:
        sys.settrace(None)


def reading(settings):
    """Give settings of the same values that note which fields are read."""
    read = set()

    class Noted(type(settings)):
        __hash__, __eq__ = object.__hash__, object.__eq__  # the memory's own look at all fields

        def __getattribute__(self, name):
            if name in type(settings).__dataclass_fields__:
                read.add(name)
            return super().__getattribute__(name)

        __hash__, __eq__ = object.__hash__, object.__eq__  # being remembered is not reading

    noted = object.__new__(Noted)
    for part in parts(settings):
        object.__setattr__(noted, part.name, getattr(settings, part.name))
    return noted, read


class Measured:
    """A view that was measured twice from nothing: piece by piece, and with an eye on how.

    Attributes
    ----------
    slug, view : the lab's name and the view
    trace : its run at the first settings, or at those that let it do all it can
    so_far : list
        The first three results of that run, and its end.
    again : the result of the second measurement
    read : set of str
        The fields of the settings that the measure has read.
    ran : set
        The code of all functions that were entered.
    """

    def __init__(self, slug, name):
        self.slug, self.view = slug, lab(slug).view(name)
        settings = replace(lab(slug).settings(), **ASKED.get((slug, name), {}))
        forget()
        work, self.so_far = Work(self.view.arm(settings)), []
        while not work.finished:
            work.advance()
            if work.found() is not None and (len(self.so_far) < 3 or work.finished):
                self.so_far.append(pickle.loads(pickle.dumps(work.found())))
        self.trace = Trace(settings, work.found())

        arm = self.view.arm(settings)
        noted, read = reading(arm.needs[0])

        def show():
            found = finish(replace(arm, needs=(noted,)))
            self.read = set(read)
            trace = Trace(settings, found)
            self.view.takeaway(trace), self.view.formula(trace), self.view.charts(trace)
            return found

        forget()
        self.again, self.ran = entered(show)

    @cached_property
    def first(self):
        """The run at the first settings."""
        if (self.slug, self.view.name) in ASKED:
            return lab(self.slug).run(self.view.name)
        return self.trace


@pytest.fixture(scope="module", params=VIEWS, ids="-".join)
def measured(request):
    """Measure each view, for all tests of it."""
    return Measured(*request.param)


@EACH
def test_the_words_fit_the_settings(slug):
    of = lab(slug)
    assert of.slug == slug
    taken = {*names_of(of), *BUTTONS}
    assert not set(fields(of.settings)) & taken, "the page has keys of these names"
    names = {view.name for view in of.views}
    for preset in of.presets:
        assert set(preset.extras) <= {"view", "step", "unlocked"}
        assert preset.extras.get("view", of.first.name) in names
        assert preset.settings == replace(preset.settings)
        query = to_query(preset.settings, slug)
        assert from_query(of.settings, query, slug) == (preset.settings, [])
    assert all(re.fullmatch(r"C\d{2,3}", claim) for claim in page_of(slug).claims)


@EACH
def test_every_answer_is_spoken_to(slug):
    of = lab(slug)
    for question in (of.question, of.transfer):
        feedback = [answer.feedback for answer in question.answers]
        assert all(len(words) > 20 for words in feedback)
        assert len(set(feedback)) == len(feedback)
    assert of.sources


@EACH_VIEW
def test_a_view_says_what_it_must(slug, name):
    of = lab(slug)
    view = of.view(name)
    assert view.claims or of.claims
    assert view.reading or of.reading
    assert view.try_this or of.try_this
    assert all(source(function) for function in view.code)
    for note in view.notes:  # on practice, so not measured here, and with no figures from memory
        assert note.evidence in ("reported", "contested")
        assert "memory" not in note.source or not re.search(r"\d", note.text)


def codes(thing):
    """Give the code of a function, or of all functions of a class."""
    thing = getattr(thing, "__wrapped__", thing)
    if isclass(thing):
        found = [member for _, member in getmembers(thing, isfunction)]
        found += [p.fget for _, p in getmembers(thing, lambda member: isinstance(member, property))]
        return {function.__code__ for function in found}
    return {thing.__code__}


def told_of(view, trace):
    """Give all that a view tells and draws of a run."""
    figures = [pickle.dumps(chart.figure) for chart in view.charts(trace)]
    return view.takeaway(trace), view.formula(trace), repr(view.table(trace)), figures


def test_what_is_shown_is_what_ran(measured):
    """Every function whose source a view shows was entered while the view was measured."""
    for function in measured.view.code:
        assert codes(function) & measured.ran, f"{function.__qualname__} is shown and did not run"


def test_a_measure_reads_only_what_the_view_needs(measured):
    """Else a moved control would change a result that was remembered without it."""
    assert measured.read - {"__dict__"} <= set(measured.view.needs)


def test_a_view_frees_what_matters_and_what_is_idle_changes_nothing(measured):
    """Else a control would be drawn that does nothing, or one that does something would not be."""
    view = measured.view
    assert set(view.free) <= view.matters
    assert view.free, "there is something to change"
    moved = [(field, value) for field, value in ends(measured.slug) if field in view.idle]
    before = told_of(view, measured.first) if moved else None
    for field, value in moved:
        settings = replace(lab(measured.slug).settings(), **{field: value})
        assert told_of(view, view.run(settings)) == before


def test_the_same_settings_give_the_same_bytes(measured):
    if (measured.slug, measured.view.name) in TIMED:
        return
    first = bytes_of(measured.trace.found)
    assert first == bytes_of(measured.again)
    assert first == bytes_of(pickle.loads(pickle.dumps(measured.again)))


def test_the_first_settings_can_be_told(measured):
    check_told(measured.view, measured.first, drawn=True)
    times = measured.view.times(measured.first)
    steps = list(times.steps)
    assert steps == sorted(set(steps))
    assert steps[-1] <= times.n_steps


def test_what_is_there_so_far_can_be_told(measured):
    """The first results of a run, and its end."""
    assert measured.so_far
    for found in measured.so_far:
        check_told(measured.view, Trace(measured.trace.settings, found))


@EACH_VIEW
def test_how_to_read_the_charts_is_said_in_at_most_sixty_words(slug, name):
    near, *_ = paragraphs(lab(slug).view(name).reading) + paragraphs(lab(slug).reading)
    assert len(near.split()) <= 60


@EACH
def test_at_most_four_views_are_in_sight_and_the_first_is_one_of_them(slug):
    near = [view for view in lab(slug).views if not view.deeper]
    assert 1 <= len(near) <= 4
    assert near[0] is lab(slug).first


@pytest.mark.slow
@EACH
def test_both_ends_of_every_control_can_be_told(slug):
    """In the views that free the control; the first settings have their own test."""
    of = lab(slug)
    for name, value in ends(slug):
        if value == getattr(of.settings(), name):
            continue
        settings = replace(of.settings(), **{**QUICK.get(slug, {}), name: value})
        for view in [v for v in of.views if name in v.free] or of.views:
            check_told(view, view.run(settings))


@EACH
def test_presets_can_be_told(slug):
    for preset in lab(slug).presets:
        view = lab(slug).view(preset.extras.get("view", lab(slug).first.name))
        check_told(view, view.run(preset.settings))


def test_a_question_has_one_right_answer():
    yes, no = Answer("yes", "It is so.", right=True), Answer("no", "It is not so.")
    assert Question(text="?", answers=(no, yes)).answer("b") is yes
    with pytest.raises(ValueError, match="one answer must be right, got 0"):
        Question(text="?", answers=(no, no))
    with pytest.raises(ValueError, match="2 to 4 answers, got 1"):
        Question(text="?", answers=(yes,))
    with pytest.raises(ValueError, match="must be one of a, b, got 'c'"):
        Question(text="?", answers=(no, yes)).answer("c")


def test_what_is_reported_names_its_source():
    with pytest.raises(ValueError, match="needs a source"):
        Claim("It helps.", "reported")


def test_a_view_and_a_lab_refuse_what_does_not_fit():
    why = lab("why")
    view = why.first
    for wrong, what in ({"plots": ()}, "one to four plots"), ({"code": ()}, "needs the code"):
        with pytest.raises(ValueError, match=what):
            replace(view, **wrong)
    with pytest.raises(ValueError, match="got 5"):
        replace(view, plots=5 * (Plot("a", len, ""),))
    with pytest.raises(ValueError, match="each of another name"):
        replace(why, views=(view, view))
    with pytest.raises(ValueError, match=r"names \['colour'\], which are no settings"):
        replace(why, views=(replace(view, needs=("colour",)),))
    with pytest.raises(ValueError, match=r"view must be one of .*got .nowhere"):
        why.view("nowhere")
    assert isinstance(why, Lab)
    assert isinstance(view, View)


def test_the_code_of_a_class_is_shown_without_any_docstring():
    text = source(Question)
    assert text.startswith("@dataclass(frozen=True, kw_only=True)\nclass Question:\n    text: str")
    assert '"""' not in text
    assert "    @property\n    def letters(self) -> str:\n        return LETTERS" in text
