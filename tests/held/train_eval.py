"""Train and eval: which statistics, conventions, freezing, and the faults of them."""

from functools import cache

import numpy as np

from bnviz.labs.arm import Arm, finish
from bnviz.labs.sweeps import recorded
from bnviz.labs.train_eval import Settings
from bnviz.labs.train_eval.convention import Convention, Kept
from bnviz.labs.train_eval.sweep import NEW
from bnviz.labs.train_eval.training import kept, score, train
from tests import test_claims_whole as whole
from tests.held.share import TEN, Held, together
from tests.labs import test_doctor_bugs as bugs
from tests.labs import test_train_eval_claims as claims


def network(batch_size, seed):
    return finish(Arm(train, (batch_size, seed)))


@cache
def ways(batch_size, seed):
    """Give the loss with statistics of test batches, with running ones, and measured anew."""
    found = claims.run(Settings(batch_size=batch_size, seed=seed)).loss[-1]
    return tuple(found)


def measured_anew_is_best_at_4(seed):
    """The question, with the sizes that its answers name."""
    batch, running, anew = ways(4, seed)
    assert batch > 1.5 * running
    assert running > 1.1 * anew
    _, running, anew = ways(32, seed)
    assert 0.9 < anew / running < 1.1


other_momenta_give_the_same_weights = claims.test_momentum_does_not_touch_the_weights


def the_unbiased_variance_overshoots_above_the_first_layer(seed):
    for n in (4, 8):
        claims.test_the_unbiased_variance_overshoots_above_the_first_layer(n, seed)
        claims.test_the_biased_variance_gives_the_lower_loss_with_small_batches(n, seed)
    claims.test_above_the_first_layer_batch_means_scatter_far_less_than_independent_ones(seed)


def three_momenta_end_alike(seed):
    net = network(32, seed)
    found = [score(net, kept(net, Convention(momentum=p)))[0] for p in (0.03, 0.1, 0.3)]
    assert max(found) < 1.25 * min(found)


def an_average_is_steadier(seed, p=0.1, n_units=4000):
    rng = np.random.default_rng(seed)
    statistics = Kept(Convention(momentum=p), (2, 1, n_units))
    for _ in range(round(6 / p)):
        statistics.update(np.stack([rng.normal(size=n_units), np.ones(n_units)])[:, None], 8)
    assert abs(statistics.value[0].var() / (p / (2 - p)) - 1) < 0.15


def at_momentum_099_the_last_batch_is_nearly_all(seed, n_units=64):
    """The question on Keras and PyTorch: what is kept of the means of fifty batches."""
    means_SU = np.random.default_rng(seed).normal(size=(50, n_units))
    kept_of = {}
    for p in (0.99, 0.01):
        statistics = Kept(Convention(momentum=p), (2, 1, n_units))
        for mean_U in means_SU:
            statistics.update(np.stack([mean_U, np.ones(n_units)])[:, None], 8)
        kept_of[p] = statistics.value[0, 0]
    assert np.abs(kept_of[0.99] - means_SU[-1]).max() < 0.1
    assert np.abs(kept_of[0.01] - means_SU[-1]).max() > 1


at_2_training_images_are_not_fitted = (
    claims.test_at_batch_2_the_network_does_not_fit_its_own_training_images
)


def at_2_it_hardly_learns(seed):
    """After 300 steps, and in the longer record."""
    later = recorded("train_eval")["later"]
    assert min(ways(2, seed)) > 1.5
    assert min(loss[0, NEW.index(seed)] for loss in later.values.values()) > 1.5


the_size_may_change = claims.test_the_batch_size_may_change_in_mid_training


a_start_at_zero_ruins_the_first_steps = (
    claims.test_a_start_at_0_ruins_the_first_steps_and_not_the_last
)


def freezing_helps_small_batches(seed):
    usual, frozen = (claims.run(Settings(seed=seed, frozen_after=k)).loss[-1] for k in (None, 100))
    assert frozen[1] < 0.7 * usual[1]


few_classes_hurt_bn = bugs.test_fewer_classes_in_a_batch_hurt_bn_and_not_layer_norm


def forgot_eval(seed):
    broken, repaired = bugs.cases("depends-on-batch", seed, batch_size=4)
    assert broken.values[0] > 1.5 * repaired.values[0]
    assert broken.values[2] > 1 / 3


def stale(seed):
    broken, *repaired = bugs.cases("stale-statistics", seed, batch_size=32)
    assert all(broken.values[0] > 1.4 * one.values[0] for one in repaired)


modes_buffers_and_decay = together(
    forgot_eval,
    whole.test_a_network_without_its_running_statistics_is_another_one,
    whole.test_decay_of_gamma_changes_the_function_and_that_of_the_weights_below_does_not,
)


HELD = (
    Held("At batch size 2 this", at_2_it_hardly_learns, TEN),
    Held("Few images per step", few_classes_hurt_bn, TEN),
    Held("In training a layer", other_momenta_give_the_same_weights, TEN),
    Held("The unbiased variance is", the_unbiased_variance_overshoots_above_the_first_layer, TEN),
    Held("Batch norm adds two", three_momenta_end_alike, TEN),
    Held("The batch size may", the_size_may_change, TEN),
    Held("C14", other_momenta_give_the_same_weights, TEN),
    Held("C15", together(an_average_is_steadier, other_momenta_give_the_same_weights), TEN),
    Held("C20", a_start_at_zero_ruins_the_first_steps, TEN),
    Held("C66", few_classes_hurt_bn, TEN),
    Held("C67", the_size_may_change, TEN),
    Held("C76", freezing_helps_small_batches, TEN),
    Held("C83", modes_buffers_and_decay, TEN),
    Held("C85", together(three_momenta_end_alike, stale), TEN),
)
QUESTIONS = {
    "question": measured_anew_is_best_at_4,
    "transfer": at_momentum_099_the_last_batch_is_nearly_all,
}
