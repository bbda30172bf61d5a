"""A sketch on the page of a lab, without a browser: offered, in the link, compared, drawn anew."""

from bnviz.labs.noise import LAB
from tests.ui.pages import finished, opened, shown, well, words

N_POINTS = len(LAB.first.sketch.x)
STEEP = "zxvtrpnlj0"
"""Ten points that fall faster than the noise does."""


def button(at, name):
    return at.button(key=f"noise_{name}")


def test_a_sketch_alone_is_a_prediction_and_lies_over_the_run():
    at = opened("noise", sketch_law=STEEP)
    assert not shown(at)
    assert not button(at, "commit").disabled
    well(button(at, "commit").click().run())
    at = finished(at, "noise")
    assert shown(at)
    assert at.query_params["noise_sketch_law"] in (STEEP, [STEEP])
    assert "Your sketch" in words(at)
    assert f"batch size {LAB.first.sketch.x[-1]}" in words(at)


def test_while_the_reader_draws_the_run_is_not_there():
    at = opened("noise", predicted="b", sketch_law=f"_{STEEP}")
    assert not shown(at)
    assert "Your sketch" not in words(at)
    go = "sketch_law_go"
    at = finished(well(button(at, go).click().run()), "noise")
    assert shown(at)
    assert "Your sketch" in words(at)
    well(button(at, go).click().run())
    assert not shown(at), "drawn again"


def test_a_bad_sketch_in_a_link_is_the_nearest_and_named():
    said = words(opened("noise", predicted="b", sketch_law="zz"))
    assert f"2 points, not {N_POINTS}" in said
    at = opened("noise", predicted="b", sketch_law="!!")
    assert shown(at)
    assert "is no sketch" in words(at)
    assert "Your sketch" not in words(at)
