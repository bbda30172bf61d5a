"""What the lab on real systems says of sequences and recurrence, over several seeds."""

import numpy as np
import pytest

from bnviz.core.functional import batch_norm
from bnviz.core.nn import RNN
from bnviz.labs.arm import Arm, finish
from bnviz.labs.sequences import LAB, Settings, padding, recurrence, tokens
from bnviz.labs.sequences.recurrence import FIRST, STRENGTHS, T

SEEDS = range(3)


def batches(seed):
    """Measure how the variance of a batch varies."""
    return finish(Arm(tokens.tokens, (seed,)))


@pytest.mark.checks(
    "variation of the variance of a batch of sequences",
    how="the formula, spreads 0 to 0.5, 3 seeds of 3 draws of 200 batches",
    tolerance="12%",
)
@pytest.mark.parametrize("seed", SEEDS)
def test_batch_variances_vary_as_the_formula_says_while_tails_are_light(seed):
    found = batches(seed)
    np.testing.assert_allclose(found.batch[:, 0].mean(-1), 0.16, atol=0.01)
    np.testing.assert_allclose(found.batch.mean(-1)[:, :3], found.expected[:, :3], rtol=0.12)


@pytest.mark.parametrize("seed", SEEDS)
def test_scales_of_sequences_vary_most_and_heavy_tails_do_much_of_it_alone(seed):
    of_token, of_sequence = batches(seed).batch.mean(axis=-1)
    assert (of_sequence[1:] > 1.2 * of_token[1:]).all()
    assert 1.2 < of_sequence[-1] < 2.4
    assert of_token[-1] > 5 * of_token[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_at_a_large_spread_two_hundred_batches_show_less_than_the_formula(seed):
    found = batches(seed)
    assert found.batch[1, -1].mean() < 0.8 * found.expected[1, -1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_variance_of_a_token_is_the_same_in_all_batches(seed):
    assert batches(seed).token.max() < 1e-12


@pytest.mark.checks(
    "zero padding: mean and deviation of the valid tokens after batch norm",
    how="the formula, 25 to 75% padding, 3 seeds",
    tolerance="1e-9",
)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("share", padding.SHARES)
def test_padding_moves_valid_tokens_as_the_formula_says(seed, share):
    rng = np.random.default_rng(seed)
    valid_NT = padding.valid_positions(share, rng)
    assert 1 - valid_NT.mean() == share
    x_NTC = rng.normal(1, 1, (*valid_NT.shape, 3)) * valid_NT[..., None]
    y_VC = padding.normalized(x_NTC, valid_NT, "BN, all positions")
    before = x_NTC[valid_NT]
    mean, std = padding.shifted(share, before.mean(axis=0), before.std(axis=0))
    np.testing.assert_allclose(y_VC.mean(axis=0), mean, atol=1e-9)
    np.testing.assert_allclose(y_VC.std(axis=0), std, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_padding_moves_bn_and_neither_masked_bn_nor_layer_norm(seed):
    everywhere, masked, layer = padding.padding(seed).measured
    np.testing.assert_allclose(everywhere[0], [0, 0.26, 0.58, 1.13], atol=0.03)
    np.testing.assert_allclose(everywhere[1], [1, 1.03, 1.15, 1.51], atol=0.03)
    np.testing.assert_allclose(masked[0], 0, atol=1e-9)
    np.testing.assert_allclose(masked[1], 1, atol=1e-4)
    np.testing.assert_allclose(layer[0], 0, atol=0.01)
    np.testing.assert_allclose(layer[1], 1, atol=0.01)


def test_masked_statistics_do_not_depend_on_the_padding():
    rng = np.random.default_rng(0)
    valid_NT = padding.valid_positions(0.5, rng)
    x_NTC = rng.normal(size=(*valid_NT.shape, 2))
    wanted, _ = batch_norm(x_NTC[valid_NT])
    x_NTC[~valid_NT] = 7
    np.testing.assert_array_equal(
        padding.normalized(x_NTC, valid_NT, "BN, valid tokens only"), wanted
    )


@pytest.fixture(scope="module", params=SEEDS)
def factor(request):
    """Log 10 of the factor of the gradient, (A, K, S)."""
    found = LAB.run("recurrence", Settings(seed=request.param)).found
    return np.log10(recurrence.change(found))


@pytest.mark.checks(
    "gradient through a recurrence with BN, initial γ 0.1 and 1",
    how="40 steps, 5 strengths of the input, 3 seeds of 3 starts",
    tolerance="weak input: within a factor of 10 with 0.1, above 10 with 1; equal: below 0.1",
)
def test_the_sign_depends_on_the_strength_of_the_input(factor):
    small, one, none = factor
    assert (np.abs(small[0]) < 1).all()
    assert (one[0] > 1).all()
    assert (factor[:, 3:] < -1).all()
    assert (none < -7).all()


def test_with_gamma_one_more_is_left_at_every_strength(factor):
    assert (factor[1] > factor[0]).all()


def test_at_every_strength_above_a_half_gradients_fall_with_the_strength(factor):
    assert (np.diff(factor[:, 2:], axis=1) < 0).all()


def test_networks_side_by_side_are_the_networks_alone():
    k, seed = 3, 5
    alone = RNN(recurrence.D, recurrence.H, n_steps=T, gamma=0.1, rng=seed, dtype=np.float64)
    rng = np.random.default_rng(seed)
    alone(rng.normal(size=(T, recurrence.N, recurrence.D)))
    dy_TNH = np.zeros((T, recurrence.N, recurrence.H))
    dy_TNH[-1] = rng.normal(size=dy_TNH.shape[1:])
    alone.backward(dy_TNH)
    norm_T = np.sqrt(np.square(alone.dh).sum(axis=(1, 2)))
    found = recurrence.gradient("bn", 0.1, seed)[k]
    assert STRENGTHS[k] == 1
    np.testing.assert_allclose(found, norm_T / norm_T[-1], rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_input_that_stops_is_weak_input(seed):
    """Read ten inputs and then only zeros: gamma 0.1 keeps the gradient, 1 makes it explode."""
    rng = np.random.default_rng(seed)
    x_TND = rng.normal(size=(T, recurrence.N, recurrence.D))
    x_TND[FIRST:] = 0
    dy_TNH = np.zeros((T, recurrence.N, recurrence.H))
    dy_TNH[-1] = rng.normal(size=dy_TNH.shape[1:])
    found = {}
    for gamma in (0.1, 1.0):
        rnn = RNN(recurrence.D, recurrence.H, n_steps=T, gamma=gamma, rng=seed, dtype=np.float64)
        rnn(x_TND)
        rnn.backward(dy_TNH)
        norm_T = np.sqrt(np.square(rnn.dh).sum(axis=(1, 2)))
        found[gamma] = norm_T[FIRST - 1] / norm_T[-1]
    assert 0.1 < found[0.1] < 10
    assert found[1.0] > 10


@pytest.mark.parametrize("seed", SEEDS)
def test_the_sentence_on_recurrence_says_what_gamma_does(seed):
    trace, view = LAB.run("recurrence", Settings(seed=seed)), LAB.view("recurrence")
    words = view.takeaway(trace)
    assert "With γ = 1 it **explodes** at strength 0.1 and **vanishes** at 1" in words
    assert "with γ = 0.1 it stays at 0.1 and vanishes at 1" in words
    assert len(view.table(trace)["value"]) == trace.found[..., 0, 0].size


def test_a_share_without_padding_has_a_mean_of_zero_in_words():
    trace = LAB.run("sequences", Settings(padding=0.0))
    assert "mean 0.00, deviation 1.00" in LAB.view("sequences").takeaway(trace)
