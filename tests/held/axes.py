"""The axes explorer: which numbers share their statistics, on tensors drawn anew."""

from dataclasses import replace

from tests.held.family import at_two
from tests.held.share import TEN, Held, together
from tests.held.train_eval import the_size_may_change
from tests.labs import test_axes as claims

LAYOUTS = (claims.IMAGE, claims.SEQUENCE)


def only_bn_looks_at_other_samples(seed):
    for settings in LAYOUTS:
        claims.test_only_batch_norm_looks_at_other_samples_changes_with_the_mode_and_folds(
            replace(settings, seed=seed)
        )


HELD = (Held("C93", together(only_bn_looks_at_other_samples, the_size_may_change, at_two), TEN),)
QUESTIONS = {}
