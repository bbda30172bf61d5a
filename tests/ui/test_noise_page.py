"""What is special to the page on batch size and noise, without a browser."""

import pytest

from bnviz.ui import registry
from tests.ui.pages import opened, well, words


def test_a_moved_control_is_answered():
    at = opened("noise", predicted="b", view="influence")
    well(at.slider(key="noise_sample").set_value(7).run())
    assert "Replacing sample 7 moves all 31 other outputs" in words(at)


@pytest.mark.parametrize("norm", ["eval", "ln"])
def test_where_nothing_moves_it_is_said(norm):
    at = opened("noise", predicted="b", view="influence", norm=norm)
    assert "moves **nothing** else" in words(at)


def test_the_sample_has_the_number_of_its_control():
    at = opened("noise", predicted="b", view="sample", sample="5")
    assert "Sample 5, an image of the digit" in words(at)


def test_it_is_in_the_menu_with_its_claims():
    entry = registry.lab("noise")
    assert entry.group == "What depends on the batch"
    assert {"C34", "C51", "C53", "C62"} <= set(entry.claims)
