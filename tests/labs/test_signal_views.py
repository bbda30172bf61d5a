"""The charts of the depth lab: what they draw is what the trace holds, also while it runs."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import lengths
from bnviz.figures.still import still
from bnviz.labs.signal import LAB, Settings
from bnviz.labs.signal.growth import BATCH_SIZES, SCALES, expected
from bnviz.labs.signal.training import Live
from bnviz.labs.view import Trace
from bnviz.numerals import short
from tests.lessons import drawn, named

SMALL = Settings(width=64, depth=6)
RELU = replace(SMALL, activation="relu")


def draw(view, plot, settings):
    """Draw a chart of a run."""
    return drawn(LAB, view, plot, LAB.run(view, settings))


def lines(figure, **wanted):
    """Return the traces with these values."""
    return [t for t in figure["data"] if all(t.get(key) == value for key, value in wanted.items())]


def test_each_unit_is_a_dot_at_its_values_for_the_two_digits():
    figure, found = draw("layers", "pair", SMALL), LAB.run("layers", SMALL).found
    assert lengths(figure) == {6}
    for t in (0, 5):
        shown = still(figure, t)
        for dots, network in zip(shown.data[1:], (found.none, found.bn), strict=True):
            across, up = network.pair[t]
            np.testing.assert_allclose(dots.x, across)
            np.testing.assert_allclose(dots.y, up)
    assert shown.layout.title.text.startswith("Layer 6: 3 and 8 differ by")
    assert figure["layout"]["xaxis"]["range"] == figure["layout"]["yaxis"]["range"]


def test_the_stage_goes_from_layer_to_layer():
    times = LAB.view("layers").times(LAB.run("layers", SMALL))
    assert (list(times.steps), times.n_steps) == ([1, 2, 3, 4, 5, 6], 6)
    assert times.labels[-1] == "layer 6"


PAIRS = [("layers", "spread"), ("layers", "gradient"), ("stream", "variance")]


@pytest.mark.parametrize(("view", "plot"), PAIRS)
def test_with_bn_is_blue_and_without_is_orange_and_dashed(view, plot):
    figure = draw(view, plot, RELU)
    (bn,) = lines(figure, name="with BN", mode="lines")
    (none,) = lines(figure, name="without", mode="lines")
    assert bn["line"] == {"color": theme.WITH.color, "dash": "solid"}
    assert none["line"] == {"color": theme.WITHOUT.color, "dash": "dash"}
    assert figure["layout"]["yaxis"]["type"] == "log"


def test_lines_are_those_of_the_trace():
    (bn,) = lines(draw("layers", "spread", SMALL), name="with BN", mode="lines")
    found = LAB.run("layers", SMALL).found
    np.testing.assert_array_equal(bn["y"], found.bn.spread)
    (none,) = lines(draw("layers", "gradient", SMALL), name="without", mode="lines")
    np.testing.assert_array_equal(none["y"], found.none.gradient)
    (form,) = lines(draw("stream", "variance", SMALL), name="closed form, with BN")
    np.testing.assert_array_equal(form["y"], np.arange(1, 8))


def test_the_closed_form_of_the_gradient_is_drawn_only_where_it_holds():
    name = f"closed form: × {expected(32):.2f} per layer"
    (form,) = lines(draw("layers", "gradient", RELU), name=name)
    np.testing.assert_allclose(form["y"][:-1] / form["y"][1:], expected(32))
    assert form["y"][-1] == LAB.run("layers", RELU).found.bn.gradient[-1]
    for other in (SMALL, replace(RELU, skips=True)):
        assert not lines(draw("layers", "gradient", other), name=name)


def test_three_init_scales_lie_on_top_of_each_other():
    figure, rate = draw("growth", "rate", SMALL), LAB.run("growth", SMALL).found.rate
    assert figure["layout"]["title"]["text"].startswith("Measured within")
    sizes = []
    for k, scale in enumerate(SCALES):
        (dots,) = lines(figure, name=f"init scale {scale:g}")
        np.testing.assert_array_equal(dots["x"], BATCH_SIZES)
        np.testing.assert_array_equal(dots["y"], rate[:, k])
        sizes.append(dots["marker"]["size"])
    assert sizes == sorted(sizes, reverse=True)
    lo, hi = figure["layout"]["yaxis"]["range"]
    assert lo < rate.min() < rate.max() < hi


def test_a_float32_line_comes_where_the_signal_sinks_to_it():
    text = ["\N{NO-BREAK SPACE}float32"]
    assert lines(draw("layers", "spread", replace(SMALL, depth=20)), text=text)
    assert not lines(draw("layers", "spread", RELU), text=text)


def test_recorded_losses_and_the_readers_own():
    trace = LAB.run("trains", RELU)
    figure = drawn(LAB, "trains", "trains_relu", trace)
    (bn,) = lines(figure, name="with BN", mode="lines+markers")
    np.testing.assert_allclose(bn["y"], trace.found.trained.of("relu", "bn").mean(-1))
    assert figure["layout"]["title"]["text"] == (
        "ReLU, 300 steps: stops at 40 layers with BN, stops at 40 without"
    )
    live = Live(300, np.array([[0.5, 0.25], [np.inf, np.inf]]))
    own = Trace(RELU, replace(trace.found, live=live))
    figure = drawn(LAB, "trains", "trains_relu", own)
    (star,) = lines(figure, name="with BN, just now")
    assert (list(star["x"]), list(star["y"])) == ([6], [0.25])
    (gap,) = lines(figure, name="without, just now")
    assert np.isnan(gap["y"]).all()
    assert not lines(drawn(LAB, "trains", "trains_tanh", own), name="with BN, just now")
    told = LAB.view("trains").takeaway(own)
    assert told.endswith("Your 6 layers: 0.25 with BN, diverged without.")
    assert LAB.view("trains").table(own)["mean loss"][-2] == 0.25


def test_the_longer_run_is_drawn_as_it_was_recorded():
    trace = LAB.run("trains", RELU)
    figure = drawn(LAB, "trains", "trains_later", trace)
    for name, norm in (("with BN", "bn"), ("without", "none")):
        losses = np.median(trace.found.trained.later(norm, 40), axis=-1)
        np.testing.assert_allclose(named(figure, name)["y"], losses)
        assert f"{short(losses[-1])}" in figure["layout"]["title"]["text"]


def test_with_skips_the_recorded_networks_have_them_too():
    settings = replace(SMALL, skips=True)
    figure, found = draw("trains", "trains_relu", settings), LAB.run("trains", settings).found
    (bn,) = lines(figure, name="with BN", mode="lines+markers")
    np.testing.assert_allclose(bn["y"], found.trained.of("relu", "bn", skips=True).mean(-1))
    assert figure["layout"]["title"]["text"] == (
        "ReLU with skips, 300 steps: trains at 60 layers with BN, diverges at 20 without"
    )


def test_the_tables_hold_the_numbers_of_the_trace():
    found, table = LAB.run("growth", SMALL).found, LAB.view("growth").table
    columns = table(LAB.run("growth", SMALL))
    np.testing.assert_array_equal(columns["measured, init scale 10"], found.rate[:, 2])
    found, table = LAB.run("stream", SMALL).found, LAB.view("stream").table
    columns = table(LAB.run("stream", SMALL))
    np.testing.assert_array_equal(columns["variance, without"], found.variance["none"])
    assert columns["block"][-1] == SMALL.depth


def test_a_deep_narrow_network_has_few_labels_on_its_axis():
    for plot in ("spread", "gradient"):
        axis = draw("layers", plot, Settings(width=64, depth=60, init_scale=0.3))["layout"]["yaxis"]
        lo, hi = axis["range"]
        shown = [v for v in axis["tickvals"] if lo <= np.log10(v) <= hi]
        assert 2 <= len(shown) <= 8
