"""The figures of the anatomy lab: what they draw is what the trace holds."""

import numpy as np

from bnviz.figures import theme
from bnviz.figures.still import still
from bnviz.labs.anatomy import LAB, Settings
from bnviz.labs.anatomy.steps_view import after

TRACE = LAB.run("steps", Settings(values=(1.0, 2.0, 6.0)))


def titles(name):
    chart = next(c for c in LAB.view("steps").charts(TRACE) if c.id == name)
    return chart.figure["layout"]["title"]["text"].values


def test_each_step_says_what_it_found():
    assert titles("after")[2] == "Nothing is standardized yet"
    assert titles("after")[3] == "x̂ has mean 0 and spread 1"
    assert titles("running")[4] == "The running statistics stay until the end"
    assert titles("running")[5] == "The running statistics go 10% of the way to the batch"


def test_nothing_is_drawn_before_it_is_known():
    first, last = still(after(TRACE), 2), still(after(TRACE), -1)
    assert np.isnan(np.asarray(first.data[0].y, float)).all()
    np.testing.assert_allclose(last.data[0].y, TRACE.found.x_hat)
    np.testing.assert_allclose(last.data[1].y, TRACE.found.y)


def test_histograms_count_every_drawn_value():
    (chart,) = LAB.view("shapes").charts(LAB.run("shapes"))
    assert [int(bar["y"].sum()) for bar in chart.figure["data"]] == [64, 64, 64]


def test_house_colours():
    colours = {trace["marker"]["color"] for trace in after(TRACE)["data"]}
    assert colours == {theme.WITH.color}
