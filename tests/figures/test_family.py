"""The pictures of the lab on the normalization family: what they state is in the trace."""

import numpy as np
import pytest

from bnviz.figures import family as figures
from bnviz.labs.family import Experiment, Settings


@pytest.fixture(scope="module")
def trace():
    experiment = Experiment(Settings())
    experiment.advance()
    return experiment.trace()


def test_the_live_network_is_drawn_at_its_batch_size(trace):
    live = figures.charts(trace, "sizes")[0].figure["data"][-1]
    assert (live["x"], live["y"]) == ([2], [100 * trace.live])


def test_the_best_norm_stands_at_the_top(trace):
    ranks = figures.charts(trace, "sizes")[1].figure["data"][0]
    assert ranks["x"] == sorted(ranks["x"])
    assert ranks["y"][0] in ("BN", "ghost BN")


def test_pictures_are_colours(trace):
    charts = figures.charts(trace, "picture")
    assert [chart.id for chart in charts] == ["content", "normed", "style", "styled"]
    for chart in charts:
        z = np.array(chart.figure["data"][0]["z"])
        assert z.shape == (24, 24, 3)
        assert 0 <= z.min() < z.max() <= 255
