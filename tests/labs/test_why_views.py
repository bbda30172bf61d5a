"""The charts of the lab on why batch norm works show the numbers of the trace."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.labs.why import LAB, Settings
from bnviz.numerals import short
from tests.lessons import begun, drawn, named
from tests.told import check_told


@pytest.fixture(scope="module")
def noise():
    return LAB.run("noise")


def test_the_lines_are_the_numbers_of_the_trace(noise):
    line = named(drawn(LAB, "noise", "loss", noise), "noisy BN")["y"]
    assert line[-1] == pytest.approx(noise.found["noisy_bn"].last_loss)
    drift = named(drawn(LAB, "noise", "drift", noise), "no norm")["y"]
    np.testing.assert_array_equal(drift, noise.found["none"].drift)
    matrices = LAB.run("correlation")
    shown = drawn(LAB, "correlation", "after", matrices)["data"][0]["z"]
    np.testing.assert_allclose(shown, matrices.found.after, atol=1e-4)


def test_a_drift_in_a_sentence_is_where_its_line_ends(noise):
    for view, trace in (("noise", noise), ("percentiles", LAB.run("percentiles"))):
        said = LAB.view(view).takeaway(trace)
        for name in ("no norm", "BN"):
            line = named(drawn(LAB, view, "drift", trace), name)
            assert short(float(line["y"][-1])) in said, (view, name)


def test_a_run_that_diverges_is_said_to(noise):
    lost = noise.found["noisy_none"]
    assert lost.diverged
    text = drawn(LAB, "noise", "loss", noise)["layout"]["annotations"][0]["text"]
    assert f"diverges at step {lost.diverged_at}" in text


def test_before_the_end_no_figure_claims_a_result():
    view = LAB.view("noise")
    for chart in view.charts(begun(view, Settings(seed=98))):
        assert "learning" in chart.figure["layout"]["title"]["text"]


def test_both_units_are_drawn_on_the_same_axes_with_their_numbers():
    trace = LAB.run("percentiles")
    found = trace.found
    pair = [drawn(LAB, "percentiles", name, trace) for name in ("without", "with")]
    assert pair[0]["layout"]["yaxis"] == pair[1]["layout"]["yaxis"]
    for j, figure in enumerate(pair):
        np.testing.assert_array_equal(named(figure, "median")["y"], found.percentiles[j, :, 1])
    middle = np.median(found.accuracy[1], -1)
    accuracy = drawn(LAB, "percentiles", "accuracy", trace)
    np.testing.assert_allclose(named(accuracy, "BN")["y"], 100 * middle)


def test_bands_are_the_numbers_of_the_trace():
    trace = LAB.run("band")
    found = trace.found
    data = drawn(LAB, "band", "losses", trace)["data"]
    np.testing.assert_array_equal(data[0]["y"], found.low[0])
    np.testing.assert_array_equal(data[3]["y"], found.high[1])
    smoothness = named(drawn(LAB, "band", "smoothness", trace), "BN")["y"]
    np.testing.assert_array_equal(smoothness, found.smoothness[1])
    width = named(drawn(LAB, "band", "width", trace), "no norm")["y"]
    np.testing.assert_allclose(width, found.high[0] - found.low[0])


def test_cosines_are_the_numbers_of_the_trace():
    trace = LAB.run("agreement")
    cosine = trace.found.cosine
    line = named(drawn(LAB, "agreement", "over_time", trace), "BN")["y"]
    np.testing.assert_allclose(line, cosine[1, :, 1:].mean(-1))
    layers = named(drawn(LAB, "agreement", "late_layers", trace), "no norm")
    np.testing.assert_allclose(layers["y"], cosine[0, 10:].mean(0))
    assert layers["x"].tolist() == list(range(1, 12))


@pytest.mark.parametrize("at", [2, 7])
@pytest.mark.parametrize(
    ("name", "arrays", "told"),
    [("band", ("losses", "smoothness"), "median"), ("agreement", ("cosine", "ratio"), "overline")],
)
def test_where_a_network_diverges_it_is_said_and_the_other_is_told(name, arrays, told, at):
    view, trace = LAB.view(name), LAB.run(name, Settings(depth=3))
    lost = {array: getattr(trace.found, array).copy() for array in arrays}
    for values in lost.values():
        values[0, at:] = np.nan
    cut = replace(trace, found=replace(trace.found, **lost))
    assert cut.found.diverged.tolist() == [True, False]
    assert "the network without norm diverges" in view.takeaway(cut)
    assert view.formula(cut).count(told) == 1
    check_told(view, cut)
