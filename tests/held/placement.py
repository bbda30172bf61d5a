"""Pure batches, and BN before or after the activation."""

from functools import cache

from bnviz.labs.placement import LAB, Settings
from tests.held.share import TEN, Held
from tests.labs import test_systems_claims as claims
from tests.labs import test_systems_leak as leak


@cache
def placed(seed):
    """Give accuracies of (sigmoid, ReLU), (before, after), rates; the mean of three starts."""
    return LAB.run("placement", Settings(seed=seed)).found.mean(-1)


pure_batches_hide_a_shift_from_a_linear_discriminator = (
    claims.test_pure_batches_hide_a_shift_of_the_mean_and_mixed_ones_do_not
)


pure_batches_leak = leak.test_the_border_and_the_first_layer_leak_and_the_others_do_not


def they_leak_a_shift_and_nothing_without(seed):
    pure_batches_leak(seed)
    for name in (*leak.SEEING, *leak.BLIND):
        assert 0.45 < leak.right(name, 0.0, seed) < 0.55


def both_places_train_and_none_is_ahead_everywhere(seed):
    accuracy = placed(seed)
    assert (accuracy[:, :, 1:] > 0.7).all()
    before, after = accuracy[0, :, 0]
    assert after > before + 0.05
    before, after = accuracy[1, :, -1]
    assert abs(before - after) < 0.04


NOTHING = "tests/labs/test_systems_leak.py::test_without_a_shift_there_is_nothing_to_see"

HELD = (
    Held("With BN and batches of one", pure_batches_hide_a_shift_from_a_linear_discriminator, TEN),
    Held("Shift 0.5, pure", they_leak_a_shift_and_nothing_without, TEN, guard=NOTHING),
    Held("BN before or after", both_places_train_and_none_is_ahead_everywhere, TEN),
)
QUESTIONS = {
    "question": both_places_train_and_none_is_ahead_everywhere,
    "transfer": pure_batches_leak,
}
