"""The figures of the lab on why batch norm works show the numbers of the trace."""

import numpy as np
import pytest

from bnviz.figures.why import agreement, band, correlation, noise, percentiles
from bnviz.labs.why import Settings, run
from bnviz.labs.why.trace import Experiment


@pytest.fixture(scope="module")
def trace():
    return run(Settings())


def named(figure, name):
    return next(part for part in figure["data"] if part.get("name") == name)


def test_the_lines_are_the_numbers_of_the_trace(trace):
    line = named(noise.loss(trace), "noisy BN")["y"]
    assert line[-1] == pytest.approx(trace.noisy_bn.last_loss)
    drift = named(noise.drift(trace), "no norm")["y"]
    np.testing.assert_array_equal(drift, trace.none.drift)
    shown = correlation.after(trace)["data"][0]["z"]
    np.testing.assert_allclose(shown, trace.correlation.after, atol=1e-4)


def test_a_run_that_diverges_is_said_to(trace):
    assert trace.noisy_none.diverged
    text = noise.loss(trace)["layout"]["annotations"][0]["text"]
    assert f"diverges at step {trace.noisy_none.diverged_at}" in text


def test_before_the_end_no_figure_claims_a_result():
    begun = Experiment(Settings(seed=98), "noise").trace()
    for figure in (noise.loss, noise.drift):
        assert "learning" in figure(begun)["layout"]["title"]["text"]


def test_both_units_are_drawn_on_the_same_axes_with_their_numbers(trace):
    found = trace.percentiles
    pair = [percentiles.without(trace), percentiles.with_bn(trace)]
    assert pair[0]["layout"]["yaxis"] == pair[1]["layout"]["yaxis"]
    for j, figure in enumerate(pair):
        np.testing.assert_array_equal(named(figure, "median")["y"], found.percentiles[j, :, 1])
    middle = np.median(found.accuracy[1], -1)
    np.testing.assert_allclose(named(percentiles.accuracy(trace), "BN")["y"], 100 * middle)


def test_bands_and_cosines_are_the_numbers_of_the_trace(trace):
    found = trace.band
    drawn = band.losses(trace)["data"]
    np.testing.assert_array_equal(drawn[0]["y"], found.low[0])
    np.testing.assert_array_equal(drawn[3]["y"], found.high[1])
    np.testing.assert_array_equal(named(band.smoothness(trace), "BN")["y"], found.smoothness[1])
    width = named(band.width(trace), "no norm")["y"]
    np.testing.assert_allclose(width, found.high[0] - found.low[0])
    cosines = trace.agreement
    line = named(agreement.over_time(trace), "BN")["y"]
    np.testing.assert_allclose(line, cosines.cosine[1, :, 1:].mean(-1))
    layers = named(agreement.late_layers(trace), "no norm")
    np.testing.assert_allclose(layers["y"], cosines.cosine[0, 10:].mean(0))
    assert layers["x"].tolist() == list(range(1, 12))
