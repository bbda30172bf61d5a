"""The page of the lab on learning rate and initialization: what it has beside the common frame."""

from bnviz.labs.rates import LAB
from tests.ui.pages import opened


def shown(**query):
    return opened("rates", predicted="c", **query)


def test_each_view_frees_its_own_controls():
    for view in LAB.views:
        at = shown(view=view.name)
        free = {w.key for w in [*at.slider, *at.select_slider] if not w.disabled}
        assert free == {f"rates_{name}" for name in view.free}


def test_a_link_between_two_cells_opens_with_the_nearest_one():
    at = shown(view="corner", lr="0.04", init_scale="4.9")
    assert at.select_slider(key="rates_lr").value in (0.03, "0.03")
    assert at.select_slider(key="rates_init_scale").value in (5.0, "5")
