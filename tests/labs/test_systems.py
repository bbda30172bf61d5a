"""The lab on real systems: its settings, and what its sentences, tables and charts hold."""

import pytest

from bnviz.figures import theme
from bnviz.labs.arm import MEMORY, Work
from bnviz.labs.systems import LAB, Settings
from bnviz.labs.systems.recurrence_view import changes
from bnviz.labs.systems.training import near_zero
from bnviz.labs.view import Trace
from bnviz.numerals import bound, short
from tests.lessons import drawn


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channels", 3),
        ("n_batches", 0),
        ("shift", 2.5),
        ("seed", -1),
        ("shift", 0.35),
        ("channels", 5),
        ("spread", 0.6),
        ("padding", 0.8),
        ("strength", 0.3),
        ("gamma_start", 0.0),
        ("width", 400),
    ],
)
def test_settings_name_the_field(field, value):
    with pytest.raises(ValueError, match=field):
        Settings(**{field: value})


def title(view, plot, trace):
    return drawn(LAB, view, plot, trace)["layout"]["title"]["text"]


def test_titles_have_the_numbers_of_the_trace():
    trace = LAB.run("cost")
    assert f"{trace.found.time_ms[3]:.2f} ms" in title("cost", "times", trace)
    assert short(trace.found.block.gradient[0, 1]) in title("cost", "gradients", trace)
    trace = LAB.run("repair")
    assert bound(trace.found.last) in title("repair", "parity", trace)
    assert short(trace.found.alone.max()) in title("repair", "alone", trace)


@pytest.mark.parametrize("seed", range(3))
def test_titles_of_sequences_recurrence_and_gamma_have_the_numbers_of_the_trace(seed):
    settings = Settings(seed=seed, padding=0.25, strength=0.1, width=25)
    trace = LAB.run("sequences", settings)
    mean, std = trace.found.padding.measured[0, :, 1]
    told = title("sequences", "padding", trace)
    assert told == f"25% padding: valid tokens at mean {mean:.2f}, deviation {std:.2f}"
    trace = LAB.run("recurrence", settings)
    told = title("recurrence", "steps", trace)
    assert all(f"{short(factor)} (" in told for factor in changes(trace, 0.1))
    trace = LAB.run("affine", settings)
    near = near_zero(trace.found.learned.gamma)
    assert f"{near[1]:.0%} of γ learned alone" in title("affine", "gammas", trace)


@pytest.mark.parametrize("seed", range(3))
def test_sentences_have_the_numbers_of_the_trace(seed):
    trace = LAB.run("pure", Settings(seed=seed, shift=1.0))
    words = LAB.view("pure").takeaway(trace)
    assert f"{trace.found.accuracy[2, 4].mean():.0%} with pure" in words
    trace = LAB.run("cost", Settings(seed=seed))
    words = LAB.view("cost").takeaway(trace)
    assert f"{trace.found.time_ms[3]:.2f} ms folded" in words
    assert f"at most {bound(trace.found.block.gradient[0, 1])}," in words
    trace = LAB.run("repair", Settings(seed=seed))
    words = LAB.view("repair").takeaway(trace)
    assert "variance starts at 0" in words
    assert f"than **{bound(trace.found.last)}**" in words
    trace = LAB.run("sequences", Settings(seed=seed, padding=0.75))
    mean, std = trace.found.padding.measured[0, :, -1]
    assert f"mean {mean:.2f}, deviation {std:.2f}" in LAB.view("sequences").takeaway(trace)


def test_the_table_of_repairs_has_a_cell_for_each_quantity_of_each():
    trace = LAB.run("repair")
    parity = drawn(LAB, "repair", "parity", trace)
    (text,) = parity["data"]
    assert len(text["text"]) == trace.found.rows.size + len(trace.found.on_images)
    assert text["text"][:7] == [short(trace.found.rows[0, 0]), *"–––", *text["text"][4:6], "–"]
    colours = {shape["fillcolor"] for shape in parity["layout"]["shapes"][-7:]}
    assert colours == {theme.tint(theme.WITH.color, 0.25)}


@pytest.mark.parametrize("name", ["placement", "recurrence", "affine"])
def test_networks_to_come_are_told_as_such(name):
    view, settings = LAB.view(name), Settings(seed=8)
    MEMORY.clear()
    work = Work(view.arm(settings))
    work.advance()
    trace = Trace(settings, work.found())
    assert "being" in view.takeaway(trace)
    charts = view.charts(trace)
    assert any("being" in chart.figure["layout"]["title"]["text"] for chart in charts)
    assert all("nan" not in chart.alt for chart in charts)
    n_rows = len(view.table(trace)["value"])
    while not work.finished:
        work.advance()
    assert n_rows < len(view.table(Trace(settings, work.found()))["value"])


@pytest.mark.parametrize("width", [25, 100])
def test_no_bar_of_the_histogram_is_cut_off(width):
    gammas = drawn(LAB, "affine", "gammas", LAB.run("affine", Settings(width=width)))
    *_, top = gammas["layout"]["yaxis"]["range"]
    lines = [line["y"] for line in gammas["data"] if line["mode"] == "lines"]
    assert len(lines) == 2
    for share in lines:
        assert share.sum() == pytest.approx(1)
        assert share.max() < top
