"""The page of the axes explorer without a browser: defaults, ends of controls, broken links."""

import json

import pytest

from bnviz.labs.axes import METHODS, Request
from bnviz.settings import Choice, fields
from tests.ui.pages import opened, well, words

KINDS = {"method": "segmented_control", "layout": "segmented_control", "eps": "select_slider"}


def title(at):
    tensor, _ = at.get("plotly_chart")
    return json.loads(tensor.proto.spec)["layout"]["title"]["text"]


def test_the_first_visit_shows_batch_norm():
    at = opened("axes")
    assert title(at) == "BN: 4 statistics of 18 values each"
    assert "shares one mean and one variance with 17 other values" in words(at)
    assert [code.value.split("(")[0] for code in at.code] == [
        "y, cache = F.batch_norm",
        "def standardize",
    ]
    assert "axes=(-4, -2, -1)" in at.code[0].value
    assert len(at.latex) == 1
    charts = [chart.proto for chart in at.get("plotly_chart")]
    assert all(chart.alt and chart.theme == "" for chart in charts)
    (table,) = at.table
    assert len(table.value) == len(METHODS)
    assert "measured here" in words(at)
    assert not at.text


def ends():
    """Yield both ends of every control, all options of a choice."""
    for name, mark in fields(Request).items():
        if isinstance(mark, Choice):
            values = list(mark.options)
        elif mark.options:
            values = [mark.shown(mark.options[0]), mark.shown(mark.options[-1])]
        else:
            values = [mark.lo, mark.hi]
        for value in values:
            yield pytest.param(name, value, id=f"{name}={value}")


@pytest.mark.parametrize(("name", "value"), list(ends()))
def test_each_end_of_each_control(name, value):
    at = opened("axes")
    widget = getattr(at, KINDS.get(name, "slider"))(key=f"axes_{name}")
    assert title(well(widget.set_value(value).run()))


def test_a_moved_control_that_does_not_fit_is_said_and_answered():
    at = opened("axes", method="gn")
    well(at.slider(key="axes_channels").set_value(5).run())
    assert "Changed to fit: Groups G must divide the 5 channels, got 2" in words(at)
    assert title(at).startswith("GN with 1 group: 3 statistics of 30 values")


def test_a_link_with_an_impossible_combination_opens_with_the_nearest_one():
    at = opened("axes", method="bn", samples="1", height="1", width="1")
    assert "Samples N = 2 is used" in words(at)
    assert title(at) == "BN: 4 statistics of 2 values each"


def test_a_broken_link_opens_and_says_what_it_set_aside():
    at = opened("axes", method="spectral", channels="many", width="99", colour="red")
    for text in ("spectral", "many", "99"):
        assert text in words(at)
    assert title(at) == "BN: 4 statistics of 36 values each"


def test_sequences_of_transformers_are_normalized_over_channels():
    at = opened("axes", layout="ntc", method="ln")
    assert title(at) == "LN: 9 statistics of 4 values each"
    assert "axes=(-1,)" in at.code[0].value
