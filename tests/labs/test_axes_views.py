"""The pictures of the axes explorer: one colour per set, all cells, the house theme."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.chart import alt_text
from bnviz.figures.still import still
from bnviz.labs.axes import METHODS, Settings, run
from bnviz.labs.axes.blocks_view import blocks
from bnviz.labs.axes.sets_view import ON_SOLID, SETS
from bnviz.labs.axes.settings import LARGEST, SEQUENCES
from bnviz.labs.axes.slices_view import slices
from tests.contrast import contrast

LARGE = dict.fromkeys(("samples", "channels", "height", "width"), LARGEST)
CASES = [
    Settings(method=method, layout=layout, **sizes)
    for method in METHODS
    for layout in ("nchw", SEQUENCES)
    for sizes in ({}, LARGE)
]
EACH = pytest.mark.parametrize("settings", CASES)


def areas(figure):
    return [trace for trace in figure["data"] if trace.get("fill") == "toself"]


def polygons(trace):
    """Split a filled trace into its polygons, without the closing corner."""
    points = np.stack([trace["x"], trace["y"]], axis=-1)
    return [part[:4] for part in np.split(points, np.flatnonzero(np.isnan(points[:, 0])) + 1)][:-1]


@EACH
def test_each_set_has_one_colour_of_its_own_and_all_of_its_cells(settings):
    trace = run(settings)
    drawn = areas(slices(trace))
    colors = [area["fillcolor"] for area in drawn]
    assert len(set(colors)) == len(colors) == trace.chosen.n_sets
    assert {len(polygons(area)) for area in drawn} == {trace.chosen.n_values}
    solid = [k for k, color in enumerate(colors) if color in SETS]
    assert solid == [trace.set_of_cell]


@EACH
def test_every_cell_has_a_square_of_its_own_in_the_colour_of_its_set(settings):
    trace = run(settings)
    figure = slices(trace)
    points = figure["data"][-1]
    places = list(zip(points["x"], points["y"], strict=True))
    assert len(set(places)) == trace.x.size
    where = {
        tuple(np.round(polygon.mean(axis=0), 6)): number
        for number, area in enumerate(areas(figure))
        for polygon in polygons(area)
    }
    for place, cell in zip(places, points["customdata"], strict=True):
        assert where[tuple(np.round(place, 6))] == trace.chosen.sets[tuple(cell)]


def test_the_chosen_cell_is_framed():
    trace = run(Settings())
    figure = slices(trace)
    frame, points = figure["data"][-2:]
    at = points["customdata"].index(list(trace.settings.cell))
    assert np.mean(frame["x"][:4]) == points["x"][at]
    assert np.mean(frame["y"][:4]) == points["y"][at]


def test_values_are_written_where_there_is_room():
    few, many = (slices(run(Settings(**sizes)))["data"][-1] for sizes in ({}, LARGE))
    assert few["mode"] == "markers+text"
    assert many["mode"] == "markers"
    assert few["text"][0] == f"{run(Settings()).x[0, 0, 0, 0]:.1f}"


@EACH
def test_titles_state_the_counts_of_the_trace(settings):
    trace = run(settings)
    text = slices(trace)["layout"]["title"]["text"]
    assert f"{trace.chosen.n_sets} statistic" in text
    assert f"{trace.chosen.n_values} value" in text
    counts = [done.n_sets for done in trace.sharings.values()]
    assert f"{min(counts)} to {max(counts)}" in blocks(trace)["layout"]["title"]["text"]


def test_the_edges_are_named():
    images, flat = (slices(run(Settings(layout=layout))) for layout in ("nchw", SEQUENCES))
    names = [note["text"] for note in images["layout"]["annotations"]]
    assert names == ["N ↓", "W →", "H ↓"]
    assert images["layout"]["xaxis"]["title"]["text"] == "Channels C"
    assert [note["text"] for note in flat["layout"]["annotations"]] == ["T ↓", "C →"]
    assert flat["layout"]["xaxis"]["title"]["text"] == "Samples N"


def test_a_block_for_each_method_shows_three_faces_and_its_counts():
    trace = run(Settings(method="gn"))
    figure = blocks(trace)
    n, c, h, w = trace.x.shape
    sides = len(METHODS)
    cells = sum(len(polygons(area)) for area in areas(figure)) - sides
    assert cells == sides * (c * h * w + c * n + n * h * w)
    words = " ".join(note["text"] for note in figure["layout"]["annotations"])
    for method, done in trace.sharings.items():
        assert METHODS[method] in words
        assert f"{done.n_sets} × {done.n_values}" in words
    assert "<b>GN</b>" in words


def test_the_chosen_set_is_solid_in_every_block():
    for cell in ({}, {"at_sample": 0}, {"at_channel": 0}, {"at_sample": 2, "at_channel": 3}):
        drawn = areas(blocks(run(Settings(**cell))))
        shown = [a for a in drawn if a["fillcolor"] in SETS and polygons(a)]
        assert len(shown) == len(METHODS)


def test_a_method_that_refuses_the_sizes_is_grey_and_says_so():
    figure = blocks(run(Settings(height=1, width=1, at_column=0)))
    words = [note["text"] for note in figure["layout"]["annotations"]]
    assert "IN: refused" in words


@pytest.mark.parametrize("color", SETS)
def test_colours_of_sets_carry_white_text_and_stand_out_on_both_pages(color):
    assert contrast(color, ON_SOLID) >= 4.5
    assert contrast(color, theme.BACKGROUND) >= 3
    assert contrast(color, theme.DARK[theme.BACKGROUND]) >= 3
    assert color not in theme.DARK


def test_colours_of_sets_are_not_those_of_methods():
    assert not set(SETS) & {role.color for role in theme.ROLES}


@EACH
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_plotly_accepts_the_figures_in_both_themes(settings, mode):
    trace = run(settings)
    for figure in (slices(trace), blocks(trace)):
        drawn = still(figure, mode=mode)
        assert len(drawn.to_json()) < 700_000
        assert drawn.layout.template.layout.font.family == theme.FONT_FAMILY


def test_alt_text_states_the_finding():
    figure = slices(run(replace(Settings(), method="ln")))
    assert alt_text(figure, "All cells.") == ("LN: 3 statistics of 24 values each. All cells.")
    assert json.dumps(figure["layout"])
