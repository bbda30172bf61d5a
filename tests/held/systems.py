"""Folding, repair, gamma and beta alone."""

from functools import cache

from bnviz.labs.arm import Arm, finish
from bnviz.labs.systems import LAB, Settings
from bnviz.labs.systems.block import block
from bnviz.labs.systems.published import FAULTS
from bnviz.labs.systems.training import train
from tests import test_claims_whole as whole
from tests.held.share import TEN, Held, together
from tests.labs import test_systems_affine_claims as affine
from tests.labs import test_systems_claims as claims


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


it_folds_behind_a_layer_and_not_behind_a_sum = together(
    folding_changes_only_rounding, whole.test_bn_behind_a_sum_does_not_fold_into_the_branch_alone
)


FIFTY = (
    "tests/labs/test_systems_affine_claims.py::"
    "test_gamma_and_beta_alone_classify_most_digits_at_width_fifty"
)

HELD = (
    Held("A variance that starts", each_fault_changes_the_outputs, TEN),
    Held("With these repaired", repaired_it_is_the_layer, TEN),
    Held("With random weights", gamma_and_beta_alone_are_behind_the_output_layer, TEN, guard=FIFTY),
    Held("C09", together(few_gammas_end_near_zero, the_next_weights_undo_a_gamma), TEN),
    Held("C23", together(each_fault_changes_the_outputs, repaired_it_is_the_layer), TEN),
    Held("C24", a_bias_before_bn_is_rounding, TEN),
    Held("C81", it_folds_behind_a_layer_and_not_behind_a_sum, TEN),
    Held("C106", whole.test_timed_bn_costs_a_smaller_share_beside_wider_convolutions, TEN),
)
QUESTIONS = {
    "question": folding_changes_only_rounding,
}
