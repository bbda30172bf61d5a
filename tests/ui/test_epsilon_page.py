"""The page of the lab on epsilon, precision and shift, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.epsilon import LESSON, PRESETS, Settings
from bnviz.marks import Range
from bnviz.settings import fields, to_query
from bnviz.ui import registry

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**query):
    """Open the page with these parameters of its link, and see that nothing went wrong."""
    at = AppTest.from_file(APP, default_timeout=60)
    at.switch_page("pages/epsilon.py")
    for name, value in query.items():
        at.query_params[name] = value
    return well(at.run())


def well(at):
    assert not at.exception
    assert not at.error
    assert not at.warning
    return at


def shown(**query):
    at = opened(epsilon_predicted="c", **query)
    assert at.get("bidi_component")
    return at


def words(at):
    return " ".join(element.value for element in [*at.markdown, *at.text, *at.caption])


def test_the_first_visit_asks_and_shows_nothing():
    at = opened()
    assert LESSON.question.text in words(at)
    assert not at.get("bidi_component")
    assert all(slider.disabled for slider in at.select_slider)


@pytest.mark.slow
def test_a_prediction_is_kept_beside_the_outcome():
    at = opened()
    at.radio[0].set_value("a")
    well(at.run())
    well(at.button(key="epsilon_commit").click().run())
    assert "Your prediction: **Still about 97 %" in words(at)
    assert at.get("bidi_component")
    assert "recorded on" in words(at)
    assert not at.select_slider(key="epsilon_contrast").disabled
    assert at.select_slider(key="epsilon_eps").disabled


def test_each_view_frees_its_own_control():
    for view, label in LESSON.views.items():
        at = shown(epsilon_view=view)
        (free,) = [s.key for s in at.select_slider if not s.disabled]
        assert free == f"epsilon_{LESSON.free(view)[0]}", label
        assert r"\begin{aligned}" in at.latex[0].value


def ends():
    for name, mark in fields(Settings).items():
        for value in (mark.lo, mark.hi) if isinstance(mark, Range) else (True, False):
            yield pytest.param(name, mark.text(value), id=f"{name}={value}")


@pytest.mark.parametrize(("name", "text"), list(ends()))
def test_each_end_of_each_control(name, text):
    at = shown(**{f"epsilon_{name}": text})
    assert "From the link" not in words(at)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.title)
def test_presets_open(preset):
    view = {f"epsilon_{name}": value for name, value in preset.view.items()}
    at = shown(**to_query(preset.settings, "epsilon"), **view)
    assert "From the link" not in words(at)


@pytest.mark.parametrize(
    "query",
    [
        {"epsilon_contrast": "-3"},
        {"epsilon_contrast": "0.31"},
        {"epsilon_eps": "1e999"},
        {"epsilon_offset": "many"},
        {"epsilon_invert": "perhaps"},
    ],
    ids=str,
)
def test_a_broken_link_opens_and_says_what_it_set_aside(query):
    assert "From the link" in words(shown(**query))


def test_an_unknown_view_is_the_first_one():
    at = shown(epsilon_view="sideways")
    assert "BN with its running statistics" in words(at)


def test_it_is_in_the_menu():
    entry = registry.lab("epsilon")
    assert entry.page == "pages/epsilon.py"
    assert entry.group == "What depends on the batch"
