"""What is special to the page on batch size and noise, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bnviz.ui import registry

APP = str(Path(__file__).parents[2] / "app.py")


def opened(**params):
    """Open the page with these parameters of its link, and see that nothing went wrong."""
    at = AppTest.from_file(APP, default_timeout=60)
    at.switch_page("pages/noise.py")
    for name, value in {"predicted": "b", **params}.items():
        at.query_params[f"noise_{name}"] = value
    return well(at.run())


def well(at):
    assert not at.exception
    assert not at.error
    return at


def words(at):
    return " ".join(element.value for element in [*at.markdown, *at.text, *at.caption])


def test_a_moved_control_is_answered():
    at = opened(view="influence")
    well(at.slider(key="noise_sample").set_value(7).run())
    assert "Replacing sample 7 moves all 31 other outputs" in words(at)


@pytest.mark.parametrize("norm", ["eval", "ln"])
def test_where_nothing_moves_it_is_said(norm):
    assert "moves **nothing** else" in words(opened(view="influence", norm=norm))


def test_the_sample_has_the_number_of_its_control():
    at = opened(view="sample", sample="5")
    assert "Sample 5, an image of the digit" in words(at)


def test_it_is_in_the_menu_with_its_claims():
    entry = registry.lab("noise")
    assert entry.group == "What depends on the batch"
    assert {"C34", "C51", "C53", "C62"} <= set(entry.claims)
