"""The pictures of the lab on epsilon, precision and shift: what they state is in the trace."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.figures import epsilon as figures
from bnviz.figures import theme
from bnviz.figures.frames import encode, lengths
from bnviz.figures.labels import apart
from bnviz.figures.still import still
from bnviz.labs.epsilon import LESSON, Experiment, Settings, run
from bnviz.labs.epsilon.precision import OFFSETS, WAYS
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.labs.epsilon.shift import ARMS

VIEWS = list(LESSON.views)
CORNERS = [
    Settings(),
    Settings(contrast=1.0),
    Settings(contrast=0.1, brightness=-2.0, eps=1e-8, offset=1.0, spread=0.0),
    Settings(contrast=3.0, brightness=2.0, eps=0.1, offset=1e8, spread=1.5),
    Settings(invert=True),
]


def title(chart):
    return chart.figure["layout"]["title"]["text"]


def named(trace, view, name):
    return next(chart for chart in figures.charts(trace, view) if chart.id == name)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("settings", CORNERS, ids=str)
def test_plotly_accepts_all_charts_and_they_are_small(settings, mode):
    trace = run(settings)
    for view in VIEWS:
        charts = figures.charts(trace, view)
        assert 1 <= len(charts) <= 4
        assert len({chart.id for chart in charts}) == len(charts)
        for chart in charts:
            still(chart.figure, mode=mode)
            assert lengths(chart.figure) == set()
            assert "nan" not in title(chart)
            assert chart.alt.startswith(title(chart).split(":")[0]) or chart.id == "pictures"
        assert len(json.dumps([encode(chart.figure) for chart in charts])) < 60_000


@pytest.mark.slow
def test_a_run_that_goes_on_is_drawn_without_a_number_it_does_not_have():
    experiment = Experiment(Settings(seed=7))
    while not experiment.finished:
        for view in VIEWS:
            for chart in figures.charts(experiment.trace(), view):
                still(chart.figure)
                assert "nan" not in title(chart)
                assert "nan" not in chart.alt
        experiment.advance()


def test_titles_have_the_numbers_of_the_trace():
    trace = run(Settings())
    contrast, brightness = (named(trace, "shift", n) for n in ("contrast", "brightness"))
    for share in trace.shift.over_contrast[:, 2]:
        assert f"{share:.0%}" in title(contrast)
    assert title(brightness).startswith("Brightness +2 alone")
    for share in trace.shift.over_brightness[:, -1]:
        assert f"{share:.0%}" in title(brightness)
    hidden, inputs = trace.scales.accuracy[1:3]
    assert f"hidden BN {hidden:.0%}, standardized inputs {inputs:.0%}" in title(
        named(trace, "scales", "over_spread")
    )
    assert f"{trace.gain.pixels.n} constant pixels" in title(named(trace, "gain", "constant"))


def test_arms_have_the_colours_of_the_house():
    drawn = named(run(Settings()), "shift", "contrast").figure["data"]
    lines = {t["name"]: t["line"] for t in drawn if t["mode"] == "lines" and "dash" in t["line"]}
    assert lines["BN"] == {"color": theme.WITH.color, "dash": "solid"}
    assert lines["no norm"] == {"color": theme.WITHOUT.color, "dash": "dash"}
    assert len({line["dash"] for line in lines.values()}) == len(ARMS)


def test_bands_are_only_drawn_where_they_were_recorded():
    def bands(settings):
        drawn = named(run(settings), "shift", "contrast").figure["data"]
        return [t for t in drawn if t.get("fill") == "tonexty"]

    assert len(bands(Settings())) == len(ARMS)
    assert bands(Settings(invert=True)) == []


@pytest.mark.parametrize("eps", EPSILONS)
def test_measured_dots_lie_on_the_line_of_the_chosen_eps(eps):
    for name in ("output", "gains"):
        drawn = named(run(Settings(eps=eps)), "gain", name).figure["data"]
        line, dots = (
            next(t for t in drawn if t["mode"] == mode and t["name"].startswith("ε = ")
                 and what in t["name"])
            for mode, what in (("lines", "/"), ("markers", "measured"))
        )  # fmt: skip
        np.testing.assert_allclose(line["y"], dots["y"], rtol=1e-9)


def test_overflows_are_gaps_and_titles_say_so():
    trace = run(Settings())
    half = named(trace, "precision", "float16")
    line = next(t for t in half.figure["data"] if t.get("name") == "one pass")
    assert np.isnan(line["y"][4:]).all()
    assert "too large" in title(half)
    single = named(trace, "precision", "float32")
    assert "no digit left from a mean of 3000 on" in title(single)
    assert [t["name"] for t in single.figure["data"][: len(WAYS)]] == list(WAYS)


def test_a_type_that_keeps_its_digits_says_that():
    trace = run(Settings())
    kept = replace(trace.precision, error=np.full((3, 3, len(OFFSETS)), 1e-9))
    chart = named(replace(trace, precision=kept), "precision", "float64")
    assert title(chart) == "float64: one pass keeps some digits up to here"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_labels_stand_apart_in_their_order(heights):
    places = apart(heights, gap=8, high=101)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(np.array(places)[order]) >= 8 - 1e-9).all()
    assert max(places) <= 101
