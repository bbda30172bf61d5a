"""Wrong labels learned by heart, right labels, and dropout before BN."""

from functools import cache

import numpy as np

from bnviz.core import data
from bnviz.labs.regularization import LAB, Settings, presets
from bnviz.labs.regularization.memory import trained
from bnviz.labs.regularization.settings import BATCHES, RATES
from tests.held.noise import the_law_of_the_mean
from tests.held.share import TEN, TWENTY, Held, together
from tests.labs import test_regularization_claims as claims
from tests.test_claims_seeds import many_more_cells_train


@cache
def curve(norm, seed, share=None, **settings):
    """Give how a network did over the steps; batches of 4 unless said otherwise."""
    return trained(Settings(seed=seed, **settings), norm, share)


def not_by_heart_at_4_and_by_heart_at_64(seed):
    """The question, with what its text and its answers say of no norm."""
    assert curve("bn", seed).memorized[-1] < 0.3
    assert curve("bn", seed, batch_size=64).memorized[-1] > 0.95
    for n in (4, 64):
        assert curve("none", seed, batch_size=n).memorized[-1] > 0.98


def fewer_than_a_quarter_at_4(seed):
    assert curve("bn", seed).memorized[-1] < 0.25
    assert curve("bn", seed).corrected[-1] > 0.5
    for norm in ("none", "ln"):
        assert curve(norm, seed).memorized[-1] > 0.95


def by_heart_from_16_on(seed):
    for n in (16, 32, 64):
        assert curve("bn", seed, batch_size=n).memorized[-1] > 0.95


def ten_points_ahead_at_equal_rates(seed):
    assert curve("bn", seed).accuracy[-1] > curve("none", seed).accuracy[-1] + 0.1


def ahead_of_the_best_moment(seed):
    assert curve("bn", seed).accuracy[-1] > curve("none", seed).accuracy.max()


def ahead_at_own_best_rates(seed, margin=0.05):
    bn, none = (
        max(curve(norm, seed, lr=lr).accuracy[-1] for lr in RATES) for norm in ("bn", "none")
    )
    assert bn > none + margin


def a_delay_and_not_a_wall(seed):
    by_heart = curve("bn", seed).memorized[-1]
    assert curve("bn", seed, width=128).memorized[-1] > by_heart + 0.15
    assert curve("bn", seed, n_steps=16000).memorized[-1] > 2 * by_heart


def more_in_a_wider_network(seed):
    assert curve("bn", seed, width=128).memorized[-1] > curve("bn", seed).memorized[-1] + 0.1


def a_third_after_16000_steps(seed):
    assert curve("bn", seed, n_steps=16000).memorized[-1] > 1 / 3


def no_clear_gain_on_right_labels(seed):
    for n in BATCHES:
        bn, none = (
            curve(norm, seed, share=0.0, batch_size=n).accuracy[-1] for norm in ("bn", "none")
        )
        error = np.sqrt(2 * bn * (1 - bn) / len(data.load("digits").y_test))
        assert abs(bn - none) < 2 * error


# Dropout


def dropped(**settings):
    return LAB.run("dropout", Settings(**settings)).found.shift


dropout_before_bn_shifts_the_variance = (
    claims.test_dropout_before_bn_shifts_the_variance_and_behind_it_does_not
)


def statistics_with_dropout_off_lower_the_loss(seed):
    clean = dropped(dropout=0.0, seed=seed)
    for p in (0.1, 0.3, 0.5, 0.6):
        found = dropped(dropout=p, seed=seed)
        assert found.loss[1] < found.loss[0]
    assert found.accuracy[1] > found.accuracy[0] + 0.1
    assert found.accuracy[1] < clean.accuracy[0] - 0.05


the_transfer_question = (
    claims.test_the_transfer_question_names_the_shares_of_the_variance_that_the_view_shows
)


GUARD = "tests/labs/test_regularization_claims.py::test_"
OVERLAP = f"{GUARD}on_right_labels_the_bands_overlap"
FEW = f"{GUARD}bn_at_size_4_learns_few_wrong_labels_by_heart"

HELD = (
    Held("At batch size 4 the network", fewer_than_a_quarter_at_4, TWENTY),
    Held("The effect is gone", by_heart_from_16_on, TEN),
    Held("At batch size 4 it pays", ten_points_ahead_at_equal_rates, TWENTY),
    Held("Each at its own best", ahead_at_own_best_rates, TEN, guard=FEW),
    Held("It is a delay", a_delay_and_not_a_wall, TEN),
    Held("In the trained network", dropout_before_bn_shifts_the_variance, TEN),
    Held("Statistics re-estimated", statistics_with_dropout_off_lower_the_loss, TEN),
    Held("On right labels BN", no_clear_gain_on_right_labels, TEN, guard=OVERLAP),
    Held("C11", no_clear_gain_on_right_labels, TEN, guard=OVERLAP),
    Held("C57", dropout_before_bn_shifts_the_variance, TEN),
    Held("C58", together(by_heart_from_16_on, the_law_of_the_mean), TEN),
    Held("C68", together(many_more_cells_train, by_heart_from_16_on), TEN),
)
QUESTIONS = {
    "question": not_by_heart_at_4_and_by_heart_at_64,
    "transfer": the_transfer_question,
}
PRESETS = {
    presets.LONGER.title: a_third_after_16000_steps,
    presets.WIDER.title: more_in_a_wider_network,
    presets.HEAD.title: dropout_before_bn_shifts_the_variance,
}
