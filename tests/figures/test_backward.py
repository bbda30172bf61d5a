"""The pictures of the backward pass: numbers of the trace, true titles, house style."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import backward as figures
from bnviz.figures import theme
from bnviz.figures.backward import style
from bnviz.figures.frames import encode, lengths
from bnviz.figures.still import still
from bnviz.labs.backward import LESSON, Settings, run
from bnviz.labs.backward.digits import Digits
from bnviz.labs.backward.drift import CONSTANTS, RIGHT

CASES = [
    Settings(),
    Settings(upstream="x"),
    Settings(upstream="random", batch_size=64),
    Settings(upstream="one", batch_size=2, sample=64),
    Settings(mode="eval"),
    Settings(constants=True),
    Settings(gamma=0.0),
    Settings(lr=10.0, learned=True),
    Settings(eps=1.0, seed=99),
]
EACH = pytest.mark.parametrize("settings", CASES, ids=str)
VIEWS = pytest.mark.parametrize("view", LESSON.views)
LARGEST_BYTES = 30_000


def chart(settings, view, name):
    (found,) = (c for c in figures.charts(run(settings), view) if c.id == name)
    return found


def title(found):
    return found.figure["layout"]["title"]["text"]


@EACH
@VIEWS
def test_every_view_has_at_most_four_charts_that_can_be_drawn(settings, view):
    charts = figures.charts(run(settings), view)
    assert 1 <= len(charts) <= 4
    assert len({c.id for c in charts}) == len(charts)
    for c in charts:
        assert title(c)
        assert "nan" not in title(c)
        assert c.alt.startswith(title(c))
        assert lengths(c.figure) == set()
        assert len(json.dumps(encode(c.figure))) < LARGEST_BYTES
        drawn = still(c.figure)
        for axis in (drawn.layout.xaxis, drawn.layout.yaxis):
            assert axis.title.text is not None
            assert axis.range is None or axis.range[0] < axis.range[1]
            assert axis.range is None or np.isfinite(axis.range).all()


@VIEWS
def test_colours_are_those_of_the_house(view):
    text = json.dumps(encode([c.figure for c in figures.charts(run(Settings()), view)]))
    known = {role.color for role in theme.ROLES} | {role.text for role in theme.ROLES}
    used = {text[i : i + 7] for i in range(len(text)) if text[i] == "#"}
    assert used <= known | {theme.RULE}


def test_the_stack_of_a_sample_ends_at_what_came_from_above():
    for seed in range(3):
        trace = run(Settings(upstream="random", seed=seed))
        parts = chart(trace.settings, "parts", "parts").figure
        *stack, above = parts["data"]
        assert parts["layout"]["barmode"] == "relative"
        np.testing.assert_allclose(sum(bar["y"] for bar in stack), above["y"], atol=1e-12)
        assert [bar["marker"]["color"] for bar in stack] == [
            style.REMOVED.color,
            style.REMOVED.color,
            style.RIGHT.color,
        ]
        assert stack[1]["marker"]["pattern"]["shape"]


def test_rounding_is_not_drawn_as_a_gradient():
    found = chart(Settings(), "parts", "arriving")
    low, high = found.figure["layout"]["yaxis"]["range"]
    assert high - low > 0.3
    assert np.abs(found.figure["data"][0]["y"]).max() < 1e-15
    assert title(found) == "No sample gets a gradient: every dx is 0, up to rounding"


def test_a_gradient_of_nothing_is_seen_on_the_zero_line():
    for settings, mode in ((Settings(), "markers"), (Settings(upstream="random"), None)):
        (dx, _), (*_, passes, _) = (
            chart(settings, "parts", name).figure["data"] for name in ("arriving", "parts")
        )
        assert (dx["name"], passes["name"]) == ("dx", "passes")
        assert dx.get("mode") == passes.get("mode") == mode


def test_the_wrong_gradient_is_drawn_as_one():
    found = chart(Settings(constants=True), "parts", "arriving")
    assert found.figure["data"][0]["marker"]["color"] == style.WRONG.color
    assert "constants" in found.figure["data"][0]["name"]
    assert "Nothing is taken out" in title(chart(Settings(constants=True), "parts", "parts"))
    evaluated = chart(Settings(mode="eval", constants=True), "parts", "arriving")
    assert evaluated.figure["data"][0]["marker"]["color"] == style.RIGHT.color


def test_strokes_reach_from_the_line_to_the_points():
    trace = run(Settings(upstream="random"))
    strokes, line, points = chart(trace.settings, "parts", "line").figure["data"]
    ends = strokes["y"].reshape(-1, 3)
    np.testing.assert_allclose(ends[:, 0], line["y"])
    np.testing.assert_allclose(ends[:, 1], points["y"])
    order = np.argsort(trace.unit.x_hat_N)
    np.testing.assert_allclose(ends[:, 1] - ends[:, 0], trace.unit.rest_N[order], atol=1e-12)


def test_slopes_lie_on_the_diagonal_and_those_with_constants_do_not():
    diagonal, wrong, right = chart(Settings(), "check", "comparison").figure["data"]
    np.testing.assert_allclose(right["y"], right["x"], atol=1e-8)
    assert np.abs(wrong["y"] - wrong["x"]).max() > 0.1
    assert diagonal["x"] == diagonal["y"]
    assert "no step mends the wrong one" in title(chart(Settings(), "check", "error"))
    assert "Both agree" in title(chart(Settings(mode="eval"), "check", "error"))


@pytest.mark.parametrize("name", ["drift", "loss", "weights"])
def test_both_trainings_have_their_role_and_their_name(name):
    data = chart(Settings(), "constants", name).figure["data"]
    lines = [trace for trace in data if trace["mode"] == "lines"]
    assert [line["line"]["color"] for line in lines] == [style.RIGHT.color, style.WRONG.color]
    assert [line["line"]["dash"] for line in lines] == ["solid", "longdash"]
    assert [trace["text"][0].strip() for trace in data if trace["mode"] == "text"] == [
        "right",
        "constants",
    ]


def test_a_training_that_overflows_is_a_gap_and_is_said():
    from bnviz.labs.backward import findings

    trace = run(Settings())
    loss, weight, bias = (
        part.copy() for part in (trace.digits.loss_TR, trace.digits.weight_TR, trace.digits.bias_TR)
    )
    for part in (loss, weight, bias):
        part[20:, CONSTANTS] = np.nan
    lost = replace(trace, digits=Digits(loss, weight, bias))
    with np.errstate(all="raise"):
        charts = {c.id: c for c in figures.charts(lost, "constants")}
    assert charts["loss"].alt.startswith("Digits: loss overflow with constants")
    assert "a loss has overflowed" in findings.takeaway(lost, "constants")
    for name in ("loss", "weights"):
        lines = [t for t in charts[name].figure["data"] if t["mode"] == "lines"]
        assert np.isnan(lines[CONSTANTS]["y"][-1])
        assert np.isfinite(lines[RIGHT]["y"]).all()
        assert np.isfinite(charts[name].figure["layout"]["yaxis"]["range"]).all()


def test_the_dead_bias_stands_far_from_the_weights():
    weights, bias = chart(Settings(), "bias", "gradients").figure["data"]
    rows = list(bias["y"])
    assert weights["x"][rows.index("train")] > 1e12 * bias["x"][rows.index("train")]
    assert weights["x"][rows.index("eval")] < 1e3 * bias["x"][rows.index("eval")]
    train, evaluated = chart(Settings(), "bias", "shifts").figure["data"]
    assert np.ptp(train["y"]) < 1e-12 < 0.1 < np.ptp(evaluated["y"])
