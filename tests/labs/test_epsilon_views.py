"""What the views of the lab on epsilon, precision and shift say and draw."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.figures import theme
from bnviz.figures.frames import lengths
from bnviz.figures.labels import apart
from bnviz.figures.still import still
from bnviz.labs.epsilon import LAB, Settings
from bnviz.labs.epsilon.precision import OFFSETS, WAYS
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.labs.epsilon.shift import ARMS

CORNERS = [
    Settings(contrast=1.0),
    Settings(contrast=0.1, brightness=-2.0, eps=1e-8, offset=1.0, spread=0.0),
    Settings(contrast=3.0, brightness=2.0, eps=0.1, offset=1e8, spread=1.5),
    Settings(invert=True),
]


def title(chart):
    return chart.figure["layout"]["title"]["text"]


def chart(view, name, trace=None, **settings):
    trace = trace or LAB.run(view, Settings(**settings))
    return next(chart for chart in LAB.view(view).charts(trace) if chart.id == name)


@pytest.mark.parametrize("settings", CORNERS, ids=str)
@pytest.mark.parametrize("view", LAB.views, ids=lambda view: view.name)
def test_plotly_accepts_all_charts(settings, view):
    trace = view.run(settings)
    formula = view.formula(trace)
    assert "nan" not in formula
    assert "inf" not in formula.replace(r"\infty", "")
    for drawn in view.charts(trace):
        still(drawn.figure, mode="dark")
        assert lengths(drawn.figure) == set()
        assert "nan" not in title(drawn)
        assert "nan" not in drawn.alt


def test_the_sentence_names_the_change_and_has_the_numbers_of_the_trace():
    trace = LAB.run("shift", Settings(contrast=0.5, brightness=-1.0, invert=True))
    said = LAB.view("shift").takeaway(trace)
    assert said.startswith("Contrast ×0.5, brightness −1, inverted: BN")
    for share in trace.found.accuracy:
        assert f"{share:.0%}" in said
    unchanged = LAB.run("shift", Settings(contrast=1.0))
    assert LAB.view("shift").takeaway(unchanged).startswith("Unchanged pictures")


@pytest.mark.parametrize(
    ("settings", "contrast", "brightness"),
    [
        ({}, "Contrast ×0.3 alone", "Brightness unchanged"),
        ({"contrast": 1.0, "brightness": 2.0}, "Contrast unchanged", "Brightness +2 alone"),
        ({"brightness": -1.0}, "Contrast ×0.3 alone", "Brightness −1 alone"),
        ({"contrast": 1.0}, "Contrast unchanged", "Brightness unchanged"),
        ({"contrast": 1.0, "invert": True}, "Inverted alone", "Inverted alone"),
        ({"invert": True}, "Contrast ×0.3, inverted alone", "Inverted alone"),
    ],
    ids=str,
)
def test_titles_name_only_what_changes_and_have_the_numbers_of_the_dots(
    settings, contrast, brightness
):
    trace = LAB.run("shift", Settings(**settings))
    for name, start in (("contrast", contrast), ("brightness", brightness)):
        drawn = chart("shift", name, trace)
        assert title(drawn).startswith(f"{start}: BN")
        dots = [part for part in drawn.figure["data"] if part.get("mode") == "markers"]
        assert len(dots) == len(ARMS)
        assert all(f"{dot['y'][0]:.0f}%" in title(drawn) for dot in dots)


def test_other_titles_have_the_numbers_of_the_trace():
    scales, gain = LAB.run("scales"), LAB.run("gain")
    hidden, inputs = scales.found.accuracy[1:3]
    assert f"hidden BN {hidden:.0%}, standardized inputs {inputs:.0%}" in title(
        chart("scales", "over_spread", scales)
    )
    assert f"{gain.found.pixels.n} constant pixels" in title(chart("gain", "constant", gain))


def test_arms_have_the_colours_of_the_house():
    drawn = chart("shift", "contrast").figure["data"]
    lines = {t["name"]: t["line"] for t in drawn if t["mode"] == "lines" and "dash" in t["line"]}
    assert lines["BN"] == {"color": theme.EVAL.color, "dash": theme.EVAL.dash}
    assert lines["no norm"] == {"color": theme.WITHOUT.color, "dash": "dash"}
    assert len({line["dash"] for line in lines.values()}) == len(ARMS)


def test_bands_are_only_drawn_where_they_were_recorded():
    def bands(**settings):
        drawn = chart("shift", "contrast", **settings).figure["data"]
        return [t for t in drawn if t.get("fill") == "tonexty"]

    assert len(bands()) == len(ARMS)
    assert bands(invert=True) == []


@pytest.mark.parametrize("eps", EPSILONS)
def test_measured_dots_lie_on_the_line_of_the_chosen_eps(eps):
    trace = LAB.run("gain", Settings(eps=eps))
    for name in ("output", "gains"):
        drawn = chart("gain", name, trace).figure["data"]
        line, dots = (
            next(t for t in drawn if t["mode"] == mode and t["name"].startswith("ε = ")
                 and what in t["name"])
            for mode, what in (("lines", "/"), ("markers", "measured"))
        )  # fmt: skip
        np.testing.assert_allclose(line["y"], dots["y"], rtol=1e-9)


def test_overflows_are_gaps_and_titles_say_so():
    half, single = (chart("precision", dtype) for dtype in ("float16", "float32"))
    line = next(t for t in half.figure["data"] if t.get("name") == "one pass")
    assert np.isnan(line["y"][4:]).all()
    assert "too large" in title(half)
    assert "no digit left from a mean of 3000 on" in title(single)
    assert [t["name"] for t in single.figure["data"][: len(WAYS)]] == list(WAYS)


def test_a_type_that_keeps_its_digits_says_that():
    trace = LAB.run("precision")
    kept = replace(trace.found, error=np.full((3, 3, len(OFFSETS)), 1e-9))
    drawn = chart("precision", "float64", replace(trace, found=kept))
    assert title(drawn) == "float64: one pass keeps some digits up to here"


@given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
def test_labels_stand_apart_in_their_order(heights):
    places = apart(heights, gap=8, high=101)
    order = np.argsort(heights, kind="stable")
    assert (np.diff(np.array(places)[order]) >= 8 - 1e-9).all()
    assert max(places) <= 101
