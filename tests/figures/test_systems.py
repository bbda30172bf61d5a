"""The pictures of the lab on real systems."""

import pytest

from bnviz.figures import systems as figures
from bnviz.figures import theme
from bnviz.figures.still import still
from bnviz.labs.systems import LESSON, Experiment, Settings, run, sentences
from bnviz.labs.systems.affine import near_zero
from bnviz.numerals import bound, short

CORNERS = [
    Settings(),
    Settings(channels=4, n_batches=1, shift=0.0),
    Settings(n_batches=50, shift=2.0),
]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("settings", CORNERS, ids=str)
def test_plotly_accepts_all_charts(settings, mode):
    trace = run(settings)
    for view in LESSON.views:
        for chart in figures.charts(trace, view):
            still(chart.figure, mode=mode)


def test_titles_have_the_numbers_of_the_trace():
    trace = run(Settings())
    times, gradients = figures.charts(trace, "cost")
    assert f"{trace.cost.time_ms[3]:.2f} ms" in times.figure["layout"]["title"]["text"]
    assert short(trace.cost.block.gradient[0, 1]) in gradients.figure["layout"]["title"]["text"]
    parity, alone = figures.charts(trace, "repair")
    assert bound(trace.repair.last) in parity.figure["layout"]["title"]["text"]
    assert short(trace.repair.alone.max()) in alone.figure["layout"]["title"]["text"]


def test_the_table_of_repairs_has_a_cell_for_each_quantity_of_each():
    trace = run(Settings())
    parity, _ = figures.charts(trace, "repair")
    (text,) = parity.figure["data"]
    assert len(text["text"]) == trace.repair.rows.size + len(trace.repair.on_images)
    assert text["text"][:7] == [short(trace.repair.output[0]), *"–––", *text["text"][4:6], "–"]
    colours = {shape["fillcolor"] for shape in parity.figure["layout"]["shapes"][-7:]}
    assert colours == {theme.tint(theme.WITH.color, 0.25)}


def test_a_run_that_goes_on_is_drawn_without_a_number_it_does_not_have():
    experiment = Experiment(Settings(seed=7), "placement")
    for _ in range(2):
        for chart in figures.charts(experiment.trace(), "placement"):
            still(chart.figure)
            assert "nan" not in chart.alt
        experiment.advance()


@pytest.mark.parametrize("view", ["recurrence", "affine"])
def test_networks_to_come_are_drawn_as_such(view):
    experiment = Experiment(Settings(seed=8), view)
    titles = [
        chart.figure["layout"]["title"]["text"]
        for chart in figures.charts(experiment.trace(), view)
    ]
    assert any("being" in title for title in titles)
    for chart in figures.charts(experiment.trace(), view):
        still(chart.figure)
        assert "nan" not in chart.alt


@pytest.mark.parametrize("seed", range(3))
def test_titles_of_sequences_recurrence_and_gamma_have_the_numbers_of_the_trace(seed):
    settings = Settings(seed=seed, padding=0.25, strength=0.1, width=25)
    _, padded = figures.charts(run(settings, "sequences"), "sequences")
    mean, std = run(settings, "sequences").padding.measured[0, :, 1]
    title = padded.figure["layout"]["title"]["text"]
    assert title == f"25% padding: valid tokens at mean {mean:.2f}, deviation {std:.2f}"
    trace = run(settings, "recurrence")
    over, _ = figures.charts(trace, "recurrence")
    factors = [short(factor) for factor in sentences.changes(trace, 0.1)]
    assert all(f"{factor} (" in over.figure["layout"]["title"]["text"] for factor in factors)
    trace = run(settings, "affine")
    _, gammas = figures.charts(trace, "affine")
    near = near_zero(trace.learned.gamma)
    assert f"{near[1]:.0%} of γ learned alone" in gammas.figure["layout"]["title"]["text"]


@pytest.mark.parametrize("width", [25, 100])
def test_no_bar_of_the_histogram_is_cut_off(width):
    _, gammas = figures.charts(run(Settings(width=width), "affine"), "affine")
    *_, top = gammas.figure["layout"]["yaxis"]["range"]
    lines = [line["y"] for line in gammas.figure["data"] if line["mode"] == "lines"]
    assert len(lines) == 2
    for share in lines:
        assert share.sum() == pytest.approx(1)
        assert share.max() < top
