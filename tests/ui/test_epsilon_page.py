"""The page of the lab on epsilon, precision and shift: what it has beside the common frame."""

from bnviz.labs.epsilon import LAB
from tests.ui.pages import opened, words


def shown(**query):
    return opened("epsilon", predicted="c", **query)


def test_each_view_frees_its_own_control_and_says_what_is_recorded():
    for view in LAB.views:
        at = shown(view=view.name)
        (free,) = [s.key for s in at.select_slider if not s.disabled]
        assert free == f"epsilon_{view.free[0]}"
        assert ("recorded on" in words(at)) == (view.name in ("shift", "scales"))


def test_a_link_between_two_steps_opens_with_the_nearest_one():
    at = shown(contrast="0.31", eps="2e-5")
    assert "0.3 is used" in words(at)
    assert at.select_slider(key="epsilon_contrast").value in (0.3, "0.3")


def test_an_unknown_view_is_the_first_one():
    assert "BN with its running statistics" in words(shown(view="sideways"))
