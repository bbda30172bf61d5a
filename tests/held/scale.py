"""Scale invariance and the effective rate: paths of networks with BN on digits."""

import numpy as np

from bnviz.labs.scale import Settings, flat
from tests.held.share import TEN, Held
from tests.labs import test_scale_claims as claims
from tests.labs.test_scale_claims import measured, path_of


def angles_are_those_of_the_balance_where_said(seed):
    claims.test_the_weights_turn_at_the_angle_of_the_balance(seed)
    claims.test_a_small_rate_is_not_in_balance_after_300_steps(seed)
    assert not measured("balance", seed=seed, weight_decay=0.005).reached[1]


def decay_costs_at_a_rate_of_1_and_helps_a_little_at_a_tenth(seed):
    high = measured("balance", seed=seed)
    assert high.digits.last_loss > high.free.last_loss
    claims.test_at_a_low_rate_more_decay_makes_the_loss_lower(seed)


def a_matching_rate_takes_the_same_path_and_the_same_rate_a_slower_one(seed):
    found = measured("pace", seed=seed, scale=10.0)
    np.testing.assert_allclose(found.twin.loss, found.plain.loss, atol=1e-9)
    assert abs(found.scaled.loss[0] - found.plain.loss[0]) < 1e-3
    assert found.scaled.last_loss > 1.3 * found.plain.last_loss


def the_loss_stays_and_the_gradient_is_a_tenth(seed):
    found = flat.measure(Settings(seed=seed))
    one, ten = (flat.SCALES.index(a) for a in (1.0, 10.0))
    assert abs(found.loss[0, ten] - found.loss[0, one]) < 0.01
    assert abs(10 * found.gradient_norm[0, ten] / found.gradient_norm[0, one] - 1) < 0.05


def the_pace_falls_by_itself(seed):
    path = path_of(seed, 100, lr=1.0)
    assert (np.diff(path.norm) > 0).all()


ANGLE = "tests/labs/test_scale_claims.py::test_the_weights_turn_at_the_angle_of_the_balance"

HELD = (
    Held(
        "Nor does it change",
        claims.test_training_with_spectral_normalization_is_training_without,
        TEN,
    ),
    Held(
        "At a learning rate of 1 and", angles_are_those_of_the_balance_where_said, TEN, guard=ANGLE
    ),
    Held(
        "The balance needs",
        claims.test_after_2000_steps_the_digits_are_in_balance_without_noise,
        TEN,
    ),
    Held(
        "At a learning rate of 1 a weight",
        decay_costs_at_a_rate_of_1_and_helps_a_little_at_a_tenth,
        TEN,
    ),
    Held(
        "Weights a times as large take",
        a_matching_rate_takes_the_same_path_and_the_same_rate_a_slower_one,
        TEN,
    ),
    Held(
        "The scale of the initial",
        a_matching_rate_takes_the_same_path_and_the_same_rate_a_slower_one,
        TEN,
    ),
    Held("C42", a_matching_rate_takes_the_same_path_and_the_same_rate_a_slower_one, TEN),
    Held("C56", angles_are_those_of_the_balance_where_said, TEN, guard=ANGLE),
    Held("C99", claims.test_training_with_spectral_normalization_is_training_without, TEN),
)
QUESTIONS = {
    "question": the_loss_stays_and_the_gradient_is_a_tenth,
    "transfer": the_pace_falls_by_itself,
}
