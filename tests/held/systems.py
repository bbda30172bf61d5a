"""Folding, repair, pure batches, placement, sequences, recurrence, gamma and beta alone."""

from functools import cache

import numpy as np

from bnviz.labs.arm import Arm, finish
from bnviz.labs.systems import LAB, Settings, padding, recurrence
from bnviz.labs.systems.block import block
from bnviz.labs.systems.published import FAULTS
from bnviz.labs.systems.training import train
from tests import test_claims_whole as whole
from tests.core import test_rnn as rnn
from tests.held.share import TEN, Held, together
from tests.labs import test_systems_affine_claims as affine
from tests.labs import test_systems_claims as claims
from tests.labs import test_systems_leak as leak
from tests.labs import test_systems_sequences_claims as sequences


@cache
def found(view, **settings):
    return LAB.run(view, Settings(**settings)).found


def folding_changes_only_rounding(seed):
    for channels in (4, 64):
        claims.test_folding_changes_only_rounding(seed, channels)


def a_bias_before_bn_is_rounding(seed):
    one = finish(Arm(block, (64, seed)))
    claims.test_the_bias_of_a_convolution_before_bn_gets_rounding_only(one)
    claims.test_conv_bn_relu_is_a_halved_normal(one)


def each_fault_changes_the_outputs(seed):
    for fault in FAULTS:
        claims.test_each_fault_alone_changes_the_outputs(seed, 3, fault)


def repaired_it_is_the_layer(seed):
    one = found("repair", n_batches=3, seed=seed)
    claims.test_the_repaired_class_is_the_layer_in_everything(one)
    claims.test_there_are_no_gradients_and_no_images_before_their_repairs(one)


def pure_batches_hide_a_shift_from_a_linear_discriminator(seed):
    claims.test_pure_batches_hide_a_shift_of_the_mean_and_mixed_ones_do_not(seed)


def pure_batches_leak(seed):
    leak.test_the_border_and_the_first_layer_leak_and_the_others_do_not(seed)


def they_leak_a_shift_and_nothing_without(seed):
    pure_batches_leak(seed)
    for name in (*leak.SEEING, *leak.BLIND):
        assert 0.45 < leak.right(name, 0.0, seed) < 0.55


# Placement: accuracies of (sigmoid, ReLU), (before, after), rates; the mean of three starts


def both_places_train_and_none_is_ahead_everywhere(seed):
    accuracy = found("placement", seed=seed).mean(-1)
    assert (accuracy[:, :, 1:] > 0.7).all()
    before, after = accuracy[0, :, 0]
    assert after > before + 0.05
    before, after = accuracy[1, :, -1]
    assert abs(before - after) < 0.04


# Sequences


def padding_moves_bn_alone(seed):
    half = padding.SHARES.index(0.5)
    everywhere, masked, layer = padding.padding(seed).measured
    np.testing.assert_allclose(everywhere[:, half], [0.58, 1.15], atol=0.03)
    for alone in (masked, layer):
        np.testing.assert_allclose(alone[0], 0, atol=0.01)
        np.testing.assert_allclose(alone[1], 1, atol=0.01)


def each_step_has_statistics_of_its_own(seed):
    rnn.test_every_step_has_statistics_of_its_own(np.random.default_rng(seed))
    rnn.test_longer_sequences_share_the_last_row(np.random.default_rng(seed))


def scales_of_sequences_make_the_variance_vary(seed):
    of_token, of_sequence = sequences.batches(seed).batch.mean(-1)
    assert abs(of_token[0] - 0.16) < 0.02
    assert of_sequence[-1] > 1
    assert of_token[-1] > of_sequence[-1] / 3
    sequences.test_the_variance_of_a_token_is_the_same_in_all_batches(seed)


def gradients_depend_on_the_strength_of_the_input(seed):
    change = np.log10(recurrence.change(LAB.run("recurrence", Settings(seed=seed)).found))
    small, one, _ = change
    assert (np.abs(small[0]) < 1).all()
    assert (one[0] > 1).all()
    assert (change[:2, 3:] < -1).all()  # an input as strong as the past, or stronger
    sequences.test_with_gamma_one_more_is_left_at_every_strength(change)


# Gamma and beta alone


@cache
def learned(width, seed):
    return finish(Arm(train, (width, seed)))


def gamma_and_beta_alone_are_behind_the_output_layer(seed):
    for width, near in ((50, 0.70), (400, 0.94)):
        output, only, both, all_ = learned(width, seed).accuracy
        assert abs(only - near) < 0.06
        assert only < output
    assert all_ > 0.9
    assert both > 0.8


def the_next_weights_undo_a_gamma(seed):
    whole.test_the_next_weights_can_undo_a_gamma(whole.learned(seed))


def few_gammas_end_near_zero(seed):
    affine.test_few_gammas_end_near_zero_and_nothing_makes_them_equal(learned(50, seed))


def it_folds_behind_a_layer_and_not_behind_a_sum(seed):
    folding_changes_only_rounding(seed)
    whole.test_bn_behind_a_sum_does_not_fold_into_the_branch_alone(seed)


HELD = (
    Held("A variance that starts", each_fault_changes_the_outputs, TEN),
    Held("With these repaired", repaired_it_is_the_layer, TEN),
    Held("With BN and batches of one", pure_batches_hide_a_shift_from_a_linear_discriminator, TEN),
    Held("Shift 0.5, pure", they_leak_a_shift_and_nothing_without, range(10, 22)),
    Held("BN before or after", both_places_train_and_none_is_ahead_everywhere, TEN),
    Held("Zero padding of half", padding_moves_bn_alone, TEN),
    Held("The variance of a batch of 8", scales_of_sequences_make_the_variance_vary, TEN),
    Held("With random weights", gamma_and_beta_alone_are_behind_the_output_layer, TEN),
    Held("C09", together(few_gammas_end_near_zero, the_next_weights_undo_a_gamma), TEN),
    Held("C23", together(each_fault_changes_the_outputs, repaired_it_is_the_layer), TEN),
    Held("C24", a_bias_before_bn_is_rounding, TEN),
    Held("C70", together(padding_moves_bn_alone, each_step_has_statistics_of_its_own), TEN),
    Held("C71", gradients_depend_on_the_strength_of_the_input, TEN),
    Held("C72", scales_of_sequences_make_the_variance_vary, TEN),
    Held("C77", scales_of_sequences_make_the_variance_vary, TEN),
    Held("C81", it_folds_behind_a_layer_and_not_behind_a_sum, TEN),
    Held("C106", whole.test_timed_bn_costs_a_smaller_share_beside_wider_convolutions, TEN),
)
QUESTIONS = {
    "question": folding_changes_only_rounding,
    "transfer": pure_batches_leak,
}
