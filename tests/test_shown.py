"""The rules of ``shown.py`` find what they are for, and let pass what is right."""

import pytest

from bnviz.figures import theme
from tests.shown import axes_wrong, modes_wrong, written_wrong

SAID_WRONG = (
    "So far, after 1 steps",
    r"m &\in [-0,\ 0]",
    "comes out as it came in, to 0e+00",
    r"\frac{1}{\sqrt{8.3e-5}}",
    "all 17810 numbers",
    "the loss is nan",
)
SAID_RIGHT = (
    "After 1 of 500 steps: layers 1 and 5",
    "−0.5 and -0.25, from 0-9",
    "With ε = 1e-5 it is 0.3",
    r"8.3 \cdot 10^{-5}",
    "all 17,810 numbers, 1010 of them",
    "10.1 units and 0.1 points",
)


@pytest.mark.parametrize("text", SAID_WRONG)
def test_what_is_wrong_is_found(text):
    assert written_wrong(text)


@pytest.mark.parametrize("text", SAID_RIGHT)
def test_what_is_right_passes(text):
    assert not written_wrong(text)


def test_an_axis_of_layers_names_whole_layers():
    def figure(**axis):
        return {"layout": {"xaxis": {"title": {"text": "Layer"}, **axis}}}

    assert axes_wrong(figure())
    assert axes_wrong(figure(tickvals=[1, 1.2]))
    assert not axes_wrong(figure(tickvals=[1, 2]))


def test_a_mode_has_one_colour_and_one_stroke():
    def figure(role, name):
        return {"data": [theme.line([0, 1], [0, 1], role, name=name)]}

    assert not modes_wrong(figure(theme.EVAL, "running statistics"))
    assert modes_wrong(figure(theme.TRAIN, "running statistics"))
    assert modes_wrong(figure(theme.FOURTH, "with BN, train mode"))
    assert not modes_wrong(figure(theme.FOURTH, "weight of batch"))
