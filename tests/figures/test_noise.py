"""The figures of the lab on batch size and noise: what is drawn is what was measured."""

import json

import numpy as np
import pytest

from bnviz.figures import theme
from bnviz.figures.frames import encode
from bnviz.figures.noise import VIEWS, charts, sizes
from bnviz.figures.still import still
from bnviz.labs.noise import LESSON, Settings, run

CASES = [
    Settings(),
    Settings(batch_size=2, norm="ln", sample=5),
    Settings(batch_size=256, replacement=False, norm="eval", dropout=0.9),
]
EACH = pytest.mark.parametrize("settings", CASES, ids=["default", "two", "large"])


def figure(view, name, **settings):
    """Give one figure of these settings."""
    found = {chart.id: chart.figure for chart in charts(run(Settings(**settings)), view)}
    return found[name]


def title(drawn):
    return drawn["layout"]["title"]["text"]


def named(drawn, name):
    (trace,) = [trace for trace in drawn["data"] if trace.get("name") == name]
    return trace


def test_every_view_of_the_lesson_is_drawn():
    assert list(VIEWS) == list(LESSON.views)


@EACH
@pytest.mark.parametrize("view", LESSON.views)
def test_plotly_accepts_the_figures_and_they_are_small(settings, view):
    drawn = charts(run(settings), view)
    assert sum(len(json.dumps(encode(chart.figure))) for chart in drawn) < 200_000
    for chart in drawn:
        assert chart.alt.startswith(title(chart.figure))
        for mode in ("light", "dark"):
            assert still(chart.figure, mode=mode).layout.title.text == title(chart.figure)


@EACH
@pytest.mark.parametrize("view", LESSON.views)
def test_axes_are_named_and_colours_are_those_of_the_house(settings, view):
    for chart in charts(run(settings), view):
        axes = {k: v for k, v in chart.figure["layout"].items() if k[:5] in ("xaxis", "yaxis")}
        bare = {"yaxis2"} if chart.id == "shared" else set()  # the left one names both
        assert all("title" in axis for name, axis in axes.items() if name not in bare)
        text = json.dumps([encode(trace) for trace in chart.figure["data"]])
        known = [role.color for role in theme.ROLES]
        assert any(color in text for color in known) or "colorscale" in text


def test_the_law_shows_the_measured_points_and_both_theories():
    trace = run(Settings())
    drawn = figure("law", "mean")
    np.testing.assert_array_equal(named(drawn, "measured")["y"], trace.law.mean_noise)
    np.testing.assert_array_equal(named(drawn, "1/√m")["y"], trace.law.mean_with)
    assert named(drawn, "measured")["marker"]["color"] == theme.WITH.color
    (chosen,) = [t for t in drawn["data"] if t.get("name", "").startswith("m = 32")]
    assert chosen["x"].tolist() == [32, 128]
    slope = f"slope −{abs(trace.law.slope):.3f}"
    assert title(drawn) == f"Four times as many images halve the noise of the mean: {slope}"


def test_the_law_without_replacement_does_not_claim_a_half():
    drawn = figure("law", "mean", replacement=False)
    assert "halve" not in title(drawn)
    assert "theory −0.517" in title(drawn)


def test_strips_and_histogram_share_their_scale():
    strips, chosen = (figure("sample", name) for name in ("strips", "chosen"))
    assert strips["layout"]["yaxis"]["range"] == chosen["layout"]["yaxis"]["range"]
    trace = run(Settings())
    for size, x_hat in zip(trace.followed.sizes, trace.followed.x_hat, strict=True):
        dots = named(strips, f"batches of {size}")
        np.testing.assert_array_equal(dots["y"], x_hat)
        assert (np.abs(np.log2(dots["x"] / size)) < 0.5).all()
        assert (dots["marker"]["opacity"] > 0.5) == (size == 32)
    assert np.sum(chosen["data"][0]["x"]) == pytest.approx(100)


def test_the_title_of_the_strips_is_true_for_an_image_at_an_end():
    trace = run(Settings())
    ends = [s for s in range(1, 33) if run(Settings(sample=s)).followed.spread[0] < 0.01]
    for sample in ends:
        assert "always x̂ = " in title(figure("sample", "strips", sample=sample))
    assert trace.followed.spread[0] > 0.5
    assert "spreads by" in title(figure("sample", "strips"))


def test_all_modes_have_the_same_colours_of_influence():
    heats = [figure("influence", "heat", norm=norm)["data"][0] for norm in ("train", "eval", "ln")]
    assert len({heat["zmax"] for heat in heats}) == 1
    assert [float(np.nanmax(heat["z"])) > 0 for heat in heats] == [True, False, False]
    assert "no other output moves" in title(figure("influence", "heat", norm="ln"))


def test_the_chosen_row_is_framed_and_its_answers_are_drawn():
    drawn = figure("influence", "heat", sample=9)
    (frame,) = drawn["layout"]["shapes"]
    assert (frame["y0"], frame["y1"]) == (8.5, 9.5)
    assert drawn["data"][0]["y0"] == 1  # the ninth row, counted from 1
    trace = run(Settings(sample=9))
    answers = figure("influence", "answers", sample=9)
    np.testing.assert_array_equal(named(answers, "after")["y"], trace.influence.after)
    shown = [t.get("showlegend", True) for t in answers["data"]]
    assert shown == [False, True, True]


def test_both_factors_share_an_axis_and_each_sums_to_all():
    trace = run(Settings())
    drawn = figure("dropout", "factors")
    bn, dropout = drawn["data"]
    assert np.sum(bn["y"]) == pytest.approx(100)
    assert np.sum(dropout["y"]) == pytest.approx(100)
    assert dropout["x"].tolist() == [0, 1.25]
    assert bn.get("xaxis") == dropout.get("xaxis")
    assert bn["marker"]["color"] == theme.WITH.color
    assert dropout["marker"]["color"] == theme.THIRD.color
    assert "never 0" in title(drawn)
    maps = figure("dropout", "shared")["data"]
    np.testing.assert_array_equal(maps[0]["z"], trace.factor.correlation)
    assert [(m["zmin"], m["zmid"], m["zmax"]) for m in maps] == [(-1, 0, 1)] * 2


def test_a_factor_beyond_the_axis_widens_it():
    layout = figure("dropout", "factors", dropout=0.9)["layout"]
    assert layout["xaxis"]["range"][1] > 10


def test_gradients_have_the_colours_of_their_networks():
    trace = run(Settings())
    drawn = figure("gradient", "norms")
    for name, words, role in (("bn", "with BN", theme.WITH), ("none", "without BN", theme.WITHOUT)):
        points = named(drawn, words)
        assert points["marker"]["color"] == role.color
        np.testing.assert_array_equal(points["y"], trace.gradient.norm[name])
        fit = named(drawn, f"fit, {words}")
        assert (fit["line"]["color"], fit["line"]["dash"]) == (role.color, role.dash)
    assert "not to 0" in title(drawn)


@pytest.mark.parametrize(("first", "last", "n_labels"), [(2, 256, 8), (2, 1437, 5), (4, 1437, 5)])
def test_the_axis_of_sizes_has_room_for_its_labels(first, last, n_labels):
    assert len(sizes.axis(first, last)["tickvals"]) == n_labels
