"""The presets of the playground and its defaults."""

from functools import partial

from bnviz.labs.playground import presets
from tests.held.share import together
from tests.labs import test_playground_claims as claims

the_defaults = together(
    claims.test_default_bn_learns_and_the_plain_sigmoid_network_stays_at_chance,
    claims.test_default_gradient_vanishes_without_bn_and_does_not_with_it,
)


the_grey_band = (
    claims.test_the_grey_band_holds_95_percent_of_batches_in_layer_1_and_nearly_all_means_above
)


def only_bn_survives(preset, seed):
    claims.test_only_bn_survives(preset, seed)


PRESETS = {
    presets.RESCUE.title: claims.test_rescue,
    presets.NO_HELP.title: claims.test_no_help,
    presets.TINY_BATCH.title: claims.test_tiny_batch,
    presets.STALE.title: claims.test_stale_statistics,
    presets.LARGE_EPSILON.title: claims.test_large_epsilon,
    presets.HIGH_RATE.title: partial(only_bn_survives, presets.HIGH_RATE),
    presets.LARGE_START.title: together(
        partial(only_bn_survives, presets.LARGE_START),
        claims.test_weights_that_start_too_large_grow_from_layer_to_layer_only_without_bn,
    ),
    presets.SPIRALS.title: claims.test_spirals,
}
