"""The playground's four figures: titles, units, roles, ranges that hold still, and what moves."""

import json

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.chart import alt_text
from bnviz.figures.frames import Frames, encode, lengths
from bnviz.figures.still import still
from bnviz.labs.playground import CHARTS, EVALUATION, TRAINING, WITH, WITHOUT, Settings, chart, run
from bnviz.labs.playground.activations_view import RIDGE
from bnviz.labs.playground.findings import NAMES
from bnviz.labs.playground.gap_view import furthest
from tests.lessons import every_chart
from tests.shown import modes_wrong


@pytest.fixture(scope="module")
def trace():
    """Give a run in which both networks go through to the end."""
    return run(Settings(depth=3, width=16, n_steps=100, activation="tanh"))


@pytest.fixture(scope="module")
def lost():
    """Give a run in which the network without BN diverges."""
    return run(Settings(activation="relu", lr=2.0, n_steps=100))


def named(figure, name, axis=None):
    return [
        part
        for part in figure["data"]
        if part.get("name") == name and (axis is None or part.get("yaxis", "y") == axis)
    ]


@pytest.mark.parametrize("which", ["trace", "lost"])
def test_every_figure_is_valid_for_plotly_at_every_snapshot(which, request):
    run_ = request.getfixturevalue(which)
    for name, figure in every_chart(run_).items():
        assert lengths(figure) == {len(run_.steps)}, name
        for t in (0, len(run_.steps) // 2, -1):
            still(figure, t).to_json()
        json.dumps(encode(figure), allow_nan=False)


def test_every_axis_names_its_quantity_and_log_axes_say_so(trace):
    for figure in every_chart(trace).values():
        for key, axis in figure["layout"].items():
            if key.startswith(("xaxis", "yaxis")):
                assert axis["title"]["text"]
                assert ("log scale" in axis["title"]["text"]) == (axis.get("type") == "log")


def test_colour_and_dash_mean_the_same_in_every_figure(trace):
    for name, figure in every_chart(trace).items():
        assert not modes_wrong(figure), name
        for part in figure["data"]:
            if part.get("mode", "").startswith("lines") and part.get("name", "").startswith("with"):
                role = theme.WITHOUT if part["name"].startswith("without") else theme.WITH
                assert part["line"].get("color", role.color) == role.color, name


def test_learning_draws_the_numbers_of_the_trace(trace):
    figure = chart("learning").figure(trace)
    bn, none = trace.networks[WITH], trace.networks[WITHOUT]
    for name, values in (
        ("with BN, train mode", bn.loss[:, TRAINING]),
        ("with BN, eval mode", bn.loss[:, EVALUATION]),
        ("without BN", none.loss[:, 0]),
    ):
        np.testing.assert_array_equal(named(figure, name, "y")[0]["y"], values)
    shown = named(figure, "with BN, eval mode", "y2")[0]["y"]
    np.testing.assert_allclose(shown, 100 * bn.accuracy[:, EVALUATION])
    title = figure["layout"]["title"]["text"].values[-1]
    assert f"with BN {bn.accuracy[-1, EVALUATION]:.0%} right" in title


def test_ridges_are_the_histograms(trace):
    figure = chart("activations").figure(trace, site="activated")
    summary = trace.summary(WITH, "activated")
    ridge = named(figure, "with BN, train mode")[0]
    x, y = (part.values[-1].reshape(3, -1) for part in (ridge["x"], ridge["y"]))
    np.testing.assert_allclose(x[:, 0], summary.lo[-1])
    np.testing.assert_allclose(np.nanmax(x, 1), summary.hi[-1])
    peak = summary.counts[-1].max(1)
    heights = (y[:, 1:-3] - np.arange(1, 4)[:, None]) / RIDGE
    np.testing.assert_allclose(heights**2, summary.counts[-1] / peak[:, None], atol=1e-9)
    without = named(figure, "without BN")[0]["y"].values[-1].reshape(3, -1)
    assert (without[:, 1:-3] <= np.arange(1, 4)[:, None]).all()


def test_gradients_draw_both_modes_and_the_ratio_has_its_guide(trace):
    figure = chart("gradients").figure(trace, flow="gradient")
    bn = trace.networks[WITH]
    for mode, words in ((TRAINING, "train"), (EVALUATION, "eval")):
        line = named(figure, f"with BN, {words} mode")[0]
        np.testing.assert_array_equal(line["y"].values, bn.gradient_norm[:, mode])
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert not figure["layout"]["shapes"]
    ratio = chart("gradients").figure(trace, flow="ratio")
    assert [shape["y0"] for shape in ratio["layout"]["shapes"]] == [1e-3]
    assert "No step" in ratio["layout"]["title"]["text"].values[0]


def test_gap_is_eval_minus_train_and_zero_without_bn(trace):
    figure = chart("gap").figure(trace, layer="2", statistic="variance")
    bn = trace.networks[WITH]
    np.testing.assert_array_equal(
        named(figure, NAMES[WITH])[0]["y"], bn.loss[:, EVALUATION] - bn.loss[:, TRAINING]
    )
    assert (named(figure, NAMES[WITHOUT])[0]["y"] == 0).all()
    np.testing.assert_array_equal(
        named(figure, "running")[0]["y"], bn.statistics.running[:, 1, 1, 0]
    )
    np.testing.assert_array_equal(named(figure, "batch")[0]["y"], bn.statistics.batch[:, 1, 1, 0])


def test_axes_stand_still_while_the_snapshots_play(trace):
    for (_, *picked), figure in every_chart(trace).items():
        if "step" in picked:  # the reader wants an axis for each step
            continue
        for key, axis in figure["layout"].items():
            if key.startswith(("xaxis", "yaxis")) and "range" in axis:
                assert not isinstance(axis["range"], Frames)
    assert chart("learning").figure(trace)["layout"]["xaxis"]["range"] == [0, 100]


def test_an_axis_of_this_step_fits_what_is_drawn_there(trace):
    figure = chart("activations").figure(trace, site="linear", axis="step")
    whole = chart("activations").figure(trace, site="linear")["layout"]["xaxis"]["range"]
    ends = figure["layout"]["xaxis"]["range"].values
    assert len(ends) == len(trace.steps)
    for t, (lo, hi) in enumerate(ends):
        assert (lo, hi) == trace.window("linear", t)
        assert hi - lo < 2 * (whole[1] - whole[0])
        summary = trace.summary(WITH, "linear")
        assert lo < summary.mean[t].min() < summary.mean[t].max() < hi


@pytest.mark.parametrize("row", [0, 1])
def test_the_unit_on_show_is_the_one_whose_running_statistic_is_furthest_off(trace, row):
    layer, unit = furthest(trace, row)
    seen = trace.networks[WITH].statistics
    running, true = seen.running[-1], seen.true[-1]
    off = np.abs(running[0] - true[0]) / true[1] ** 0.5, np.abs(np.log(running[1] / true[1]))
    assert off[row][layer, unit] == off[row].max()
    figure = chart("gap").figure(trace, statistic=("mean", "variance")[row])
    (line,) = (one for one in figure["data"] if one.get("name") == "running")
    np.testing.assert_array_equal(line["y"], seen.running[:, row, layer, unit])
    assert f"layer {layer + 1}, unit {unit + 1}" in figure["layout"]["annotations"][0]["text"]


def test_a_divergence_is_named_and_leaves_a_gap(lost):
    at = lost.networks[WITHOUT].diverged_at
    figure = chart("learning").figure(lost)
    assert any(f"diverged at step {at}" in str(part.get("text")) for part in figure["data"])
    assert f"without BN diverged at step {at}" in figure["layout"]["title"]["text"].values[-1]
    assert np.isnan(named(figure, "without BN", "y")[0]["y"][-1])
    for name in ("activations", "gradients"):
        assert (
            "without BN diverged" in chart(name).figure(lost)["layout"]["title"]["text"].values[-1]
        )


@pytest.mark.parametrize("flow", ["gradient", "ratio"])
def test_a_gradient_that_explodes_leaves_the_axis_and_does_not_flatten_the_others(lost, flow):
    figure = chart("gradients").figure(lost, flow=flow)
    lo, hi = figure["layout"]["yaxis"]["range"]
    for part in figure["data"]:
        if part["name"] != "without BN":
            seen = [v for row in part["y"].values for v in row if np.isfinite(v) and v > 0]
            assert lo < np.log10(min(seen)) < np.log10(max(seen)) < hi
    assert hi - lo < 8


def test_alt_text_holds_the_finding_of_each_snapshot(trace):
    figure = chart("learning").figure(trace)
    alt = alt_text(figure, chart("learning").what)
    assert len(alt) == len(trace.steps)
    assert alt.values[-1].startswith(figure["layout"]["title"]["text"].values[-1])


def test_the_charts_of_a_default_run_stay_small():
    trace = run(Settings())
    sizes = [len(json.dumps(encode(one.figure(trace)))) for one in CHARTS]
    assert sum(sizes) < 400_000


def test_activations_at_both_ends_of_float32_are_drawn():
    """The distance of the two ends is more than float32 holds."""
    settings = Settings(
        batch_size=256, momentum=1.0, eps=1e-8, lr=10.0, depth=20, activation="relu", width=8,
        init_scale=0.1, placement="after", dataset="xor", n_steps=100,
    )  # fmt: skip
    found = run(settings)
    for site in ("linear", "normalized", "activated"):
        figure = chart("activations").figure(found, site=site)
        assert not any(np.isinf(part["x"].values).any() for part in figure["data"])
