"""Noise of batch statistics: the law, the influence of others, dropout, gradients."""

from functools import cache

import numpy as np
import pytest

from bnviz.labs.noise import LAB, Settings
from bnviz.labs.noise.networks import BN
from tests.held.family import larger_batches_read_more_up_to_a_point
from tests.held.share import TEN, Held, together
from tests.labs import test_noise_claims as claims


@cache
def measured(view, **settings):
    return LAB.run(view, Settings(**settings)).found


def the_law_of_the_mean(seed):
    for drawn_again in (True, False):
        claims.test_the_noise_of_the_mean_falls_with_the_root_of_the_batch_size(seed, drawn_again)


the_law_of_the_variance = claims.test_the_variance_is_noisy_as_its_kurtosis_tells


def four_times_as_many_halve_it(seed):
    found = measured("law", replacement=True, seed=seed)
    noise = {n: found.mean_noise[found.at(n)] for n in (32, 64, 128)}
    assert noise[128] / noise[32] == pytest.approx(0.5, abs=0.06)
    assert noise[64] / noise[32] == pytest.approx(0.71, abs=0.06)


def others_move_an_answer_in_training_only(seed):
    for n in (4, 32):
        claims.test_nothing_moves_in_eval_mode_and_with_layer_norm(seed, n)


def the_influence_falls(seed):
    means = [measured("influence", batch_size=n, seed=seed).mean["train"] for n in (4, 16, 64)]
    assert means[0] > 2 * means[1] > 4 * means[2]


def factors_are_continuous_and_shared(seed):
    for n in (4, 16, 64):
        assert measured("dropout", batch_size=n, seed=seed).n_zero == 0
    found = measured("dropout", seed=seed)
    assert found.shared > 0.1 > 2 * found.dropout_shared
    claims.test_a_batch_of_two_has_two_factors_as_well(seed)


a_batch_of_two_leaves_only_the_sign = claims.test_a_batch_of_two_leaves_only_the_sign


def gradients_fall_and_not_to_zero(seed):
    for drawn_again in (True, False):
        claims.test_gradients_fall_to_that_of_all_images_and_not_to_zero(seed, drawn_again)


def the_law_of_gradients_fails_in_small_batches_with_bn(seed):
    for drawn_again in (True, False):
        off = measured("gradient", replacement=drawn_again, seed=seed).off[BN]
        np.testing.assert_allclose(off[4:], 1, atol=0.2)  # batches of 64 and more
        assert 2.2 < off[0] < 3.8


the_presets = together(
    claims.test_a_batch_of_two_leaves_only_the_sign,
    claims.test_the_preset_of_neighbours,
    claims.test_the_preset_without_replacement,
)


it_is_in_the_mean_and_in_the_variance = together(the_law_of_the_mean, the_law_of_the_variance)


HELD = (
    Held("An output in training mode", others_move_an_answer_in_training_only, TEN),
    Held("Batch norm drops no units", factors_are_continuous_and_shared, TEN),
    Held("With batch norm the same", the_law_of_gradients_fails_in_small_batches_with_bn, TEN),
    Held("C18", others_move_an_answer_in_training_only, TEN),
    Held("C34", together(others_move_an_answer_in_training_only, the_influence_falls), TEN),
    Held("C52", it_is_in_the_mean_and_in_the_variance, TEN),
    Held("C53", factors_are_continuous_and_shared, TEN),
    Held("C54", factors_are_continuous_and_shared, TEN),
    Held("C61", together(four_times_as_many_halve_it, larger_batches_read_more_up_to_a_point), TEN),
    Held("C62", gradients_fall_and_not_to_zero, TEN),
    Held("C64", four_times_as_many_halve_it, TEN),
    Held("C105", it_is_in_the_mean_and_in_the_variance, TEN),
)
QUESTIONS = {"question": four_times_as_many_halve_it}
