"""The backward pass: what becomes of random gradients, and of a wrong gradient in training."""

import numpy as np

from bnviz.labs.backward import presets
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.training import GUESSING
from bnviz.labs.backward.unit import unit
from tests.held.share import TEN, Held
from tests.labs import test_backward_claims as claims


def two_directions_of_a_random_gradient_go(seed):
    for m in (2, 4, 8, 64):
        claims.test_of_a_random_gradient_two_directions_go(m, np.random.default_rng(seed))


def wrong_blows_up_at_10_and_learns_less_well_at_1(seed):
    claims.test_at_a_high_rate_the_wrong_gradient_blows_up(seed)
    claims.test_at_the_default_rate_it_learns_less_well_and_weights_grow_twice_as_large(seed)
    right, wrong = claims.trained(1.0, True, seed).last_loss_R
    assert 0.75 < wrong / right < 1.7
    assert max(right, wrong) < GUESSING / 7


def at_its_best_rate_it_is_worse_without_gamma_and_beta(seed):
    rates = (0.1, 0.3, 1.0, 3.0, 10.0)
    right, wrong = np.min([claims.trained(lr, False, seed).last_loss_R for lr in rates], axis=0)
    assert 0.14 < right < 0.25
    assert max(right, 0.2) < wrong < 0.5


def the_answer_is_zero(seed):
    assert np.abs(unit(Settings(seed=seed)).dx_N).max() < claims.ROUNDING


def of_two_samples_nearly_nothing_is_left(seed):
    claims.test_a_batch_of_two_lets_nearly_nothing_through(seed)
    assert presets.TWO.settings.batch_size == 2


HELD = (
    Held("Of a random gradient", two_directions_of_a_random_gradient_go, TEN),
    Held("On the digits here (150", wrong_blows_up_at_10_and_learns_less_well_at_1, TEN),
    Held("With each at its own", at_its_best_rate_it_is_worse_without_gamma_and_beta, TEN),
    Held("A bias in front of", claims.test_the_bias_of_a_convolution_gets_rounding_only, TEN),
)
QUESTIONS = {
    "question": the_answer_is_zero,
    "transfer": of_two_samples_nearly_nothing_is_left,
}
