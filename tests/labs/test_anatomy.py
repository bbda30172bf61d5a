"""The anatomy of a BN layer: its numbers against PyTorch and theory, and what its page says."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.labs.anatomy import LAB, PRESETS, Settings
from bnviz.labs.anatomy.numbers import number
from bnviz.labs.anatomy.settings import LARGEST, MOST
from bnviz.marks import Numbers
from bnviz.settings import fields, from_query, to_query

SEEDS = range(5)
batches = st.lists(
    st.floats(-1e3, 1e3).map(lambda v: round(v, 3)), min_size=2, max_size=MOST
).filter(lambda values: np.ptp(values) > 0.1)


def own(**settings):
    """Give what the layer does to the reader's batch."""
    return LAB.run("steps", Settings(**settings)).found


def preset(title):
    """Give what the layer does to the batch of a preset."""
    return LAB.run("steps", next(p for p in PRESETS if p.title == title).settings).found


def said(view, **settings):
    """Give the sentence and the formula of a view."""
    trace, shown = LAB.run(view, Settings(**settings)), LAB.view(view)
    return shown.takeaway(trace), shown.formula(trace)


@pytest.mark.checks("the anatomy of a BN layer", how="PyTorch, float64", tolerance="1e-9")
@pytest.mark.parametrize("seed", SEEDS)
def test_output_and_running_statistics_equal_pytorch(pytorch, seed):
    rng = np.random.default_rng(seed)
    values = tuple(rng.normal(50, 20, 7).round(3).tolist())
    found = own(values=values, gamma=1.5, beta=-2.0, eps=1e-3, momentum=0.3)
    module = pytorch.nn.BatchNorm1d(1, eps=1e-3, momentum=0.3, dtype=pytorch.float64)
    with pytorch.no_grad():
        module.weight.fill_(1.5)
        module.bias.fill_(-2.0)
    y = module(pytorch.tensor(values, dtype=pytorch.float64)[:, None])
    np.testing.assert_allclose(found.y, y.detach().numpy()[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.running[0, 1], module.running_mean.item(), rtol=1e-9)
    np.testing.assert_allclose(found.running[1, 1], module.running_var.item(), rtol=1e-9)


@given(batches, st.sampled_from([1e-8, 1e-5, 1e-1]), st.floats(-3, 3), st.floats(-3, 3))
def test_mean_spread_and_bound_are_those_of_the_formula(values, eps, gamma, beta):
    found = own(values=tuple(values), eps=eps, gamma=gamma, beta=beta)
    std = np.std(values)
    assert found.y.mean() == pytest.approx(beta, abs=1e-6)
    assert found.y.std() == pytest.approx(abs(gamma) * std / np.sqrt(std**2 + eps), abs=1e-6)
    assert np.abs(found.x_hat).max() <= found.bound + 1e-9


@given(batches)
def test_divided_by_the_variance_the_spread_is_one_over_sigma(values):
    found = own(values=tuple(values), divide="var", eps=1e-8)
    assert found.x_hat.std() == pytest.approx(1 / np.std(values), rel=1e-5)


@given(batches)
def test_the_identity_is_recovered_for_this_batch(values):
    found = own(values=tuple(values), identity=True)
    np.testing.assert_allclose(found.y, found.x, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_but_not_for_another_batch(seed):
    settings = {"values": (3.0, 300.0), "identity": True, "seed": seed}
    x, y = LAB.run("identity", Settings(**settings)).found.other
    assert np.abs(y - x).max() > 10
    assert "Another batch" in said("identity", **settings)[0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("eps", [1e-8, 1e-5, 1e-1])
def test_pairs_follow_h_over_the_root_of_h_squared_and_eps(seed, eps):
    found = LAB.run("pairs", Settings(seed=seed, eps=eps)).found
    # The pairs lie near numbers of size 10, so their half distance is known to about 1e-15.
    np.testing.assert_allclose(found.x_hat, found.expected, rtol=1e-7)
    np.testing.assert_allclose(found.expected, found.half / np.sqrt(found.half**2 + eps))
    assert (np.diff(found.half) >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_shape_of_a_distribution_stays(seed):
    drawn = LAB.run("shapes", Settings(seed=seed, size=128, gamma=2.0, beta=1.0)).found
    counts = [np.histogram(v, bins=20)[0] for v in (drawn.x, drawn.x_hat, drawn.y)]
    assert np.abs(counts[0] - counts[1]).max() <= 1  # a value may lie on the edge of two bins
    assert np.abs(counts[0] - counts[2]).max() <= 1


def test_presets_do_what_they_say():
    np.testing.assert_allclose(preset("Two are enough for ±1").x_hat, [-1, 1], atol=1e-6)
    alone = preset("One is not enough")
    assert alone.refusal.startswith("Expected more than 1 value per channel when training")
    assert alone.refusal in said("steps", values=(3.0,))[0]
    far = preset("One far from the rest")
    assert far.x_hat.max() == pytest.approx(np.sqrt(11), rel=1e-6)
    farther = own(values=(0.0,) * 11 + (10_000.0,))
    assert farther.x_hat.max() == pytest.approx(far.x_hat.max(), rel=1e-6)
    same = preset("All the same")
    assert same.var == 0
    np.testing.assert_array_equal(same.y, same.beta)
    assert preset("Divided by the variance").x_hat.std() == pytest.approx(1 / 148.5, rel=1e-6)


def test_a_refused_batch_is_the_words_of_pytorch(pytorch):
    with pytest.raises(ValueError, match="Expected more than 1 value") as error:
        pytorch.nn.BatchNorm1d(1)(pytorch.zeros(1, 1))
    told = re.sub(r"torch\.Size\(\[(.*)\]\)", r"(\1)", str(error.value))
    assert own(values=(3.0,)).refusal == told


def test_numbers_in_the_sentences_come_from_the_trace():
    sentence, formula = said("steps", values=(1.0, 2.0, 6.0))
    assert sentence.startswith("The batch 1, 2 and 6 has μ = 3 and σ = ")
    assert r"\tfrac{1}{3}(1 + 2 + 6) = 3" in formula
    assert sentence != said("steps", values=(1.0, 2.0, 9.0))[0]


# What a reader may type.

MARK = fields(Settings)["values"]


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ([], "The table is empty"),
        (["1", ""], "Row 2 is blank"),
        ([None, "1"], "Row 1 is blank"),
        (["1", "two"], "Row 2 holds “two”, which is not a number"),
        (["nan"], "Row 1 holds “nan”"),
        (["1", "inf"], "Row 2 holds inf; a number between -1e6 and 1e6 fits"),
        (["1e300"], "Row 1 holds 1e300"),
        (["1"] * 1000, "The table has 1000 rows; at most 12 are used"),
        (["x" * 10_000], "which is not a number"),
    ],
)
def test_a_table_that_does_not_fit_is_named(cells, complaint):
    values, said = MARK.rows(cells)
    assert values == ()
    assert complaint in said
    assert len(said) < 120


def test_a_table_that_fits_is_read():
    assert MARK.rows([" 1.5", "−2", 3, "4e2"]) == ((1.5, -2.0, 3.0, 400.0), "")


@pytest.mark.parametrize(
    ("text", "values", "note"),
    [
        ("1,2.5,-3", (1.0, 2.5, -3.0), None),
        ("1;2", (3.0, 300.0), "is not a list of numbers"),
        ("", (3.0, 300.0), "is not a list of numbers"),
        ("1,nan", (3.0, 300.0), "is not a list of numbers"),
        ("1_0", (3.0, 300.0), "is not a list of numbers"),
        ("\u0663", (3.0, 300.0), "is not a list of numbers"),  # an Arabic-Indic digit
        ("1," * 1000, (3.0, 300.0), "is too long to read"),
        ("1,1e9", (1.0, LARGEST), "holds a number out of range"),
        (",".join("1" * 40), (1.0,) * MOST, "holds more than 12 numbers"),
    ],
)
def test_a_link_gives_the_nearest_list(text, values, note):
    settings, notes = from_query(Settings, {"anatomy_values": text}, "anatomy")
    assert settings.values == values
    assert (note in notes[0]) if note else not notes


@pytest.mark.parametrize("bad", [(), (1.0,) * 13, (1.0, 2e6), "12", 3.0, (1.0, "x"), (True, 1.0)])
def test_a_bad_batch_in_code_is_refused_by_name(bad):
    with pytest.raises(ValueError, match="values must be 1 to 12 numbers between -1e6 and 1e6"):
        Settings(values=bad)


def test_a_list_survives_its_link():
    mark = Numbers("x", 4, -10, 10)
    values = (1.0, -2.25, 1e-7, 10.0)
    assert mark.read(mark.text(values), ()) == (values, None)


def test_the_longest_list_survives_its_link():
    settings = Settings(values=(-2.2250738585072014e-308,) * MOST)
    assert from_query(Settings, to_query(settings, "anatomy"), "anatomy") == (settings, [])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sentence_on_pairs_holds_for_each_pair(seed):
    found = LAB.run("pairs", Settings(seed=seed)).found
    apart = found.farthest_that_differs
    assert (found.x_hat[2 * found.half > apart] > 0.99).all()
    assert (found.x_hat <= 0.99).any()
    assert number(apart) in said("pairs", seed=seed)[0]


def test_each_view_has_its_own_formula_with_its_own_numbers():
    settings = {"values": (1.0, 2.0, 6.0), "identity": True}
    root, drawn = np.sqrt(own(**settings).var + 1e-5), LAB.run("shapes").found
    assert f"= {number(root)}" in said("identity", **settings)[1]
    assert f"= {number(drawn.y.std())}" in said("shapes", **settings)[1]
    assert number(np.sqrt(1e-5)) in said("pairs", **settings)[1]
