"""What the lab's page, presets and questions say, over several starts."""

import numpy as np
import pytest

from bnviz.labs.arm import Arm, finish
from bnviz.labs.epsilon import LAB, gain, precision, scales, shift
from bnviz.labs.epsilon.bands import bands
from bnviz.labs.epsilon.settings import CONTRASTS, EPSILONS, SPREADS, Settings
from bnviz.labs.epsilon.shift import ADAPTED, ARMS, RUNNING

SEEDS = (0, 1, 2, 3)
CLEAN, FADED, BRIGHT, INVERTED = (
    (1.0, 0.0, False),
    (0.3, 0.0, False),
    (1.0, 2.0, False),
    (1.0, 0.0, True),
)
SHIFT_BOUND = "BN below 0.7, adapted above 0.93"
SCALES_BOUND = "hidden BN at least 0.05 below"
DIGITS_BOUND = "one pass: over 90% off; two passes: 1e-6"


def asked(arm, seed, point):
    return shift.right(arm, finish(Arm(shift.network, (arm, seed))), point)


def right(seed, point):
    return {arm: asked(arm, seed, point) for arm in ARMS}


# ----------------------------------------------------------- SHIFT_BOUND, test shift


@pytest.mark.checks(
    "contrast ×0.3 at test time: running and adapted statistics",
    how="4 starts",
    tolerance=SHIFT_BOUND,
)
@pytest.mark.parametrize("seed", SEEDS)
def test_bn_does_not_absorb_a_faded_picture_and_adapted_statistics_do(seed):
    clean, faded = right(seed, CLEAN), right(seed, FADED)
    assert 0.94 < clean[RUNNING] < 0.99
    assert faded[RUNNING] < 0.7
    assert faded[ADAPTED] > 0.93
    assert faded["none"] > 0.85


def test_the_ten_recorded_starts_say_the_same():
    low, _, high = bands().over_contrast[:, :, CONTRASTS.index(0.3)]
    places = {arm: list(ARMS).index(arm) for arm in ARMS}
    assert high[places[RUNNING]] < 0.7  # the right answer of the question
    assert low[places[ADAPTED]] > 0.93
    assert 0.2 < low[places[RUNNING]] < high[places[RUNNING]] - 0.2  # "a matter of luck"


@pytest.mark.parametrize("seed", SEEDS)
def test_brightness_costs_all_but_the_adapted_statistics(seed):
    clean, bright = right(seed, CLEAN), right(seed, BRIGHT)
    assert bright[ADAPTED] > 0.93
    for arm in (RUNNING, "none", "ln"):
        assert bright[arm] < clean[arm] - 0.12


@pytest.mark.parametrize("seed", SEEDS)
def test_layer_norm_hardly_sees_the_contrast(seed):
    found = [asked("ln", seed, (contrast, 0.0, False)) for contrast in CONTRASTS]
    assert np.ptp(found) < 0.03


@pytest.mark.parametrize("seed", SEEDS)
def test_an_inverted_picture_is_not_repaired(seed):
    assert max(right(seed, INVERTED).values()) < 0.05


def test_ink_for_paper_is_an_inverted_picture_to_adapted_statistics():
    x_ND, _ = shift.held_out()
    network = finish(Arm(shift.trained, ("bn", 0)))
    ink_ND = shift.ink(x_ND)
    std = np.linalg.norm(ink_ND - shift.ink(0 * x_ND)) / np.linalg.norm(x_ND)
    negative_ND = ((1 - ink_ND - shift.ink(0 * x_ND)) / std).astype(np.float32)
    by_point = shift.answer(network, shift.change(x_ND, INVERTED), batch_size=len(x_ND)).logits
    by_ink = shift.answer(network, negative_ND, batch_size=len(x_ND)).logits
    np.testing.assert_allclose(by_ink, by_point, atol=0.01)


# -------------------------------------------------------------- epsilon


@pytest.mark.parametrize("seed", SEEDS)
def test_constant_pixels_blow_up_as_the_root_of_eps(seed):
    """7500, 237 and 28 at 1e-8, 1e-5 and 1e-3 for one batch; others have another pixel's ink."""
    pixels = gain.constant_pixels(seed)
    assert 5 <= pixels.n <= 20
    wanted = pixels.largest_step / np.sqrt([1e-8, 1e-5])
    np.testing.assert_allclose(pixels.beyond[[0, 3]], wanted, rtol=1e-3)
    assert 3000 < pixels.beyond[0] <= 10_000
    assert 95 < pixels.beyond[3] <= 317
    assert 10 < pixels.beyond[5] < 40


def test_a_large_epsilon_shrinks_what_is_small():
    found = gain.measure(Settings(eps=0.1))
    out = found.output_std[EPSILONS.index(0.1), gain.STDS.index(0.1)]
    assert out == pytest.approx(0.30, abs=0.005)


# ------------------------------------------------------------ DIGITS_BOUND, precision


@pytest.mark.checks(
    "variance far from zero, float32, mean 1e4", how="4 draws", tolerance=DIGITS_BOUND
)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_pass_loses_its_digits_in_float32_and_the_others_do_not(seed):
    float16, float32, float64 = LAB.run("precision", Settings(seed=seed)).found.error
    at = {mean: precision.OFFSETS.index(mean) for mean in (1e2, 1e3, 1e4, 1e5)}
    one, two, welford = float32
    assert one[at[1e2]] < 1e-2
    assert 1e-3 < one[at[1e3]] < 0.2
    assert one[at[1e4]] > 0.9
    assert two[at[1e4]] < 1e-6
    assert welford[at[1e5]] < 2e-2
    assert (float64[:, at[1e5]] < 1e-4).all()
    assert not np.isfinite(float16[0, at[1e2] :]).any()


# -------------------------------------------------------- SCALES_BOUND, input scales


@pytest.mark.checks(
    "pixel scales over 1 decade: hidden BN", how="inputs standardized", tolerance=SCALES_BOUND
)
@pytest.mark.parametrize("seed", SEEDS)
def test_hidden_bn_does_not_replace_standardized_inputs(seed):
    found = dict(
        zip(scales.ARMS, LAB.run("scales", Settings(seed=seed)).found.accuracy, strict=True)
    )
    assert found["hidden"] < found["input"] - 0.05
    assert min(found["input"], found["both"]) > 0.9


def test_the_ten_recorded_starts_say_the_same_of_scales():
    low, _, high = bands().over_spread[:, :, SPREADS.index(1.0)]
    places = {arm: list(scales.ARMS).index(arm) for arm in scales.ARMS}
    assert high[places["hidden"]] < low[places["input"]] - 0.05
    even_low, _, _ = bands().over_spread[:, :, SPREADS.index(0.0)]
    assert even_low.min() > 0.9  # without a spread all four learn
