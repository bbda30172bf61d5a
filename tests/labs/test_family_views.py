"""What the views of the lab on the normalization family say and draw."""

import numpy as np
import pytest

from bnviz.labs.arm import Arm, finish
from bnviz.labs.family import LAB, Settings
from bnviz.labs.family.networks import accuracy, trained
from bnviz.labs.family.rates import RATES
from bnviz.labs.family.record import record
from bnviz.labs.family.settings import NORMS, SIZES
from bnviz.labs.family.sizes_view import NAMES
from bnviz.numerals import short


def charts(view):
    return LAB.view(view).charts(LAB.run(view))


def test_the_live_network_is_drawn_at_its_batch_size():
    live = charts("sizes")[0].figure["data"][-1]
    share = accuracy(finish(Arm(trained, ("bn", 2, 0))))
    assert (live["x"], live["y"]) == ([2], [100 * share])
    assert f"The live network, BN, recognizes {share:.0%}" in LAB.view("sizes").takeaway(
        LAB.run("sizes")
    )


@pytest.mark.parametrize("n", SIZES)
def test_each_norm_stands_with_its_own_best_rate_the_best_at_the_top(n):
    view, trace = LAB.view("sizes"), LAB.run("sizes", Settings(batch_size=n))
    ranks = view.charts(trace)[1].figure["data"][0]
    assert ranks["x"] == sorted(ranks["x"])
    for name, share in zip(ranks["y"], ranks["x"], strict=True):
        short_name, rate = name.split(", ")
        norm = next(key for key, said in NAMES.items() if said == short_name)
        means = record().rates[list(NORMS).index(norm), SIZES.index(n)].mean(-1)
        assert RATES.index(float(rate)) == means.argmax()
        assert share == pytest.approx(100 * means.max())
    assert f"{NORMS[norm]} {means.max():.0%}" in view.takeaway(trace)


def test_pictures_are_colours():
    drawn = charts("picture")
    assert [chart.id for chart in drawn] == ["content", "normed", "style", "styled"]
    for chart in drawn:
        z = np.array(chart.figure["data"][0]["z"])
        assert z.shape in ((24, 24, 3), (24, 24 + 2 + 24, 3))
        assert 0 <= z.min() < z.max() <= 255


def test_instance_norm_is_drawn_of_the_picture_and_of_the_changed_one():
    found = LAB.run("picture").found
    (figure,) = (chart.figure for chart in charts("picture") if chart.id == "normed")
    z = np.array(figure["data"][0]["z"])
    for part, values in ((z[:, :24], found.plain), (z[:, -24:], found.normed)):
        np.testing.assert_allclose(part, np.clip(255 * (0.5 + 0.2 * values), 0, 255), atol=0.51)
    assert "x + 2" in figure["layout"]["title"]["text"]


@pytest.mark.parametrize("seed", range(3))
def test_the_words_on_pictures_are_those_of_the_numbers(seed):
    view = LAB.view("picture")
    said = view.takeaway(view.run(Settings(seed=seed)))
    assert "IN(3x + 2) and IN(x) differ by at most" in said
    assert "each colour is **that of the other picture**" in said
    told = view.run(Settings(seed=seed, contrast=1.0, strength=0.0))
    said = view.takeaway(told)
    assert told.found.difference == 0
    assert "the picture is not changed" in said
    away = np.abs(told.found.means[1] - told.found.means[2])
    assert away.min() < 0.9 * away.max()  # so "up to" is needed
    assert f"up to {short(away.max())} from" in said
