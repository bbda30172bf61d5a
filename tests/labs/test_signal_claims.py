"""What the lab on depth says, over several seeds."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import theory
from bnviz.labs.signal import LAB, Settings, growth, late, presets
from bnviz.labs.signal.layers_view import FLOAT32
from bnviz.labs.signal.stack import Stack, backward, forward
from bnviz.labs.signal.sweep import DEPTHS, NEW
from bnviz.labs.signal.training import CHANCE, STOPS
from bnviz.labs.signal.trains import read

SEEDS = range(5)
WITHIN = 0.02
SAME = 0.01
FLAT = 0.01
SLOPE = 0.03


def found(view, settings):
    """Measure what a view shows."""
    return LAB.run(view, settings).found


def each_seed(settings, view="layers"):
    return [found(view, replace(settings, seed=seed)) for seed in SEEDS]


# The signal


@pytest.mark.checks("with BN the signal is flat at 1.00 over depth", how="theory", tolerance=FLAT)
@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_with_bn_the_signal_is_flat(activation, scale):
    settings = Settings(activation=activation, init_scale=scale, depth=50, width=64)
    for networks in each_seed(settings):
        np.testing.assert_allclose(networks.bn.entered, 1, atol=FLAT)


@pytest.mark.checks(
    "without BN the signal grows as the init scale per ReLU layer",
    how="slope of log10, mean of 5 seeds",
    tolerance=SLOPE,
)
@pytest.mark.parametrize("scale", [0.3, 0.5, 1.0, 2.0, 3.0])
def test_without_bn_relu_multiplies_by_the_scale(scale):
    slopes = [
        np.log10(networks.none.entered[-1] / networks.none.entered[0]) / 19
        for networks in each_seed(Settings(activation="relu", init_scale=scale, width=128))
    ]
    assert np.mean(slopes) == pytest.approx(np.log10(scale), abs=SLOPE)


@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_sigmoid_layers_forget_which_digit_came_in(seed):
    networks = found("layers", Settings(seed=seed))
    bn, none = networks.bn, networks.none
    assert none.apart[-1] < FLOAT32 < 1e-6
    assert none.apart[-1] == pytest.approx(1e-13, rel=10)
    assert bn.apart[-1] > 0.3
    shrinking = (none.apart[-1] / none.apart[0]) ** (1 / 19)
    assert 0.2 < shrinking < 0.26  # "to about a quarter"
    assert none.gradient[0] / none.gradient[-1] < 1e-10
    assert 0.5 < bn.gradient[0] / bn.gradient[-1] < 3


@pytest.mark.parametrize("seed", SEEDS)
def test_relu_tells_the_digits_apart_without_bn(seed):
    networks = found("layers", Settings(activation="relu", seed=seed))
    assert networks.none.apart[-1] > 0.1
    assert 0.2 < networks.none.gradient[1] / networks.none.gradient[-1] < 2


# BN's own gradient


@pytest.mark.checks(
    "growth of BN's gradient per layer, batches of 8 to 64, width 256",
    how="closed form of Yang et al. 2019, theorem 8; each of 5 seeds, 3 init scales",
    tolerance=WITHIN,
)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_grows_as_the_closed_form_says(seed):
    rate_BS = found("growth", Settings(seed=seed)).rate
    wanted = [np.sqrt(theory.squared_gradient_growth(n)) for n in growth.BATCH_SIZES]
    np.testing.assert_allclose(rate_BS, np.broadcast_to(wanted, (3, 4)).T, rtol=WITHIN)
    assert (rate_BS.max(1) / rate_BS.min(1) - 1 < SAME).all()


def test_more_samples_slow_the_growth_and_do_not_end_it():
    rates = [growth.expected(n) for n in growth.BATCH_SIZES]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(1.337, abs=5e-4)
    assert rates[2] == pytest.approx(1.234, abs=5e-4)
    assert growth.expected(np.inf) == pytest.approx(1.211, abs=5e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_with_bn_and_relu_layer_1_has_tens_of_times_the_gradient(seed):
    bn = found("layers", Settings(activation="relu", seed=seed)).bn
    assert 10 < bn.gradient[0] / bn.gradient[-1] < 100
    closed_form = growth.expected(32) ** 18
    assert bn.gradient[1] / bn.gradient[-1] == pytest.approx(closed_form, rel=0.25)


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_without_bn_the_growth_is_the_init_scale(scale):
    squared = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        he = scale * np.sqrt(2 / 128)
        weights = [rng.standard_normal((128, 128)) * he for _ in range(8)]
        stack = Stack(weights, "relu", bn=False)
        x, above = rng.standard_normal((2, 16, 128))
        signal = backward(stack, forward(stack, x), above, weights=False).signal
        squared.append((signal[:-1] / signal[1:]) ** 2)
    assert np.sqrt(np.mean(squared)) == pytest.approx(scale, rel=0.03)


# skip connections


@pytest.mark.checks(
    "variance of a stream with skips: with BN 1 + l, without 2 to the l",
    how="mean of 5 seeds; log2 per block without BN",
    tolerance="10%",
)
@pytest.mark.parametrize("blocks", [10, 30])
def test_the_stream_grows_as_a_line_with_bn_and_doubles_without(blocks):
    streams = each_seed(Settings(depth=blocks), "stream")
    with_bn = np.mean([part.variance["bn"] for part in streams], axis=0)
    np.testing.assert_allclose(with_bn, 1 + np.arange(blocks + 1), rtol=0.1)
    doublings = [np.log2(part.variance["none"][-1] / part.variance["none"][0]) for part in streams]
    assert np.mean(doublings) / blocks == pytest.approx(1, abs=0.1)


def test_the_closed_forms_hold_at_other_scales():
    for scale in (0.5, 2.0):
        streams = each_seed(Settings(depth=10, init_scale=scale), "stream")
        with_bn = np.mean([part.variance["bn"][-1] for part in streams])
        assert with_bn == pytest.approx(streams[0].expected["bn"][-1], rel=0.1)
        logs = [np.log(part.variance["none"][-1]) for part in streams]
        assert np.mean(logs) == pytest.approx(np.log(streams[0].expected["none"][-1]), rel=0.1)


@pytest.mark.parametrize("seed", SEEDS)
def test_with_skips_the_gradient_is_a_power_of_the_depth(seed):
    streams = {n: found("stream", Settings(depth=n, seed=seed, width=128)) for n in (12, 48)}
    skips = [streams[n].gradient["bn"][0] for n in (12, 48)]
    plain = [streams[n].gradient["plain"][0] for n in (12, 48)]
    assert skips[1] / skips[0] < 4  # four times as deep: no more than the depth itself
    assert plain[1] / plain[0] > 500  # exponential


# The depth that trains; measured at five learning rates, recorded


@pytest.mark.checks(
    "depth at which training stops",
    how="recorded sweep, 3 seeds, 5 learning rates",
    tolerance="bn/relu above half of chance from 40 layers, above 2 nats at 60",
)
def test_bn_does_not_train_sixty_relu_layers():
    loss_DK = read().of("relu", "bn")
    means = loss_DK.mean(-1)
    assert (np.diff(means) > 0).all()
    assert means[DEPTHS.index(20)] < 0.3
    assert (loss_DK[DEPTHS.index(40)] > STOPS).all()
    assert (loss_DK[DEPTHS.index(60)] > 2).all()
    assert read().stops("relu", "bn") == 40


def test_bn_is_no_better_than_he_for_the_depth_of_relu():
    bn, none = (read().of("relu", norm) for norm in ("bn", "none"))
    assert read().stops("relu", "none") == 40
    assert (none.mean(-1)[[0, 1, 4]] < bn.mean(-1)[[0, 1, 4]]).all()


def test_nor_than_xavier_for_tanh():
    bn, none = (read().of("tanh", norm).mean(-1) for norm in ("bn", "none"))
    assert (none < bn).all()
    assert read().stops("tanh", "bn") == 60
    assert read().stops("tanh", "none") is None


@pytest.mark.slow
def test_the_longer_record_begins_as_it_does_today():
    """Without BN, 300 of its steps; rounding of another machine moves the losses a little."""
    recorded = read().late["none"][late.DEPTHS.index(40), :, 0, 0]
    again = late.late("none", 40, NEW[0], looks=late.LOOKS[:1])[:, 0]
    np.testing.assert_allclose(again, recorded, rtol=0.05)


def test_bn_rescues_sigmoid():
    assert read().stops("sigmoid", "bn") is None
    assert read().stops("sigmoid", "none") == 10
    np.testing.assert_allclose(read().of("sigmoid", "none")[1:], CHANCE, atol=0.05)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_with_bn_and_skips_sixty_layers_train(activation):
    loss_DK = read().of(activation, "bn", skips=True)
    assert (loss_DK < 0.1).all()
    assert (loss_DK[-1] < read().of(activation, "bn")[-1] / 10).all()


def test_with_skips_tanh_and_sigmoid_do_not_need_bn():
    for activation in ("tanh", "sigmoid"):
        assert (read().of(activation, "none", skips=True) < 0.1).all()


def test_relu_with_skips_and_without_bn_diverges_from_twenty_layers_on():
    loss_DK = read().of("relu", "none", skips=True)
    assert np.isinf(loss_DK[DEPTHS.index(20) :]).all()


# Presets


def ratio(settings, norm, seed):
    gradient = getattr(found("layers", replace(settings, seed=seed)), norm).gradient
    return gradient[0] / gradient[-1]


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_presets_say_what_happens(seed):
    _, explodes, twice, skips = (preset.settings for preset in presets.PRESETS)
    assert ratio(explodes, "bn", seed) > 1000
    assert 1 / 30 < ratio(explodes, "none", seed) < 30
    assert 1 / 30 < ratio(skips, "bn", seed) < 30
    large = found("layers", replace(twice, seed=seed))
    usual = found("layers", replace(twice, init_scale=1.0, seed=seed))
    np.testing.assert_allclose(large.bn.entered, usual.bn.entered, atol=1e-3)
    doublings = np.log2(large.none.entered[-1] / large.none.entered[0]) / 19
    assert doublings == pytest.approx(1, abs=0.1)
