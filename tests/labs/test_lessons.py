"""What every lab that teaches keeps to: its words, its run, its sentences, its figures."""

import json
import pickle
import re
from dataclasses import fields as parts
from dataclasses import is_dataclass, replace
from functools import cache

import numpy as np
import pytest

from bnviz.figures.frames import Frames, encode
from bnviz.figures.still import still
from bnviz.labs.execution import finish
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.source import source
from bnviz.settings import fields, to_query
from bnviz.ui.lesson import NAMES
from bnviz.ui.registry import lab as entry
from tests.lessons import OLD, ends, figures, lab

EACH = pytest.mark.parametrize("slug", OLD)
MOST_BYTES = 300_000
BUTTONS = ("commit", "skip", "again", "lock", "reset", "new_seed", "stage")
QUICK = {
    "rates": {"depth": 2, "n_steps": 40},
    "regularization": {"n_steps": 1000},
    "signal": {"depth": 8},
    "why": {"depth": 3},
}
"""What makes a run short, for the ends of all other controls."""
NOT_A_NUMBER = re.compile(r"\bnan\b|\binf\b|None", re.IGNORECASE)


def bytes_of(value):
    """List the bytes of everything in a trace, in order."""
    if isinstance(value, np.ndarray):
        return [value.tobytes()]
    if is_dataclass(value):
        return [b for part in parts(value) for b in bytes_of(getattr(value, part.name))]
    if isinstance(value, dict):
        return [b for key in value for b in (str(key).encode(), *bytes_of(value[key]))]
    if isinstance(value, list | tuple):
        return [b for part in value for b in bytes_of(part)]
    return [repr(value).encode()]


def check_told(slug, trace, views=(), *, drawn=False):
    """See that sentences, formula, table and figures of some views can be shown; or of all."""
    lesson, words = lab(slug).LESSON, lab(slug).findings
    columns = words.table(trace)
    assert len({len(column) for column in columns.values()}) == 1
    for view in views or lesson.views:
        sentence = words.takeaway(trace, view)
        assert 10 < len(sentence) < 400, sentence
        assert not NOT_A_NUMBER.search(sentence), sentence
        assert words.formula(trace, view)
        charts = figures(slug).charts(trace, view)
        assert 1 <= len(charts) <= 4
        for chart in charts:
            check_chart(chart)
            if drawn:
                assert still(chart.figure).layout.title.text


@cache
def at_first(slug):
    """Run a lab at its first settings."""
    return lab(slug).run(lab(slug).Settings())


def tell(slug, settings, views):
    """Run a lab and check what it tells; of a lab that is run by view, some views alone."""
    module = lab(slug)
    if not getattr(module, "BY_VIEW", False):
        check_told(slug, module.run(settings))
        return
    for view in views:
        check_told(slug, finish(module.Experiment(settings, view)), [view])


def check_chart(chart):
    sent = json.dumps(encode(chart.figure), allow_nan=False)
    assert len(sent) < MOST_BYTES, (chart.id, len(sent))
    text = chart.figure["layout"]["title"]["text"]
    for title in text.values if isinstance(text, Frames) else [text]:
        assert title, chart.id
        assert not NOT_A_NUMBER.search(title), title
    assert chart.alt


@EACH
def test_the_words_fit_the_settings(slug):
    module = lab(slug)
    lesson, names = module.LESSON, set(fields(module.Settings))
    assert not names & {*NAMES, *BUTTONS}, "the page has keys of these names"
    assert lesson.vary in names
    assert {name for view in lesson.frees.values() for name in view} <= names
    for preset in getattr(module, "PRESETS", ()):
        assert set(preset.view) <= {"view", "step", "unlocked"}
        assert preset.view.get("view", lesson.first_view) in lesson.views
        assert preset.settings == replace(preset.settings)
    assert entry(slug).page == f"pages/{slug}.py"
    assert all(re.fullmatch(r"C\d{2,3}", claim) for claim in entry(slug).claims)


@EACH
def test_every_answer_is_spoken_to(slug):
    lesson = lab(slug).LESSON
    for question in (lesson.question, lesson.transfer):
        feedback = [answer.feedback for answer in question.answers]
        assert all(len(words) > 20 for words in feedback)
        assert len(set(feedback)) == len(feedback)
    assert lesson.claims
    assert set().union(*lesson.code_of.values()) <= set(lesson.code)
    assert all(source(function) for function in lesson.code)
    assert lesson.sources


@EACH
def test_notes_on_practice_are_not_measured_here_and_have_no_figures_from_memory(slug):
    for note in (note for notes in lab(slug).LESSON.notes.values() for note in notes):
        assert note.evidence in ("reported", "contested")
        assert "memory" not in note.source or not re.search(r"\d", note.text)


@EACH
def test_the_same_settings_give_the_same_bytes(slug):
    first = at_first(slug)
    assert bytes_of(first) == bytes_of(lab(slug).run(lab(slug).Settings()))
    assert bytes_of(first) == bytes_of(pickle.loads(pickle.dumps(first)))
    assert len(first.steps) >= 1
    assert first.steps[-1] <= first.n_steps


@EACH
def test_the_first_settings_can_be_told(slug):
    check_told(slug, at_first(slug), drawn=True)


@pytest.mark.slow
@EACH
def test_both_ends_of_every_control_can_be_told(slug):
    """The first settings have their own test; a lab that is run by view, those that it frees."""
    lesson, default = lab(slug).LESSON, lab(slug).Settings()
    for name, value in ends(slug):
        if value == getattr(default, name):
            continue
        settings = replace(default, **{**QUICK.get(slug, {}), name: value})
        tell(slug, settings, [v for v in lesson.views if name in lesson.free(v)] or lesson.views)


@EACH
def test_presets_can_be_told(slug):
    for preset in getattr(lab(slug), "PRESETS", ()):
        tell(slug, preset.settings, [preset.view.get("view", lab(slug).LESSON.first_view)])
        assert to_query(preset.settings, slug) is not None


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


def test_what_a_lesson_says_of_a_view_is_of_one_that_there_is():
    yes, no = Answer("yes", "It is so.", right=True), Answer("no", "It is not so.")
    question = Question(text="?", answers=(no, yes))
    words = {
        "goal": "", "question": question, "vary": "m", "claims": (), "code": (), "try_this": "",
        "transfer": question, "sources": "",
    }  # fmt: skip
    lesson = Lesson(views={"one": "One", "two": "Two"}, frees={"two": ("n",)}, **words)
    assert lesson.free("one") == ("m",)
    assert lesson.free("two") == ("n",)
    for name in ("frees", "code_of", "notes", "tries"):
        with pytest.raises(ValueError, match=f"{name} names only these.*three"):
            Lesson(views={"one": "One"}, **{name: {"three": ()}}, **words)
    with pytest.raises(ValueError, match=r"claims names only these.*three"):
        Lesson(views={"one": "One"}, **{**words, "claims": (Claim("", "proved", view="three"),)})


def test_a_view_shows_its_own_claims_and_those_of_the_lesson():
    lesson = lab("why").LESSON
    shown = {view: lesson.claims_of(view) for view in lesson.views}
    assert {claim for claims in shown.values() for claim in claims} == set(lesson.claims)
    assert all({claim.view for claim in claims} <= {"", view} for view, claims in shown.items())


def test_the_code_of_a_class_is_shown_without_any_docstring():
    text = source(Question)
    assert text.startswith("@dataclass(frozen=True, kw_only=True)\nclass Question:\n    text: str")
    assert '"""' not in text
    assert "    @property\n    def letters(self) -> str:\n        return LETTERS" in text
