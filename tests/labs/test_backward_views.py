"""The pictures of the backward pass: numbers of the trace, true titles, house style."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import encode
from bnviz.labs.backward import LAB, Settings
from bnviz.labs.backward.drift import CONSTANTS, RIGHT
from bnviz.labs.backward.parts_view import REMOVED, WRONG
from bnviz.labs.backward.parts_view import RIGHT as BLUE
from bnviz.labs.backward.training import Training
from bnviz.labs.backward.unit import unit
from tests.lessons import drawn
from tests.told import check_told

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
VIEWS = pytest.mark.parametrize("view", [view.name for view in LAB.views])


def figure(settings, view, name):
    """Give one figure of a view."""
    return drawn(LAB, view, name, LAB.run(view, settings))


def title(found):
    return found["layout"]["title"]["text"]


@EACH
@VIEWS
def test_every_corner_can_be_told_and_drawn(settings, view):
    shown = LAB.view(view)
    check_told(shown, shown.run(settings), drawn=True)


@VIEWS
def test_colours_are_those_of_the_house(view):
    text = json.dumps(encode([c.figure for c in LAB.view(view).charts(LAB.run(view))]))
    known = {role.color for role in theme.ROLES} | {role.text for role in theme.ROLES}
    used = {text[i : i + 7] for i in range(len(text)) if text[i] == "#"}
    assert used <= known | {theme.RULE}


def test_the_stack_of_a_sample_ends_at_what_came_from_above():
    for seed in range(3):
        parts = figure(Settings(upstream="random", seed=seed), "parts", "parts")
        *stack, above = parts["data"]
        assert parts["layout"]["barmode"] == "relative"
        np.testing.assert_allclose(sum(bar["y"] for bar in stack), above["y"], atol=1e-12)
        assert [bar["marker"]["color"] for bar in stack] == [
            REMOVED.color,
            REMOVED.color,
            BLUE.color,
        ]
        assert stack[1]["marker"]["pattern"]["shape"]


def test_rounding_is_not_drawn_as_a_gradient():
    found = figure(Settings(), "parts", "arriving")
    low, high = found["layout"]["yaxis"]["range"]
    assert high - low > 0.3
    assert np.abs(found["data"][0]["y"]).max() < 1e-15
    assert title(found) == "No sample gets a gradient: every dx is 0, up to rounding"


def test_a_gradient_of_nothing_is_seen_on_the_zero_line():
    for settings, mode in ((Settings(), "markers"), (Settings(upstream="random"), None)):
        (dx, _), (*_, passes, _) = (
            figure(settings, "parts", name)["data"] for name in ("arriving", "parts")
        )
        assert (dx["name"], passes["name"]) == ("dx", "passes")
        assert dx.get("mode") == passes.get("mode") == mode


def test_the_wrong_gradient_is_drawn_as_one():
    found = figure(Settings(constants=True), "parts", "arriving")
    assert found["data"][0]["marker"]["color"] == WRONG.color
    assert "constants" in found["data"][0]["name"]
    assert "Nothing is taken out" in title(figure(Settings(constants=True), "parts", "parts"))
    evaluated = figure(Settings(mode="eval", constants=True), "parts", "arriving")
    assert evaluated["data"][0]["marker"]["color"] == BLUE.color


def test_strokes_reach_from_the_line_to_the_points():
    settings = Settings(upstream="random")
    u = unit(settings)
    strokes, line, points = figure(settings, "parts", "line")["data"]
    ends = strokes["y"].reshape(-1, 3)
    np.testing.assert_allclose(ends[:, 0], line["y"])
    np.testing.assert_allclose(ends[:, 1], points["y"])
    order = np.argsort(u.x_hat_N)
    np.testing.assert_allclose(ends[:, 1] - ends[:, 0], u.rest_N[order], atol=1e-12)


def test_slopes_lie_on_the_diagonal_and_those_with_constants_do_not():
    diagonal, wrong, right = figure(Settings(), "check", "comparison")["data"]
    np.testing.assert_allclose(right["y"], right["x"], atol=1e-8)
    assert np.abs(wrong["y"] - wrong["x"]).max() > 0.1
    assert diagonal["x"] == diagonal["y"]
    assert "no step mends the wrong one" in title(figure(Settings(), "check", "error"))
    assert "Both agree" in title(figure(Settings(mode="eval"), "check", "error"))


@pytest.mark.parametrize("name", ["drift", "loss", "weights"])
def test_both_trainings_have_their_role_and_their_name(name):
    data = figure(Settings(), "constants", name)["data"]
    lines = [trace for trace in data if trace["mode"] == "lines"]
    assert [line["line"]["color"] for line in lines] == [BLUE.color, WRONG.color]
    assert [line["line"]["dash"] for line in lines] == ["solid", "longdash"]
    assert [trace["text"][0].strip() for trace in data if trace["mode"] == "text"] == [
        "right",
        "constants",
    ]


def test_a_training_that_overflows_is_a_gap_and_is_said():
    trace, view = LAB.run("constants"), LAB.view("constants")
    done = trace.found.training
    loss, weight, bias = (part.copy() for part in (done.loss_TR, done.weight_TR, done.bias_TR))
    for part in (loss, weight, bias):
        part[20:, CONSTANTS] = np.nan
    lost = replace(trace, found=replace(trace.found, training=Training(loss, weight, bias)))
    with np.errstate(all="raise"):
        charts = {c.id: c for c in view.charts(lost)}
    assert charts["loss"].alt.startswith("Digits: loss overflow with constants")
    assert "a loss has overflowed" in view.takeaway(lost)
    for name in ("loss", "weights"):
        lines = [t for t in charts[name].figure["data"] if t["mode"] == "lines"]
        assert np.isnan(lines[CONSTANTS]["y"][-1])
        assert np.isfinite(lines[RIGHT]["y"]).all()
        assert np.isfinite(charts[name].figure["layout"]["yaxis"]["range"]).all()


def test_the_dead_bias_stands_far_from_the_weights():
    weights, bias = figure(Settings(), "bias", "gradients")["data"]
    rows = list(bias["y"])
    assert weights["x"][rows.index("train")] > 1e12 * bias["x"][rows.index("train")]
    assert weights["x"][rows.index("eval")] < 1e3 * bias["x"][rows.index("eval")]
    train, evaluated = figure(Settings(), "bias", "shifts")["data"]
    assert np.ptp(train["y"]) < 1e-12 < 0.1 < np.ptp(evaluated["y"])
