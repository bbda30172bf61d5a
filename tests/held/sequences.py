"""Padding, scales of sequences, and recurrence."""

import numpy as np

from bnviz.labs.sequences import LAB, Settings, padding, recurrence
from tests.core import test_rnn as rnn
from tests.held.share import TEN, Held, together
from tests.labs import test_systems_sequences_claims as claims


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
    of_token, of_sequence = claims.batches(seed).batch.mean(-1)
    assert abs(of_token[0] - 0.16) < 0.02
    assert of_sequence[-1] > 1
    assert of_token[-1] > of_sequence[-1] / 3
    claims.test_the_variance_of_a_token_is_the_same_in_all_batches(seed)


def gradients_depend_on_the_strength_of_the_input(seed):
    """The mean of three starts, as the page draws it."""
    found = recurrence.change(LAB.run("recurrence", Settings(seed=seed)).found)
    change = np.log10(found).mean(-1)
    small, one, _ = change
    assert abs(small[0]) < 1 < one[0]
    assert (change[:2, 3:] < -1).all()  # an input as strong as the past, or stronger
    claims.test_with_gamma_one_more_is_left_at_every_strength(change)


HELD = (
    Held("Zero padding of half", padding_moves_bn_alone, TEN),
    Held("The variance of a batch of 8", scales_of_sequences_make_the_variance_vary, TEN),
    Held("C70", together(padding_moves_bn_alone, each_step_has_statistics_of_its_own), TEN),
    Held("C71", gradients_depend_on_the_strength_of_the_input, TEN),
    Held("C72", scales_of_sequences_make_the_variance_vary, TEN),
    Held("C77", scales_of_sequences_make_the_variance_vary, TEN),
)
QUESTIONS = {"question": padding_moves_bn_alone, "transfer": padding_moves_bn_alone}
