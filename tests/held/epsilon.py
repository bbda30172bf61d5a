"""Faded, brighter and inverted pictures; inputs of unequal scale; digits of a variance."""

from functools import cache

import numpy as np

from bnviz.labs.epsilon import LAB, Settings, presets, scales
from bnviz.labs.epsilon.settings import CONTRASTS
from bnviz.labs.epsilon.shift import ADAPTED, RUNNING
from tests.held.share import TEN, TWENTY, Held, together
from tests.labs import test_epsilon_claims as claims
from tests.labs.test_family import test_adain_copies_means_and_deviations as adain

CLEAN, FADED, BRIGHTER, INVERTED = claims.CLEAN, claims.FADED, (1.0, 1.0, False), claims.INVERTED


@cache
def right(seed, point):
    return claims.right(seed, point)


def the_question(seed):
    """Fewer than 70 % of faded digits, where clean ones are read."""
    assert 0.93 < right(seed, CLEAN)[RUNNING] < 0.99
    assert right(seed, FADED)[RUNNING] < 0.7


def faded_digits_are_lost_and_come_back(seed):
    the_question(seed)
    faded = right(seed, FADED)
    assert faded[RUNNING] < faded["none"] - 0.2
    assert faded[ADAPTED] > 0.93
    assert faded["none"] > 0.9


brighter_digits_are_lost_without_adapted_statistics = (
    claims.test_brightness_costs_all_but_the_adapted_statistics
)


def a_little_brighter_is_lost_by_running_statistics(seed):
    clean, found = right(seed, CLEAN), right(seed, BRIGHTER)
    assert found[RUNNING] < clean[RUNNING] - 0.05
    assert found[ADAPTED] > 0.93


def layer_norm_hardly_sees_the_contrast_and_does_see_the_brightness(seed):
    found = [claims.asked("ln", seed, (contrast, 0.0, False)) for contrast in CONTRASTS]
    assert np.ptp(found) < 0.04
    assert claims.asked("ln", seed, claims.BRIGHT) < claims.asked("ln", seed, CLEAN) - 0.12


def an_inverted_picture_is_not_repaired(seed):
    assert max(right(seed, INVERTED).values()) < 0.05


def hidden_bn_does_not_replace_standardized_inputs(seed):
    found = LAB.run("scales", Settings(seed=seed)).found.accuracy
    accuracy = dict(zip(scales.ARMS, found, strict=True))
    assert accuracy["hidden"] < accuracy["input"] - 0.05
    assert min(accuracy["input"], accuracy["both"]) > 0.9


one_pass_loses_its_digits = claims.test_one_pass_loses_its_digits_in_float32_and_the_others_do_not


constant_pixels_blow_up = claims.test_constant_pixels_blow_up_as_the_root_of_eps


adapted_statistics_and_adain = together(faded_digits_are_lost_and_come_back, adain)


HELD = (
    Held("At contrast ×0.3 BN reads", faded_digits_are_lost_and_come_back, TWENTY),
    Held("Layer norm takes", layer_norm_hardly_sees_the_contrast_and_does_see_the_brightness, TEN),
    Held("An inverted picture", an_inverted_picture_is_not_repaired, TEN),
    Held("The first layer sees", hidden_bn_does_not_replace_standardized_inputs, TEN),
    Held("C78", a_little_brighter_is_lost_by_running_statistics, TEN),
    Held("C98", adapted_statistics_and_adain, TEN),
)
QUESTIONS = {"question": the_question, "transfer": an_inverted_picture_is_not_repaired}
PRESETS = {
    presets.FADED.title: faded_digits_are_lost_and_come_back,
    presets.BRIGHT.title: brighter_digits_are_lost_without_adapted_statistics,
    presets.INVERTED.title: an_inverted_picture_is_not_repaired,
    presets.HIDDEN.title: hidden_bn_does_not_replace_standardized_inputs,
    presets.LOST_DIGITS.title: one_pass_loses_its_digits,
}
