"""The page of the backward pass without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.labs.backward import LAB, PRESETS
from bnviz.settings import to_query

ROOT = Path(__file__).parents[2]
SLUG = "backward"


@pytest.fixture
def page():
    """Give a function that opens the page with a query, by default after the prediction."""

    def show(*, predicted="b", **query):
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        at.switch_page("pages/backward.py")
        if predicted:
            query["predicted"] = predicted
        for name, value in query.items():
            at.query_params[f"{SLUG}_{name}"] = value
        return fine(at.run())

    return show


def fine(at):
    assert not at.exception
    assert not at.error
    return at


def words(at):
    return "\n".join(e.value for e in (*at.markdown, *at.caption, *at.text))


def test_before_the_prediction_nothing_is_told(page):
    at = page(predicted=None)
    assert "What gradient dx reaches the layer below" in words(at)
    assert "Nothing arrives" not in words(at)
    at.radio[0].set_value("a")
    fine(at.run())
    at.button(key=f"{SLUG}_commit").click()
    said = words(fine(at.run()))
    assert "Nothing arrives" in said
    assert "if the mean and the variance were constants" in said


@pytest.mark.parametrize("view", [view.name for view in LAB.views])
def test_every_view_says_its_sentence_and_its_formula(page, view):
    at = page(view=view)
    said = {
        "parts": "Nothing arrives",
        "check": "Finite differences agree",
        "constants": "at a rate of 1, it learns, but less well",
        "bias": "it is dead",
    }
    assert said[view] in words(at)
    assert at.latex[0].value.count("aligned") == 2


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.title)
def test_presets_open(page, preset):
    said = {
        "A batch of two": "Nearly nothing arrives",
        "A large ε leaks": "of the squared length",
        "The forgotten statistics": "**Wrong:**",
        "It blows up": "worse than guessing",
    }
    prefix = len(SLUG) + 1
    query = {name[prefix:]: v for name, v in to_query(preset.settings, SLUG).items()}
    at = page(**query, **preset.view)
    assert said[preset.title] in words(at)


def test_finite_differences_come_on_a_button_and_each_click_draws_anew(page):
    at = page()
    assert "**Pass.**" not in words(at)
    said = []
    for k in (1, 2):
        at.button(key=f"{SLUG}_repeat").click()
        fine(at.run())
        (sentence,) = (e.value for e in at.markdown if "**Pass.**" in e.value)
        assert sentence.endswith(f"random dy number {k}.")
        said.append(sentence)
    assert said[0] != said[1]


def test_the_button_finds_the_wrong_gradient(page):
    at = page(constants="true", unlocked="1")
    at.button(key=f"{SLUG}_repeat").click()
    assert "**Fail.**" in words(fine(at.run()))


def test_a_broken_link_opens_and_says_what_was_set_aside(page):
    at = page(batch_size="many", gamma="99", view="nowhere", upstream="sideways")
    said = words(at)
    for word in ("many", "99", "sideways"):
        assert word in said
    assert "Nothing arrives" in said or "gradient" in said
