"""The figures of the lab on batch size and noise: what is drawn is what was measured."""

import json

import numpy as np
import pytest

from bnviz.figures import sizes, theme
from bnviz.figures.frames import encode
from bnviz.labs.noise import LAB, Settings
from tests.lessons import drawn, named

VIEWS = pytest.mark.parametrize("view", [view.name for view in LAB.views])


def measured(view, **settings):
    return LAB.run(view, Settings(**settings)).found


def figure(view, name, **settings):
    """Give one figure of these settings."""
    return drawn(LAB, view, name, LAB.run(view, Settings(**settings)))


def title(shown):
    return shown["layout"]["title"]["text"]


@VIEWS
def test_axes_are_named_and_colours_are_those_of_the_house(view):
    for chart in LAB.view(view).charts(LAB.run(view)):
        axes = {k: v for k, v in chart.figure["layout"].items() if k[:5] in ("xaxis", "yaxis")}
        bare = {"yaxis2"} if chart.id == "shared" else set()  # the left one names both
        assert all("title" in axis for name, axis in axes.items() if name not in bare)
        text = json.dumps([encode(trace) for trace in chart.figure["data"]])
        known = [role.color for role in theme.ROLES]
        assert any(color in text for color in known) or "colorscale" in text


def test_the_law_shows_the_measured_points_and_both_theories():
    found = measured("law")
    shown = figure("law", "mean")
    np.testing.assert_array_equal(named(shown, "measured")["y"], found.mean_noise)
    np.testing.assert_array_equal(named(shown, "1/√m")["y"], found.mean_with)
    assert named(shown, "measured")["marker"]["color"] == theme.WITH.color
    (chosen,) = [t for t in shown["data"] if t.get("name", "").startswith("m = 32")]
    assert chosen["x"].tolist() == [32, 128]
    slope = f"slope −{abs(found.slope):.3f}"
    assert title(shown) == f"Four times as many images halve the noise of the mean: {slope}"


def test_the_law_without_replacement_does_not_claim_a_half():
    shown = figure("law", "mean", replacement=False)
    assert "halve" not in title(shown)
    assert "theory −0.517" in title(shown)


def test_strips_and_histogram_share_their_scale():
    strips, chosen = (figure("sample", name) for name in ("strips", "chosen"))
    assert strips["layout"]["yaxis"]["range"] == chosen["layout"]["yaxis"]["range"]
    found = measured("sample")
    for size, x_hat in zip(found.sizes, found.x_hat, strict=True):
        dots = named(strips, f"batches of {size}")
        np.testing.assert_array_equal(dots["y"], x_hat)
        assert (np.abs(np.log2(dots["x"] / size)) < 0.5).all()
        assert (dots["marker"]["opacity"] > 0.5) == (size == 32)
    assert np.sum(chosen["data"][0]["x"]) == pytest.approx(100)


def test_the_title_of_the_strips_is_true_for_an_image_at_an_end():
    found = measured("sample")
    ends = [s for s in range(1, 33) if measured("sample", sample=s).spread[0] < 0.01]
    for sample in ends:
        assert "always x̂ = " in title(figure("sample", "strips", sample=sample))
    assert found.spread[0] > 0.5
    assert "spreads by" in title(figure("sample", "strips"))


def test_all_modes_have_the_same_colours_of_influence():
    heats = [figure("influence", "heat", norm=norm)["data"][0] for norm in ("train", "eval", "ln")]
    assert len({heat["zmax"] for heat in heats}) == 1
    assert [float(np.nanmax(heat["z"])) > 0 for heat in heats] == [True, False, False]
    assert "no other output moves" in title(figure("influence", "heat", norm="ln"))


def test_the_chosen_row_is_framed_and_its_answers_are_drawn():
    shown = figure("influence", "heat", sample=9)
    (frame,) = shown["layout"]["shapes"]
    assert (frame["y0"], frame["y1"]) == (8.5, 9.5)
    assert shown["data"][0]["y0"] == 1  # the ninth row, counted from 1
    found = measured("influence", sample=9)
    answers = figure("influence", "answers", sample=9)
    np.testing.assert_array_equal(named(answers, "after")["y"], found.after)
    shown = [t.get("showlegend", True) for t in answers["data"]]
    assert shown == [False, True, True]


def test_both_factors_share_an_axis_and_each_sums_to_all():
    found = measured("dropout")
    shown = figure("dropout", "factors")
    bn, dropout = shown["data"]
    assert np.sum(bn["y"]) == pytest.approx(100)
    assert np.sum(dropout["y"]) == pytest.approx(100)
    assert dropout["x"].tolist() == [0, 1.25]
    assert bn.get("xaxis") == dropout.get("xaxis")
    assert bn["marker"]["color"] == theme.WITH.color
    assert dropout["marker"]["color"] == theme.THIRD.color
    assert "never 0" in title(shown)
    maps = figure("dropout", "shared")["data"]
    np.testing.assert_array_equal(maps[0]["z"], found.correlation)
    assert [(m["zmin"], m["zmid"], m["zmax"]) for m in maps] == [(-1, 0, 1)] * 2


def test_a_factor_beyond_the_axis_widens_it():
    layout = figure("dropout", "factors", dropout=0.9)["layout"]
    assert layout["xaxis"]["range"][1] > 10


def test_gradients_have_the_colours_of_their_networks():
    found = measured("gradient")
    shown = figure("gradient", "norms")
    for name, words, role in (("bn", "with BN", theme.WITH), ("none", "without BN", theme.WITHOUT)):
        points = named(shown, words)
        assert points["marker"]["color"] == role.color
        np.testing.assert_array_equal(points["y"], found.norm[name])
        fit = named(shown, f"fit, {words}")
        assert (fit["line"]["color"], fit["line"]["dash"]) == (role.color, role.dash)
    assert "not to 0" in title(shown)


@pytest.mark.parametrize(("first", "last", "n_labels"), [(2, 256, 8), (2, 1437, 5), (4, 1437, 5)])
def test_the_axis_of_sizes_has_room_for_its_labels(first, last, n_labels):
    assert len(sizes.axis(first, last)["tickvals"]) == n_labels
