"""The page of train and eval, run as Streamlit runs it, without a browser."""

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import PRESETS, Settings
from bnviz.settings import fields, to_query

PAGE, SLUG = "pages/train_eval.py", "train_eval"
SHOWN = {f"{SLUG}_predicted": "skipped", f"{SLUG}_unlocked": "1"}


def visit(**query):
    at = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def healthy(at):
    assert not at.exception
    assert not at.error
    return at


def words(at):
    return " ".join(element.value for element in at.markdown)


def test_the_question_comes_first_and_nothing_is_given_away():
    at = healthy(visit())
    assert "lowest test loss" in words(at)
    assert "After 300 steps" not in words(at)
    assert all(slider.disabled for slider in at.slider)


def test_after_the_answer_the_outcome_and_its_credit_are_there():
    at = healthy(visit(**{f"{SLUG}_predicted": "a"}))
    assert "After 300 steps with batches of 4" in words(at)
    assert "three strangers" in words(at)
    assert recorded(SLUG)["batch_size"].credit in words(at)
    free = [s.label for s in (*at.slider, *at.select_slider) if not s.disabled]
    assert [label for label in free if "Batch size" in label] == free


@pytest.mark.parametrize("view", ["running", "conventions", "bugs"])
def test_every_view_has_its_sentence(view):
    at = healthy(visit(**SHOWN, **{f"{SLUG}_view": view}))
    wanted = {"running": "halves the weight", "conventions": "starts at 0", "bugs": "Forgot eval()"}
    assert wanted[view] in words(at)


@pytest.mark.slow
@pytest.mark.parametrize("name", fields(Settings))
def test_both_ends_of_each_control(name):
    mark = fields(Settings)[name]
    ends = [mark.lo, mark.hi] if hasattr(mark, "lo") else [list(mark.options)[-1]]
    for value in ends:
        if value != getattr(Settings(), name):
            healthy(visit(**SHOWN, **to_query(Settings(**{name: value}), SLUG)))


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_each_preset_opens_at_its_bars(preset):
    view = {f"{SLUG}_{name}": value for name, value in preset.view.items()}
    at = healthy(visit(**SHOWN, **view, **to_query(preset.settings, SLUG)))
    assert "repaired:" in words(at)


def test_a_broken_link_is_repaired_and_says_so():
    at = healthy(visit(**SHOWN, **{f"{SLUG}_batch_size": "1", f"{SLUG}_bug": "gremlin"}))
    notes = " ".join(element.value for element in at.text)
    assert "out of range 2–128" in notes
    assert "is not one of" in notes
