"""The figures of the lab on regularization show the numbers of the trace."""

import numpy as np
import pytest

from bnviz.figures.regularization import charts, clean, dropout, memory
from bnviz.labs.regularization import LESSON, Settings, findings, run
from bnviz.labs.regularization.trace import Experiment


@pytest.fixture(scope="module")
def trace():
    return run(Settings(n_steps=1000))


def named(figure, name):
    return next(part for part in figure["data"] if part.get("name") == name)


def test_the_lines_are_the_numbers_of_the_trace(trace):
    line = named(memory.memorized(trace), "BN: this run")
    np.testing.assert_array_equal(line["y"], 100 * trace.memory.normed.memorized)
    line = named(memory.unseen(trace), "no norm: this run")
    np.testing.assert_array_equal(line["y"], 100 * trace.memory.plain.accuracy)
    np.testing.assert_array_equal(named(dropout.variance(trace), "met")["y"], trace.shift.met)
    dot = named(dropout.loss(trace), "re-estimated: this run")
    assert dot["y"] == [trace.shift.loss[1]]
    median = named(clean.accuracy(trace), "BN: median")
    np.testing.assert_array_equal(median["y"], 100 * trace.bands.clean[1, :, 1])
    assert clean.n_overlapping(trace) == 5


def test_bands_over_the_steps_are_of_the_same_settings_or_not_drawn(trace):
    assert not any("starts" in part.get("name", "") for part in memory.memorized(trace)["data"])
    begun = Experiment(Settings(batch_size=8)).trace()
    band = [p for p in memory.memorized(begun)["data"] if p.get("name") == "BN: 5 starts"]
    np.testing.assert_array_equal(band[1]["y"], 100 * begun.bands.memorized[2, 1, 1])


def test_before_the_end_nothing_claims_a_result():
    begun = Experiment(Settings()).trace()
    for view in ("memory", "dropout"):
        assert "learning" in findings.takeaway(begun, view)
        for chart in charts(begun, view):
            title = chart.figure["layout"]["title"]["text"]
            assert "learning" in title or title.startswith("Recorded")
    assert set(LESSON.views) == {"memory", "dropout", "clean"}
