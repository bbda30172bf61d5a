"""What the lab on batch size and noise says, over several seeds."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.labs.noise import LAB, Settings, presets
from bnviz.labs.noise.dropout import N_BATCHES
from bnviz.labs.noise.networks import BN, PLAIN
from bnviz.labs.noise.settings import WIDTH
from bnviz.labs.view import Trace


def measured(view, **settings):
    """Give what a view has measured."""
    return LAB.run(view, Settings(**settings)).found


SEEDS = range(5)
EACH = pytest.mark.parametrize("seed", SEEDS)
SLOPE = {"rtol": 0, "atol": 0.03}
STANDARD_ERRORS = 4.5
"""Of some 100 points, none is likely to be further off."""


# The law


@pytest.mark.checks(
    "noise of the batch mean: slope -1/2 over batch sizes 2 to 256", how="theory", tolerance=SLOPE
)
@pytest.mark.parametrize("replacement", [True, False])
@EACH
def test_the_noise_of_the_mean_falls_with_the_root_of_the_batch_size(seed, replacement):
    found = measured("law", unit=seed % WIDTH, replacement=replacement, seed=seed)
    np.testing.assert_allclose(found.slope, -0.5, **SLOPE)
    np.testing.assert_allclose(found.slope, found.theory_slope, **SLOPE)


@pytest.mark.parametrize("replacement", [True, False])
@EACH
def test_every_point_is_where_theory_puts_it(seed, replacement):
    found = measured("law", unit=seed % WIDTH, replacement=replacement, seed=seed)
    error = (found.mean_noise / found.mean_theory - 1) * np.sqrt(2 * found.n_batches)
    assert np.abs(error).max() < STANDARD_ERRORS


@EACH
def test_four_times_as_many_images_halve_the_noise(seed):
    found = measured("law", replacement=True, seed=seed)
    ratio = found.mean_noise[found.at(128)] / found.mean_noise[found.at(32)]
    assert ratio == pytest.approx(0.5, abs=0.05)
    twice = found.mean_noise[found.at(64)] / found.mean_noise[found.at(32)]
    assert twice == pytest.approx(0.71, abs=0.05)


@EACH
def test_without_replacement_large_batches_have_less_noise(seed):
    with_, without = (measured("law", replacement=r, seed=seed) for r in (True, False))
    at = with_.at(1024)
    factor_1024 = np.sqrt((1437 - 1024) / 1436)
    assert without.mean_noise[at] / with_.mean_noise[at] == pytest.approx(factor_1024, rel=0.15)
    assert without.mean_noise[without.at(4)] == pytest.approx(0.5, rel=0.02)


@EACH
def test_the_variance_is_noisy_as_its_kurtosis_tells(seed):
    found = measured("law", unit=seed % WIDTH, replacement=True, seed=seed)
    up_to_256 = found.sizes <= 256
    off = (found.var_noise / found.var_theory)[up_to_256]
    np.testing.assert_allclose(off, 1, atol=0.07)
    np.testing.assert_allclose(off[:4], 1, atol=0.025)
    biased = 1 - 1 / found.sizes
    np.testing.assert_allclose(found.var_mean, biased, rtol=0.015)


@EACH
def test_the_shorthand_is_too_small_for_small_batches(seed):
    found = measured("law", unit=seed % WIDTH, replacement=True, seed=seed)
    shorthand = np.sqrt((found.kurtosis - 1) / found.sizes)
    assert shorthand[0] < 0.8 * found.var_noise[0]
    assert shorthand[found.at(256)] == pytest.approx(found.var_noise[found.at(256)], rel=0.08)


# One image in many batches


@EACH
def test_a_batch_of_two_leaves_only_the_sign(seed):
    found = measured("sample", batch_size=2, seed=seed)
    near = np.abs(np.abs(found.x_hat[0]) - 1) < 0.01
    assert near.mean() > 0.9
    assert np.abs(found.x_hat[0]).max() <= 1


@pytest.mark.parametrize("sample", [1, 8])
@EACH
def test_the_spread_of_one_image_falls_and_no_value_exceeds_its_bound(seed, sample):
    found = measured("sample", seed=seed, sample=sample)
    assert found.spread[1:].max() > 2 * found.spread[-1]
    bound = np.sqrt(found.sizes - 1)
    assert (np.abs(found.x_hat).max(1) <= bound).all()
    assert found.x_hat[-1].mean() == pytest.approx(found.fixed, abs=0.05)


# Influence


@pytest.mark.checks(
    "in eval mode and with layer norm no other sample moves",
    how="each sample of a batch replaced",
    tolerance="exactly 0",
)
@pytest.mark.parametrize("batch_size", [2, 4, 32, 100])
@EACH
def test_nothing_moves_in_eval_mode_and_with_layer_norm(seed, batch_size):
    found = measured("influence", batch_size=batch_size, seed=seed)
    assert found.largest["eval"] == 0
    assert found.largest["ln"] == 0
    assert np.nanmin(found.moved["train"]) > 0


def test_the_influence_falls_as_the_batch_grows():
    """Measured elsewhere on this data: 3.3, 0.72 and 0.19 at 4, 16 and 64 images."""
    means = [
        np.mean([measured("influence", batch_size=n, seed=s).mean["train"] for s in SEEDS])
        for n in (4, 16, 64)
    ]
    np.testing.assert_allclose(means, [3.3, 0.72, 0.19], rtol=0.2)


def test_answers_flip_in_small_batches():
    flips = [measured("influence", batch_size=4, seed=s, sample=k).n_flips
             for s in SEEDS for k in range(1, 5)]  # fmt: skip
    assert sum(flips) > 0


# Beside dropout


@pytest.mark.parametrize(("batch_size", "std"), [(4, 0.60), (16, 0.31), (64, 0.155)])
@EACH
def test_the_factor_of_batch_norm_is_continuous_and_never_zero(seed, batch_size, std):
    found = measured("dropout", batch_size=batch_size, seed=seed)
    assert found.n_zero == 0
    assert found.n_values == N_BATCHES
    assert found.mean == pytest.approx(1, abs=0.1)
    assert found.std == pytest.approx(std, rel=0.25)


@pytest.mark.parametrize("p", [0.2, 0.5])
@EACH
def test_dropout_has_two_factors(seed, p):
    found = measured("dropout", dropout=p, seed=seed)
    assert found.kept == pytest.approx(1 / (1 - p))
    assert found.dropped == pytest.approx(p, abs=0.02)


@EACH
def test_batch_norm_moves_units_together_and_dropout_does_not(seed):
    found = measured("dropout", seed=seed)
    assert found.shared == pytest.approx(0.2, abs=0.06)
    assert found.dropout_shared < 0.05


@EACH
def test_a_batch_of_two_has_two_factors_as_well(seed):
    found = measured("dropout", batch_size=2, seed=seed)
    assert found.n_zero == 0
    centres = (found.edges[:-1] + found.edges[1:]) / 2
    near = np.abs(np.abs(centres) - 1 / found.fixed) < 0.06
    assert found.counts[near].sum() > 0.9 * N_BATCHES
    assert "nearly" in LAB.view("dropout").takeaway(Trace(Settings(batch_size=2), found))


# The gradient


@pytest.mark.parametrize("replacement", [True, False])
@EACH
def test_gradients_fall_to_that_of_all_images_and_not_to_zero(seed, replacement):
    found = measured("gradient", replacement=replacement, seed=seed)
    for name in (BN, PLAIN):
        assert (np.diff(found.norm[name]) < 0).all()
        assert found.norm[name][-1] > found.full[name] > 0.05


@pytest.mark.parametrize("replacement", [True, False])
@EACH
def test_the_law_fits_without_batch_norm_at_all_sizes(seed, replacement):
    found = measured("gradient", replacement=replacement, seed=seed)
    np.testing.assert_allclose(found.off[PLAIN], 1, atol=0.25)


def test_the_law_fits_without_batch_norm_on_average_over_seeds():
    off = np.mean(
        [measured("gradient", replacement=False, seed=seed).off[PLAIN] for seed in SEEDS], axis=0
    )
    np.testing.assert_allclose(off, 1, atol=0.05)


@pytest.mark.parametrize("replacement", [True, False])
@EACH
def test_with_batch_norm_it_fits_large_batches_and_not_small_ones(seed, replacement):
    off = measured("gradient", replacement=replacement, seed=seed).off[BN]
    np.testing.assert_allclose(off[4:], 1, atol=0.15)
    assert off[0] == pytest.approx(3, abs=0.6)
    assert (off[:3] > [2, 1.4, 1.1]).all()


# The presets


@EACH
def test_the_preset_of_neighbours(seed):
    settings = presets.NEIGHBOURS.settings
    found = measured("influence", batch_size=settings.batch_size, seed=seed)
    assert found.others_moved > 1


def test_the_preset_of_eval_mode():
    found = LAB.run("influence", presets.ALONE.settings).found
    assert found.others_moved == 0
    np.testing.assert_array_equal(found.before, found.after)


@EACH
def test_the_preset_without_replacement(seed):
    found = LAB.run("law", replace(presets.WHOLE_EPOCH.settings, seed=seed)).found
    assert found.mean_theory[found.at(256)] < 0.92 / 16
    assert found.mean_noise[found.at(256)] < 0.97 / 16
