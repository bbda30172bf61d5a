"""What is special to the page of the backward pass: its button."""

from tests.ui.pages import opened, well, words


def test_finite_differences_come_on_a_button_and_each_click_draws_anew():
    at = opened("backward", predicted="b")
    assert "**Pass.**" not in words(at)
    said = []
    for k in (1, 2):
        well(at.button(key="backward_repeat").click().run())
        (sentence,) = (e.value for e in at.markdown if "**Pass.**" in e.value)
        assert sentence.endswith(f"random dy number {k}.")
        said.append(sentence)
    assert said[0] != said[1]


def test_the_button_finds_the_wrong_gradient():
    at = opened("backward", predicted="b", constants="true", unlocked="1")
    assert "**Fail.**" in words(well(at.button(key="backward_repeat").click().run()))
