"""The pictures of the lab on learning rate and initialization: they state what is in the trace."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.cells import texts
from bnviz.figures.still import still
from bnviz.labs.rates import LAB, Settings
from bnviz.labs.rates.corner import N_STARTS
from bnviz.labs.rates.draws_view import share_at, steps_of
from bnviz.labs.rates.grid_view import COLORS
from bnviz.labs.rates.groups import NORMS, TRAINED
from tests.contrast import contrast
from tests.lessons import begun, drawn, named


@pytest.fixture(scope="module")
def traces():
    return {view.name: view.run(Settings(depth=2, n_steps=40)) for view in LAB.views}


def title(figure):
    return figure["layout"]["title"]["text"]


def data(figure, kind):
    return next(t for t in figure["data"] if t["type"] == kind)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_plotly_accepts_all_charts_of_a_run_that_has_only_begun(mode):
    for view in LAB.views:
        for chart in view.charts(begun(view, Settings(seed=77))):
            still(chart.figure, mode=mode)
            assert "nan" not in title(chart.figure)


def test_both_maps_have_the_same_colours_and_axes(traces):
    maps = [drawn(LAB, "grid", norm, traces["grid"]) for norm in ("none", "bn")]
    one, other = (data(chart, "heatmap") for chart in maps)
    for key in ("zmin", "zmax", "colorscale", "reversescale", "x", "y"):
        assert one[key] == other[key]
    assert maps[0]["layout"]["xaxis"] == maps[1]["layout"]["xaxis"]


@pytest.mark.parametrize("norm", NORMS)
def test_a_map_frames_what_trains_and_crosses_what_diverged(traces, norm):
    m = list(NORMS).index(norm)
    view = "grid" if norm == "none" else "parts"
    chart, grid = drawn(LAB, view, norm, traces[view]), traces[view].found
    n = grid.n_trained[norm]
    assert len(chart["layout"]["shapes"]) == n
    assert f"{n} of 42 cells train" in title(chart)
    crosses = data(chart, "scatter")
    places = np.argwhere(grid.diverged[m])
    assert list(zip(crosses["y"], crosses["x"], strict=True)) == [tuple(p) for p in places.tolist()]
    for shape in chart["layout"]["shapes"]:
        row, column = ((shape[f"{c}0"] + shape[f"{c}1"]) / 2 for c in "yx")
        assert grid.loss[m, round(row), round(column)] < TRAINED


def test_cells_have_short_numbers():
    loss = np.array([[0.043, 2.301, 12.34, 1e6, np.nan]])
    assert texts(loss).tolist() == [["0.04", "2.30", "12", ">99", ""]]


def test_numbers_in_the_cells_can_be_read_in_both_themes():
    for _, color in COLORS:
        assert contrast(color, theme.BACKGROUND) > 4
        assert contrast(theme.DARK[color], theme.DARK[theme.BACKGROUND]) > 4


def test_the_distribution_counts_a_divergence_as_never_reached(traces):
    loss_Q = np.array([0.1, 0.2, np.inf, 5.0] + [np.inf] * 56)
    x, share = steps_of(loss_Q)
    assert share_at(loss_Q, 10.0) == pytest.approx(5.0)
    assert share[-1] == pytest.approx(5.0)
    assert x[1:4].tolist() == [0.1, 0.2, 5.0]
    chart = drawn(LAB, "draws", "distribution", traces["draws"])
    none, bn = traces["draws"].found.share
    assert f"{none:.0%} of the settings without norm, {bn:.0%} with BN" in title(chart)
    lines = [t for t in chart["data"] if t["mode"] == "lines"]
    assert [t["line"]["color"] for t in lines] == [theme.WITHOUT.color, theme.WITH.color]


@pytest.mark.parametrize(("norm", "j"), [("none", 0), ("bn", 1)])
def test_every_draw_has_one_mark(traces, norm, j):
    marks = drawn(LAB, "draws", f"places_{norm}", traces["draws"])["data"]
    assert [len(t["x"]) for t in marks] == [
        (traces["draws"].found.loss[j] < TRAINED).sum(),
        (
            np.isfinite(traces["draws"].found.loss[j]) & (traces["draws"].found.loss[j] >= TRAINED)
        ).sum(),
        np.isinf(traces["draws"].found.loss[j]).sum(),
    ]


def test_who_is_ahead_is_the_ratio_of_the_two_losses(traces):
    chart = drawn(LAB, "corner", "ahead", traces["corner"])
    z = data(chart, "heatmap")["z"]
    none, bn = (
        traces["corner"].found.grid.loss[list(NORMS).index(norm)] for norm in ("none", "bn")
    )
    both = np.isfinite(none) & np.isfinite(bn)
    wanted = np.log(np.clip(none[both] / bn[both], 1 / 8, 8))
    np.testing.assert_allclose(z[both], wanted)
    assert (z[np.isnan(none) & np.isfinite(bn)] == np.log(8)).all()  # a divergence is behind


def test_a_line_of_the_corner_ends_where_a_start_diverges(traces):
    found = traces["corner"].found
    loss = found.curves.loss.copy()
    loss[0, 4:, 2] = np.nan
    curves = replace(found.curves, loss=loss, n_diverged=(1, 0))
    lost = replace(traces["corner"], found=replace(found, curves=curves))
    figure = drawn(LAB, "corner", "learning", lost)
    line = named(figure, "no norm: median")
    assert np.isfinite(line["y"][:4]).all()
    assert np.isnan(line["y"][4:]).all()
    assert f"1 of {N_STARTS} diverge without norm" in title(figure)
    end = next(t for t in figure["data"] if t.get("text") == ["\N{NO-BREAK SPACE}no norm"])
    assert end["x"] == [found.curves.steps[3]]


def test_gradients_have_their_numbers_in_the_title(traces):
    size = drawn(LAB, "gradients", "size", traces["gradients"])
    assert f"{traces['gradients'].found.gradient[1, 0]:.2g}" in title(size)
