"""The page of the lab on learning rate and initialization: what it has beside the common frame."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from bnviz.labs.rates import LAB
from bnviz.ui import registry

APP = str(Path(__file__).parents[2] / "app.py")


def shown(**query):
    """Open the page with its result, and see that nothing went wrong."""
    at = AppTest.from_file(APP, default_timeout=60)
    at.switch_page("pages/rates.py")
    for name, value in {"predicted": "c", **query}.items():
        at.query_params[f"rates_{name}"] = value
    at.run()
    assert not at.exception
    assert not at.error
    assert not at.warning
    return at


def test_each_view_frees_its_own_controls():
    for view in LAB.views:
        at = shown(view=view.name)
        free = {w.key for w in [*at.slider, *at.select_slider] if not w.disabled}
        assert free == {f"rates_{name}" for name in view.free}


def test_a_link_between_two_cells_opens_with_the_nearest_one():
    at = shown(view="corner", lr="0.04", init_scale="4.9")
    assert at.select_slider(key="rates_lr").value in (0.03, "0.03")
    assert at.select_slider(key="rates_init_scale").value in (5.0, "5")


def test_it_is_in_the_menu():
    assert registry.lab("rates").group == "Signal and optimization"
