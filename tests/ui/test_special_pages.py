"""What the pages of some labs have beside the common frame, without a browser."""

import pytest

from bnviz.labs.sweeps import recorded
from tests.ui.pages import finished, opened, well, words


def held(at, key):
    """Return the value of a slider, as a number."""
    return float(at.select_slider(key=key).value)


def test_epsilon_says_what_is_recorded():
    for view in ("shift", "scales", "gain"):
        said = words(opened("epsilon", predicted="c", view=view))
        assert ("recorded on" in said) == (view != "gain")


def test_a_link_between_two_options_opens_with_the_nearest_ones():
    at = opened("epsilon", predicted="c", contrast="0.31", eps="2e-5")
    assert "0.3 is used" in words(at)
    assert held(at, "epsilon_contrast") == 0.3
    at = opened("rates", predicted="c", view="corner", lr="0.04", init_scale="4.9")
    assert (held(at, "rates_lr"), held(at, "rates_init_scale")) == (0.03, 5)


def test_an_unknown_view_is_the_first_one():
    said = words(opened("epsilon", predicted="c", view="sideways"))
    assert "BN with its running statistics" in said


def test_a_moved_sample_of_the_noise_lab_is_answered():
    at = opened("noise", predicted="b", view="influence")
    well(at.slider(key="noise_sample").set_value(7).run())
    assert "Replacing sample 7 moves all 31 other outputs" in words(at)


@pytest.mark.parametrize("norm", ["eval", "ln"])
def test_where_no_output_of_the_noise_lab_moves_it_is_said(norm):
    said = words(opened("noise", predicted="b", view="influence", norm=norm))
    assert "moves **nothing** else" in said


def test_the_sample_of_the_noise_lab_has_the_number_of_its_control():
    said = words(opened("noise", predicted="b", view="sample", sample="5"))
    assert "Sample 5, an image of the digit" in said


def test_train_eval_calls_recorded_numbers_recorded_with_date_and_version():
    found = recorded("train_eval")["batch_size"]
    said = words(finished(opened("train_eval", predicted="a"), "train_eval"))
    assert f"recorded on {found.date} with NumPy {found.versions['numpy']}, 8 seeds" in said
    assert "this run, live" in said
    assert "three strangers" in said


def test_keras_s_value_stands_beside_the_momentum_of_train_eval():
    at = opened("train_eval", momentum="0.01", predicted="skipped", view="running")
    at = finished(at, "train_eval")
    assert any("Keras: 0.99" in slider.label for slider in at.select_slider)
    assert "every 69 steps" in words(at)
