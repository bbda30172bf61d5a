"""What the views of train and eval say and draw."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures.frames import Frames, lengths
from bnviz.figures.still import still
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import LAB, Settings
from bnviz.labs.train_eval.loss_view import nats, over_batch_sizes, over_steps
from bnviz.labs.train_eval.running_view import memory, percent, reach

CASES = [
    Settings(),
    Settings(batch_size=128, momentum=None),
    Settings(batch_size=2, momentum=1.0, start="zero"),
    Settings(start="corrected", momentum=0.001, frozen_after=10),
]


@pytest.fixture(scope="module")
def default():
    return LAB.run("loss", Settings())


def told(view, trace):
    return LAB.view(view).takeaway(trace)


def titles(figure):
    text = figure["layout"]["title"]["text"]
    return text.values if isinstance(text, Frames) else [text]


@pytest.mark.parametrize("settings", CASES, ids=str)
@pytest.mark.parametrize("view", LAB.views, ids=lambda view: view.name)
def test_titles_are_short_and_move_with_the_steps(settings, view):
    trace = view.run(settings)
    for chart in view.charts(trace):
        assert lengths(chart.figure) <= {len(view.times(trace).steps)}
        assert all(len(text) <= 75 for text in titles(chart.figure)), titles(chart.figure)
        assert still(chart.figure, 0, mode="dark").layout.xaxis.title.text


def test_numbers_are_written_for_a_reader():
    losses, shares = (1.004, 0.0042, 1e6, np.inf), (0.349, 0.0042, 1e-9, 1.0)
    assert [*map(nats, losses)] == ["1.00", "0.0042", "10⁶", "too large"]
    assert [*map(percent, shares)] == ["35%", "0.42%", "less than 0.01%", "100%"]


def test_memory_tells_half_life_and_start():
    def said(**settings):
        return reach(LAB.run("running", Settings(**settings)))

    assert "every 6.6 steps" in said()
    assert said(frozen_after=10).endswith("35%")
    assert "693 steps, and the correction" in said(momentum=0.001, start="corrected")
    assert "never forgets" in said(momentum=None)


def test_the_verdict_follows_the_numbers(default):
    three = {
        (1.0, 0.5, 0.4): "precise statistics are best",
        (1.0, 0.4, 0.5): ": running statistics are best",
        (0.4, 0.402, 0.401): "the three are about the same",
        (0.1645, 0.1551, 0.1545): "the three are about the same",
        (0.19, 0.1549, 0.1451): "worst, and the other two are about the same",
        (0.8, 0.401, 0.4): "the test batch's own statistics are worst",
        (0.4, np.inf, 0.4): "too large",
    }
    for losses, words in three.items():
        found = replace(default.found, loss=np.array([losses]), steps=np.array([0]))
        assert words in told("loss", replace(default, found=found))


def test_large_dots_are_this_run_and_lines_are_the_record(default):
    data = over_batch_sizes(default)["data"]
    dots, lines, diamonds = (
        [part for part in data if part.get("name", "").endswith(end)]
        for end in ("this run", "statistics, recorded", "steps, recorded")
    )
    stored = recorded("train_eval")["batch_size"]
    for place, (dot, drawn, way) in enumerate(zip(dots, lines, stored.values, strict=True)):
        assert dot["x"] == [4]
        np.testing.assert_array_equal(dot["y"].values[:, 0], default.found.loss[:, place])
        np.testing.assert_allclose(drawn["y"], stored.values[way].mean(1))
        # Seed 0 is one of the recorded ones; with batches of 4 another processor's last digits
        # grow to some per cent in 300 steps.
        assert stored.values[way][1, 0] == pytest.approx(default.found.loss[-1, place], rel=0.1)
    later = recorded("train_eval")["later"].values
    for diamond, loss in zip(diamonds, later.values(), strict=True):
        assert (*diamond["x"], *diamond["y"]) == (2, pytest.approx(loss.mean()))


def test_the_title_names_the_mode_that_is_worse(default):
    batch, running, _ = default.found.loss[-1]
    times = f"{batch / running:.2f}"
    assert f"train mode's loss is {times} times eval mode's" in titles(over_steps(default))[-1]
    turned = replace(default.found, loss=default.found.loss[:, [1, 0, 2]])
    assert (
        f"eval mode's loss is {times} times train mode's"
        in titles(over_steps(replace(default, found=turned)))[-1]
    )


def test_the_weights_of_the_batches_fall_on_a_straight_line(default):
    y = memory(default)["data"][0]["y"].values[-1]
    falls = np.diff(np.log(y[-50:]))
    np.testing.assert_allclose(falls, -np.log(0.9), rtol=1e-6)
