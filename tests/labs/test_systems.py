"""The labs on cost, place and sequences: settings, and what sentences, tables and charts hold."""

import numpy as np
import pytest

from bnviz.core.nn import BatchNorm2d
from bnviz.figures import theme
from bnviz.labs import placement, sequences, systems
from bnviz.labs.arm import MEMORY, Work
from bnviz.labs.sequences.recurrence_view import changes
from bnviz.labs.systems.training import near_zero
from bnviz.labs.view import Trace
from bnviz.numerals import bound, most, short
from bnviz.settings import fields
from tests.lessons import drawn

VIEWS = {view.name: of for of in (systems, placement, sequences) for view in of.LAB.views}


def run(name, **settings):
    """Run a view, of whichever lab it is."""
    return VIEWS[name].LAB.run(name, VIEWS[name].Settings(**settings))


def takeaway(name, trace):
    return VIEWS[name].LAB.view(name).takeaway(trace)


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
    of = next(lab for lab in (systems, placement, sequences) if field in fields(lab.Settings))
    with pytest.raises(ValueError, match=field):
        of.Settings(**{field: value})


def title(view, plot, trace):
    return drawn(VIEWS[view].LAB, view, plot, trace)["layout"]["title"]["text"]


def test_titles_have_the_numbers_of_the_trace():
    trace = run("cost")
    assert f"{trace.found.time_ms[3]:.2f} ms" in title("cost", "times", trace)
    assert short(trace.found.block.gradient[0, 1]) in title("cost", "gradients", trace)
    trace = run("repair")
    assert title("repair", "parity", trace).endswith("nothing is off")
    assert short(trace.found.alone.max()) in title("repair", "alone", trace)


@pytest.mark.parametrize("seed", range(3))
def test_titles_of_sequences_recurrence_and_gamma_have_the_numbers_of_the_trace(seed):
    settings = {"seed": seed, "padding": 0.25, "strength": 0.1}
    trace = run("sequences", **settings)
    mean, std = trace.found.padding.measured[0, :, 1]
    told = title("sequences", "padding", trace)
    assert told == f"25% padding: valid tokens at mean {mean:.2f}, deviation {std:.2f}"
    trace = run("recurrence", **settings)
    told = title("recurrence", "steps", trace)
    assert all(f"{short(factor)} (" in told for factor in changes(trace, 0.1))
    trace = run("affine", seed=seed, width=25)
    near = near_zero(trace.found.learned.gamma)
    assert f"{near[1]:.0%} of γ learned alone" in title("affine", "gammas", trace)


@pytest.mark.parametrize("seed", range(3))
def test_sentences_have_the_numbers_of_the_trace(seed):
    trace = run("pure", seed=seed, shift=1.0)
    words = takeaway("pure", trace)
    assert f"{trace.found.accuracy[2, 4].mean():.0%} with pure" in words
    trace = run("cost", seed=seed)
    words = takeaway("cost", trace)
    assert f"{trace.found.time_ms[3]:.2f} ms folded" in words
    assert f"at most {bound(trace.found.block.gradient[0, 1])}," in words
    trace = run("repair", seed=seed)
    words = takeaway("repair", trace)
    assert "variance starts at 0" in words
    assert f"difference is **{most(trace.found.last)}**" in words
    trace = run("sequences", seed=seed, padding=0.75)
    mean, std = trace.found.padding.measured[0, :, -1]
    assert f"mean {mean:.2f}, deviation {std:.2f}" in takeaway("sequences", trace)


def test_the_table_of_repairs_has_a_cell_for_each_quantity_of_each():
    trace = run("repair")
    parity = drawn(systems.LAB, "repair", "parity", trace)
    (text,) = parity["data"]
    assert len(text["text"]) == trace.found.rows.size + len(trace.found.on_images)
    assert text["text"][:7] == [short(trace.found.rows[0, 0]), *"–––", *text["text"][4:6], "–"]
    colours = {shape["fillcolor"] for shape in parity["layout"]["shapes"][-7:]}
    assert colours == {theme.tint(theme.WITH.color, 0.25)}


@pytest.mark.parametrize("name", ["placement", "recurrence", "affine"])
def test_networks_to_come_are_told_as_such(name):
    view, settings = VIEWS[name].LAB.view(name), VIEWS[name].Settings(seed=8)
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
    gammas = drawn(systems.LAB, "affine", "gammas", run("affine", width=width))
    *_, top = gammas["layout"]["yaxis"]["range"]
    lines = [line["y"] for line in gammas["data"] if line["mode"] == "lines"]
    assert len(lines) == 2
    for share in lines:
        assert share.sum() == pytest.approx(1)
        assert share.max() < top


@pytest.mark.parametrize("seed", range(3))
def test_which_order_is_ahead_is_what_the_question_says(seed):
    """With sigmoid and with ReLU, at rates of 0.03, 0.1 and 0.3."""
    before, after = run("placement", seed=seed).found.mean(-1).swapaxes(0, 1)
    ahead = after - before
    assert ahead[0, 0] > 0.10
    assert ahead[1, 0] > 0
    assert abs(ahead[1, -1]) < 0.04


def test_padding_leaves_valid_tokens_where_the_question_says():
    mean, std = run("sequences", padding=0.5).found.padding.measured[0, :, 2]
    assert (round(mean, 2), round(std, 2)) == (0.58, 1.15)


def test_in_training_no_fixed_layer_can_stand_for_convolution_and_bn():
    """The answer for a picture is another one beside other pictures; in evaluation it is not."""
    rng = np.random.default_rng(0)
    one, *others = rng.normal(size=(3, 4, 2, 5, 5))
    layer = BatchNorm2d(2)
    in_training = [layer(np.concatenate([one, other]))[:4] for other in others]
    assert np.abs(in_training[0] - in_training[1]).max() > 0.01
    layer.eval()
    in_use = [layer(np.concatenate([one, other]))[:4] for other in others]
    np.testing.assert_array_equal(*in_use)
