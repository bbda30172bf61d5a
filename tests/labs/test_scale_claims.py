"""What the lab on scale invariance says, over several seeds."""

import numpy as np
import pytest

from bnviz.labs.arm import finish
from bnviz.labs.scale import LAB, Settings, flat, pace, spectral
from bnviz.labs.scale.balance_view import balanced
from bnviz.labs.scale.learner import arm
from bnviz.labs.scale.settings import SCALES
from bnviz.numerals import short
from tests.lessons import over

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)
FIRST = over(SEEDS, always=1)
"""What trains for long: one start in each run of the tests, the others if asked for."""
FLAT_FROM = SCALES.index(0.1)


def measured(name, **settings):
    return LAB.run(name, Settings(**settings)).found


def path_of(seed, n_steps, **parts):
    return finish(arm(Settings(seed=seed), n_steps, **parts))


@EACH
def test_the_loss_is_flat_and_the_gradient_is_one_over_a(seed):
    found = flat.measure(Settings(seed=seed))
    ones = found.loss[0, SCALES.index(1.0)]
    assert np.abs(found.loss[0, FLAT_FROM:] - ones).max() < 0.01
    products = (found.gradient_norm[0] * SCALES)[FLAT_FROM:]
    np.testing.assert_allclose(products, products[-1], rtol=0.05)
    assert abs(found.cosine) < 1e-6
    # Without norm both grow with the scale.
    assert found.loss[1, -1] > 1000 * found.loss[1, SCALES.index(1.0)]
    assert found.gradient_norm[1, -1] > 10 * found.gradient_norm[1, SCALES.index(1.0)]


@EACH
def test_the_invariance_ends_where_epsilon_is_as_large_as_the_variance(seed):
    for eps in (1e-5, 1e-3):
        found = flat.measure(Settings(seed=seed, scale=0.001, eps=eps))
        one = found.loss[0, SCALES.index(1.0)]
        inside = [a for a in SCALES if a < found.eps_scale]
        outside = [a for a in SCALES if a > 30 * found.eps_scale]
        assert inside
        for scale, loss in zip(SCALES, found.loss[0], strict=True):
            if scale in inside:
                assert abs(loss - one) > 0.1
            if scale in outside:
                assert abs(loss - one) < 0.01 * one
    assert abs(flat.measure(Settings(seed=seed, scale=0.001)).cosine) > 1e-4


@EACH
def test_the_twin_takes_the_same_path_and_the_same_rate_a_slower_one(seed):
    found = measured("pace", seed=seed, scale=10.0)
    plain, scaled, twin = found.plain, found.scaled, found.twin
    np.testing.assert_allclose(twin.loss, plain.loss, atol=1e-9)
    np.testing.assert_allclose(twin.norm, 10 * plain.norm, rtol=1e-9)
    assert scaled.last_loss > 1.5 * plain.last_loss
    # Weights ten times as large learn as with a hundredth of the rate.
    slow = path_of(seed, pace.N_STEPS, lr=1.0, lr_hidden=0.01)
    np.testing.assert_allclose(scaled.loss, slow.loss, atol=1e-4)


@EACH
@pytest.mark.checks(
    "lab Scale: right angles of weights and gradient, growth by Pythagoras",
    how="the closed form",
    tolerance="1e-5 and relative 1e-5",
)
def test_steps_are_at_right_angles_and_add_up_by_pythagoras(seed):
    path = path_of(seed, 100, lr=1.0)
    assert np.abs(path.cosine).max() < 1e-5
    np.testing.assert_allclose(path.pythagoras(1.0), path.norm, rtol=1e-5)
    assert (np.diff(path.norm) > 0).all()
    assert path.norm[-1] > 1.1 * path.norm[0]


@EACH
def test_the_weights_turn_at_the_angle_of_the_balance(seed):
    found = measured("balance", seed=seed)
    assert found.expected == pytest.approx(np.sqrt(2 * 1.0 * 0.02), rel=0.01)
    np.testing.assert_allclose(found.measured, found.expected, rtol=0.05)
    # Decay keeps the effective rate high, and the loss on the digits too.
    assert found.digits.norm[-1] < 0.8 * found.digits.norm[0] < found.free.norm[-1]
    assert found.digits.last_loss > 2 * found.free.last_loss


