"""The figures of the depth lab: what they draw is what the trace holds, also while it runs."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import signal as figures
from bnviz.figures import theme
from bnviz.figures.frames import encode, lengths
from bnviz.figures.still import still
from bnviz.labs.signal import LESSON, Experiment, Settings, run
from bnviz.labs.signal.growth import BATCH_SIZES, SCALES, expected
from bnviz.labs.signal.training import Live

SMALL = Settings(width=64, depth=6)
TRACE = run(SMALL)
RELU = run(replace(SMALL, activation="relu"))
VIEWS = tuple(LESSON.views)


def lines(figure, **wanted):
    """Find the traces with these values."""
    return [t for t in figure["data"] if all(t.get(key) == value for key, value in wanted.items())]


def test_each_unit_is_a_dot_at_its_values_for_the_two_digits():
    figure = figures.pair(TRACE)
    assert lengths(figure) == {6}
    for t in (0, 5):
        drawn = still(figure, t)
        for dots, norm in zip(drawn.data[1:], ("none", "bn"), strict=True):
            across, up = TRACE.layers[norm].pair[t]
            np.testing.assert_allclose(dots.x, across)
            np.testing.assert_allclose(dots.y, up)
    assert drawn.layout.title.text.startswith("Layer 6: 3 and 8 differ by")
    assert figure["layout"]["xaxis"]["range"] == figure["layout"]["yaxis"]["range"]


@pytest.mark.parametrize("draw", [figures.spread, figures.gradient, figures.variance])
def test_with_bn_is_blue_and_without_is_orange_and_dashed(draw):
    figure = draw(RELU)
    (bn,) = lines(figure, name="with BN", mode="lines")
    (none,) = lines(figure, name="without", mode="lines")
    assert bn["line"] == {"color": theme.WITH.color, "dash": "solid"}
    assert none["line"] == {"color": theme.WITHOUT.color, "dash": "dash"}
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_lines_are_those_of_the_trace():
    (bn,) = lines(figures.spread(TRACE), name="with BN", mode="lines")
    np.testing.assert_array_equal(bn["y"], TRACE.layers["bn"].spread)
    (none,) = lines(figures.gradient(TRACE), name="without", mode="lines")
    np.testing.assert_array_equal(none["y"], TRACE.layers["none"].gradient)
    (form,) = lines(figures.variance(TRACE), name="closed form, with BN")
    np.testing.assert_array_equal(form["y"], np.arange(1, 8))


def test_the_closed_form_of_the_gradient_is_drawn_only_where_it_holds():
    name = f"closed form: × {expected(32):.2f} per layer"
    (form,) = lines(figures.gradient(RELU), name=name)
    np.testing.assert_allclose(form["y"][:-1] / form["y"][1:], expected(32))
    assert form["y"][-1] == RELU.layers["bn"].gradient[-1]
    assert not lines(figures.gradient(TRACE), name=name)
    skips = run(replace(SMALL, activation="relu", skips=True))
    assert not lines(figures.gradient(skips), name=name)


def test_three_init_scales_lie_on_top_of_each_other():
    figure = figures.rate(TRACE)
    assert figure["layout"]["title"]["text"].startswith("Measured within")
    sizes = []
    for k, scale in enumerate(SCALES):
        (dots,) = lines(figure, name=f"init scale {scale:g}")
        np.testing.assert_array_equal(dots["x"], BATCH_SIZES)
        np.testing.assert_array_equal(dots["y"], TRACE.growth.rate[:, k])
        sizes.append(dots["marker"]["size"])
    assert sizes == sorted(sizes, reverse=True)
    lo, hi = figure["layout"]["yaxis"]["range"]
    assert lo < TRACE.growth.rate.min() < TRACE.growth.rate.max() < hi


def test_a_float32_line_comes_where_the_signal_sinks_to_it():
    deep = run(replace(SMALL, depth=20))
    assert lines(figures.spread(deep), text=["\N{NO-BREAK SPACE}float32"])
    assert not lines(figures.spread(RELU), text=["\N{NO-BREAK SPACE}float32"])


def test_recorded_losses_and_the_readers_own():
    figure = figures.trains(TRACE, "relu")
    (bn,) = lines(figure, name="with BN", mode="lines+markers")
    np.testing.assert_allclose(bn["y"], TRACE.trained.of("relu", "bn").mean(-1))
    assert figure["layout"]["title"]["text"] == "ReLU: with BN stops at 40, without stops at 40"
    live = Live(300, np.array([[0.5, 0.25], [np.inf, np.inf]]))
    own = replace(RELU, live=live)
    (star,) = lines(figures.trains(own, "relu"), name="with BN, just now")
    assert (list(star["x"]), list(star["y"])) == ([6], [0.25])
    (gap,) = lines(figures.trains(own, "relu"), name="without, just now")
    assert np.isnan(gap["y"]).all()
    assert not lines(figures.trains(own, "tanh"), name="with BN, just now")


def test_with_skips_the_recorded_networks_have_them_too():
    figure = figures.trains(run(replace(SMALL, skips=True)), "relu")
    (bn,) = lines(figure, name="with BN", mode="lines+markers")
    np.testing.assert_allclose(bn["y"], TRACE.trained.of("relu", "bn", skips=True).mean(-1))
    assert figure["layout"]["title"]["text"] == (
        "ReLU with skips: with BN trains at 60, without diverges at 20"
    )


@pytest.mark.parametrize("view", VIEWS)
def test_a_run_that_has_just_begun_can_be_drawn(view):
    trace = Experiment(SMALL).trace()
    for chart in figures.charts(trace, view):
        json.dumps(encode(chart.figure), allow_nan=False)
        assert still(chart.figure).layout.title.text


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("trace", [TRACE, RELU], ids=["sigmoid", "relu"])
def test_axes_have_titles(trace, view):
    for chart in figures.charts(trace, view):
        for name in ("xaxis", "yaxis"):
            assert chart.figure["layout"][name]["title"]["text"]


def test_a_deep_narrow_network_has_few_labels_on_its_axis():
    deep = run(Settings(width=64, depth=60, init_scale=0.3))
    for draw in (figures.spread, figures.gradient):
        axis = draw(deep)["layout"]["yaxis"]
        lo, hi = axis["range"]
        shown = [v for v in axis["tickvals"] if lo <= np.log10(v) <= hi]
        assert 2 <= len(shown) <= 8
