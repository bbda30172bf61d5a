"""The page of the backward pass without a browser."""

import pytest

from bnviz.labs.backward import LAB, PRESETS
from tests.ui.pages import opened, preset_opened, well, words

SLUG = "backward"


def check_slopes(at):
    """Click on the button of the finite differences; return what the page then says of them."""
    well(at.button(key=f"{SLUG}_repeat").click().run())
    (sentence,) = (e.value for e in at.markdown if "random dy number" in e.value)
    return sentence


def test_before_the_prediction_nothing_is_told():
    at = opened(SLUG)
    assert "What gradient dx reaches the layer below" in words(at)
    assert "Nothing arrives" not in words(at)
    well(at.radio[0].set_value("a").run())
    said = words(well(at.button(key=f"{SLUG}_commit").click().run()))
    assert "Nothing arrives" in said
    assert "if the mean and the variance were constants" in said


@pytest.mark.parametrize("view", [view.name for view in LAB.views])
def test_every_view_says_its_sentence_and_its_formula(view):
    at = opened(SLUG, predicted="b", view=view)
    said = {
        "parts": "Nothing arrives",
        "check": "Finite differences agree",
        "constants": "at a rate of 1, it learns, but less well",
        "bias": "it is dead",
    }
    assert said[view] in words(at)
    assert at.latex[0].value.count("aligned") == 2


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.title)
def test_presets_open(preset):
    said = {
        "A batch of two": "Nearly nothing arrives",
        "A large ε leaks": "of the squared length",
        "The forgotten statistics": "**Wrong:**",
        "It blows up": "worse than guessing",
    }
    assert said[preset.title] in words(preset_opened(SLUG, preset, predicted="b"))


def test_finite_differences_come_on_a_button_and_each_click_draws_anew():
    at = opened(SLUG, predicted="b")
    assert "**Pass.**" not in words(at)
    first, second = check_slopes(at), check_slopes(at)
    assert "**Pass.**" in first
    assert first.endswith("random dy number 1.")
    assert second.endswith("random dy number 2.")
    assert first.removesuffix("1.") != second.removesuffix("2.")


def test_the_button_finds_the_wrong_gradient():
    assert "**Fail.**" in check_slopes(opened(SLUG, predicted="b", constants="true", unlocked="1"))