@pytest.mark.parametrize("seed", [30, 31])
def test_at_a_low_rate_more_decay_makes_the_loss_lower(seed):
    found = measured("balance", seed=seed, lr=0.1, weight_decay=0.02)
    assert found.digits.last_loss < found.free.last_loss


@pytest.mark.parametrize("lr", [0.01, 1.0])
def test_without_decay_weights_grow_and_turn_less_and_the_sentence_says_by_how_much(lr):
    settings = Settings(lr=lr, weight_decay=0.0)
    trace = LAB.run("balance", settings)
    found = trace.found
    assert (np.diff(found.digits.norm) > 0).all()
    assert found.measured[0] < 0.8 * found.early
    np.testing.assert_allclose(
        found.early**2 + found.measured[0] ** 2, 2 * np.square(found.digits.angle).mean()
    )
    said = LAB.view("balance").takeaway(trace)
    grown = 100 * (found.digits.norm[-1] / found.digits.norm[0] - 1)
    assert f"longer by {short(grown)}%" in said
    assert f"{short(found.early)} rad in the first half of the run" in said
    assert f"**{short(found.measured[0])}** in the second" in said


@EACH
def test_a_small_rate_is_not_in_balance_after_300_steps(seed):
    found = measured("balance", seed=seed, lr=0.1, weight_decay=0.005)
    assert max(found.measured) < 0.6 * found.expected


def moved(settings):
    plain, divided, _ = spectral.logits(settings)
    return np.abs(divided - plain).max((1, 2))


@EACH
def test_spectral_normalization_is_taken_back_by_bn(seed):
    with_bn, without = moved(Settings(seed=seed))
    assert with_bn < 1e-3
    assert without > 10
    # At scale 1 what is left is the size of epsilon beside the variance, not of the division.
    assert moved(Settings(seed=seed, eps=1e-8))[0] < 1e-6


@EACH
@pytest.mark.checks(
    "lab Scale: training before BN with spectral normalization is training without",
    how="loss in each of 100 steps, learning rate 1",
    tolerance="1e-9",
)
def test_training_with_spectral_normalization_is_training_without(seed):
    found = measured("spectral", seed=seed, scale=1.0)
    assert found.apart < 1e-9
    assert found.worst_estimate < 0.99  # what it divides by is not even the right number
    assert found.path.loss[-20:].mean() < found.path.loss[0] / 2


@EACH
@pytest.mark.parametrize("eps", [1e-8, 1e-5, 1e-3, 1e-1])
def test_the_loss_is_level_from_the_named_scale_on_and_not_before(seed, eps):
    found = flat.measure(Settings(seed=seed, eps=eps))
    first = SCALES.index(found.flat_from)
    off = np.abs(found.loss[0] / found.loss[0, -1] - 1)
    assert (off[first:] < 0.01).all()
    assert first == 0 or off[first - 1] >= 0.01
    assert found.flat_from > found.eps_scale


@FIRST
def test_the_sentence_says_which_run_is_in_balance(seed):
    found = measured("balance", seed=seed, weight_decay=0.005)
    assert found.reached == (True, False)
    # The noisy run is late: its weights still grow shorter, and such steps turn them by less.
    assert found.noise.norm[-1] < 0.97 * found.noise.norm[-100]
    assert measured("balance", seed=seed, lr=3.0).reached == (False, False)


def test_each_outcome_has_its_own_words():
    words = [balanced((digits, noise)) for digits in (True, False) for noise in (True, False)]
    assert [w.split()[0] for w in words] == ["both", "only", "only", "neither"]
    assert "digits" in words[1]
    assert "noisy" in words[2]


@pytest.mark.slow
@FIRST
def test_after_2000_steps_the_digits_are_in_balance_without_noise(seed):
    path = path_of(seed, 2000, lr=0.5, weight_decay=0.005)
    angle = np.sqrt(np.square(path.angle[1000:]).mean())
    assert angle == pytest.approx(np.sqrt(2 * 0.5 * 0.005), rel=0.05)
