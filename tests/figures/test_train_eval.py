"""The pictures of train and eval: what moves, what is recorded, and that all fits on the axes."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import Frames, encode, lengths
from bnviz.figures.still import still
from bnviz.figures.train_eval import VIEWS, bars, charts, memory, over_batch_sizes, over_steps
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import Experiment, Settings, run
from bnviz.labs.train_eval.lesson import LESSON
from bnviz.labs.train_eval.settings import BUGS

CASES = [
    Settings(),
    Settings(batch_size=128, momentum=None),
    Settings(batch_size=2, momentum=1.0, start="zero", bug="sorted"),
    Settings(start="corrected", momentum=0.001, frozen_after=10, bug="shifted"),
]


@pytest.fixture(scope="module", params=CASES, ids=str)
def trace(request):
    return run(request.param)


@pytest.fixture(scope="module")
def default():
    return run(Settings())


def titles(figure):
    text = figure["layout"]["title"]["text"]
    return text.values if isinstance(text, Frames) else [text]


def test_the_views_are_those_of_the_lesson():
    assert list(VIEWS) == list(LESSON.views)


@pytest.mark.parametrize("view", VIEWS)
def test_every_chart_is_of_the_house(trace, view):
    drawn = charts(trace, view)
    assert 1 <= len(drawn) <= 4
    for chart in drawn:
        assert lengths(chart.figure) <= {len(trace.steps)}
        assert all(len(text) <= 75 for text in titles(chart.figure)), titles(chart.figure)
        assert not any("nan" in text for text in titles(chart.figure))
        layout = still(chart.figure, 0).layout
        assert layout.xaxis.title.text
        for mode in ("light", "dark"):
            still(chart.figure, mode=mode)
        assert len(json.dumps(encode(chart.figure))) < 60_000
        words = chart.alt.values if isinstance(chart.alt, Frames) else [chart.alt]
        assert all(len(text) > 40 for text in words)


@pytest.mark.parametrize("view", VIEWS)
def test_the_first_piece_of_a_run_is_drawn(view):
    early = Experiment(Settings(bug="sorted")).trace()
    assert len(early.steps) == 1
    for chart in charts(early, view):
        assert lengths(chart.figure) <= {1}
        still(chart.figure)


def test_large_dots_are_this_run_and_lines_are_the_record(default):
    data = over_batch_sizes(default)["data"]
    dots = [part for part in data if part.get("mode") == "markers"]
    lines = [part for part in data if "recorded" in part.get("name", "")]
    stored = recorded("train_eval")["batch_size"]
    for place, (dot, drawn, way) in enumerate(zip(dots, lines, stored.values, strict=True)):
        assert dot["x"] == [4]
        np.testing.assert_array_equal(dot["y"].values[:, 0], default.loss[:, place])
        np.testing.assert_allclose(drawn["y"], stored.values[way].mean(1))
        # Seed 0 is one of the recorded ones: live and recorded number are the same.
        assert stored.values[way][1, 0] == pytest.approx(default.loss[-1, place], rel=1e-4)


def test_the_title_names_the_mode_that_is_worse(default):
    assert "train mode's loss is 1.80 times eval mode's" in titles(over_steps(default))[-1]
    turned = replace(default, loss=default.loss[:, [1, 0, 2]])
    assert "eval mode's loss is 1.80 times train mode's" in titles(over_steps(turned))[-1]


def test_the_weights_of_the_batches_fall_on_a_straight_line(default):
    y = memory(default)["data"][0]["y"].values[-1]
    falls = np.diff(np.log(y[-50:]))
    np.testing.assert_allclose(falls, -np.log(0.9), rtol=1e-6)


@pytest.mark.parametrize("bug", BUGS)
def test_bars_are_the_outcomes_and_only_the_bug_is_hatched(bug):
    trace = run(Settings(bug=bug, batch_size=8))
    drawn = [part for part in bars(trace, "loss")["data"] if part["type"] == "bar"]
    assert [bar["x"][0] for bar in drawn] == [outcome.loss for outcome in trace.outcomes]
    kinds = {outcome.kind for bar, outcome in zip(drawn, trace.outcomes, strict=True)
             if "pattern" in bar["marker"]}  # fmt: skip
    assert kinds <= {"bug", "no repair"}
    assert "bug" in kinds
    colours = {
        bar["marker"]["color"]
        for bar, outcome in zip(drawn, trace.outcomes, strict=True)
        if outcome.kind == "control"
    }
    assert colours <= {theme.WITHOUT.color}
    low, high = bars(trace, "loss")["layout"]["xaxis"]["range"]
    assert low == 0
    assert max(outcome.loss for outcome in trace.outcomes) < high


def test_the_recorded_range_is_drawn_where_it_was_recorded_only(default):
    names = [part.get("name", "") for part in bars(default, "accuracy")["data"]]
    assert any("recorded" in name for name in names)
    other = replace(default, settings=Settings(batch_size=8))
    assert not any("recorded" in part.get("name", "") for part in bars(other, "accuracy")["data"])
