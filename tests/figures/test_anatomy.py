"""The figures of the anatomy lab: what they draw is what the trace holds."""

import numpy as np
import pytest

from bnviz.figures import anatomy as figures
from bnviz.figures import theme
from bnviz.figures.still import still
from bnviz.labs.anatomy import Settings, run

TRACE = run(Settings(values=(1.0, 2.0, 6.0)))


def titles(name):
    chart = next(c for c in figures.charts(TRACE, "steps") if c.id == name)
    return chart.figure["layout"]["title"]["text"].values


def test_each_step_says_what_it_found():
    assert titles("before")[1] == "Their mean is μ = 3"
    assert titles("before")[2].startswith("Their variance is σ² = 4.667")
    assert titles("after")[2] == "Nothing is standardized yet"
    assert titles("after")[3] == "x̂ has mean 0 and spread 1"
    assert titles("running")[4] == "The running statistics stay until the end"
    assert titles("running")[5] == "The running statistics go 10% of the way to the batch"


def test_nothing_is_drawn_before_it_is_known():
    first, last = still(figures.after(TRACE), 2), still(figures.after(TRACE), -1)
    assert np.isnan(np.asarray(first.data[0].y, float)).all()
    np.testing.assert_allclose(last.data[0].y, TRACE.own.x_hat)
    np.testing.assert_allclose(last.data[1].y, TRACE.own.y)


def test_the_band_is_one_standard_deviation_about_the_mean():
    drawn = still(figures.before(TRACE), -1)
    lo, hi = drawn.data[0].y[0], drawn.data[1].y[0]
    assert (lo + hi) / 2 == pytest.approx(3)
    assert (hi - lo) / 2 == pytest.approx(np.std([1, 2, 6]))


def test_histograms_count_every_drawn_value():
    figure = figures.shapes(TRACE)
    assert [int(bar["y"].sum()) for bar in figure["data"]] == [64, 64, 64]


def test_house_colours():
    colours = {trace["marker"]["color"] for trace in figures.after(TRACE)["data"]}
    assert colours == {theme.WITH.color}
