"""Signal through depth: what one random network does, and what deep ones learn."""

from functools import cache

import numpy as np

from bnviz.core import theory
from bnviz.labs.arm import Arm, finish
from bnviz.labs.signal import Settings, growth, late
from bnviz.labs.signal.sweep import NEW
from bnviz.labs.signal.training import (
    CHANCE,
    N_ASKED,
    N_AT_ONCE,
    N_STEPS,
    STOPS,
    loss,
    start,
    train,
)
from bnviz.labs.signal.trains import read
from bnviz.labs.train_eval.convention import Convention
from bnviz.labs.train_eval.training import kept, score
from tests import test_claims_seeds as seeds
from tests.held.share import TEN, Held, together
from tests.labs import test_signal_claims as claims
from tests.labs.test_signal_claims import found


def growth_is_that_of_the_closed_form(seed):
    wanted = [np.sqrt(theory.squared_gradient_growth(n)) for n in growth.BATCH_SIZES]
    for width in (256, 512):
        rate_BS = found("growth", Settings(seed=seed, width=width)).rate
        np.testing.assert_allclose(rate_BS, np.broadcast_to(wanted, (3, 4)).T, rtol=0.02)


def bn_keeps_the_spread_and_relu_multiplies_by_the_scale(seed):
    for activation in ("sigmoid", "tanh", "relu"):
        for scale in (0.3, 3.0):
            s = Settings(activation=activation, init_scale=scale, depth=50, width=64, seed=seed)
            np.testing.assert_allclose(found("layers", s).bn.entered, 1, atol=0.01)
    for scale in (0.5, 2.0):
        none = found("layers", Settings(activation="relu", init_scale=scale, seed=seed)).none
        each, spread = (
            (values[-1] / values[0]) ** (1 / 19) / scale for values in (none.size, none.spread)
        )
        assert 0.96 < each < 1.04
        assert 0.9 < spread < each


def skips_and_bn_mend_the_growth(seed):
    blocks = 20
    stream = found("stream", Settings(depth=blocks, seed=seed))
    np.testing.assert_allclose(stream.variance["bn"], 1 + np.arange(blocks + 1), rtol=0.1)
    none = stream.variance["none"]
    assert 0.85 < np.log2(none[-1] / none[0]) / blocks < 1.15
    each = {name: of[0] ** (1 / blocks) for name, of in stream.gradient.items()}
    assert 1.3 < each["none"] < 1.55
    assert each["none"] > each["plain"] > 1.15
    claims.test_with_skips_the_gradient_is_a_power_of_the_depth(seed)


def with_bn_and_relu_the_first_gradient_is_tens_of_times_the_last(seed):
    gradient = found("layers", Settings(activation="relu", seed=seed)).bn.gradient
    assert 10 < gradient[0] / gradient[-1] < 100


# What learns, and when


def recorded(norm, depth, seed):
    """Give the recorded losses of one seed, (R, T)."""
    return read().late[norm][late.DEPTHS.index(depth), ..., NEW.index(seed)]


def later(norm, depth, seed):
    """Give the recorded losses of one seed at the looks, each at the better rate."""
    return recorded(norm, depth, seed).min(0)


@cache
def best(activation, depth, seed, *, skips=False):
    """Give the loss after 300 steps at the best of five rates, with BN and without."""
    return finish(Arm(train, (activation, depth, skips, seed))).loss.min(-1)


def alone(activation, depth, seed):
    """Give the losses after 300 steps with skips and without BN, one for each of five rates."""
    networks = start(activation, "none", depth, True, seed)
    networks.advance(N_STEPS)
    return np.mean([loss(networks, k) for k in range(0, N_ASKED, N_AT_ONCE)], axis=0)


def bn_rescues_twenty_sigmoid_layers(seed):
    bn, none = best("sigmoid", 20, seed)
    assert bn < STOPS
    assert abs(none - CHANCE) < 0.05


def twenty_tanh_layers_end_lower_without(seed):
    bn, none = best("tanh", 20, seed)
    assert none < bn


def skips_alone_are_enough_for_tanh_and_sigmoid(seed):
    for activation in ("tanh", "sigmoid"):
        assert alone(activation, 20, seed).min() < 0.1


def with_skips_relu_needs_bn(seed):
    assert seeds.skips_and_bn_go_deep(seed)
    with np.errstate(all="ignore"):
        assert not np.isfinite(alone("relu", 20, seed)).any()


def forty_relu_layers_have_hardly_learned(seed):
    return min(later(norm, 40, seed)[0] for norm in ("bn", "none")) > 1


def forty_relu_layers_end_lower_without_bn(seed):
    return later("none", 40, seed)[-1] < later("bn", 40, seed)[-1]


def forty_layers_without_bn_learn_later(seed):
    return later("none", 40, seed)[-1] < 0.4


def forty_layers_with_bn_learn_later(seed):
    losses = later("bn", 40, seed)
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 1.2


def forty_layers_with_bn_go_on_learning(seed):
    """At rate 0.1; and the start, where BN rescues sigmoid."""
    losses = recorded("bn", 40, seed)[late.RATES["bn"].index(0.1)]
    assert losses[0] > 1.2
    assert losses[-1] < 0.9 * losses[0]
    assert seeds.sigmoid_is_rescued_at_the_start(seed)


def forty_layers_are_no_clear_gain(seed):
    assert forty_relu_layers_have_hardly_learned(seed)
    with_skips_relu_needs_bn(seed)


def kept_statistics_lag_behind(seed):
    net = seeds.network(32, seed)
    stale, usual = (score(net, kept(net, Convention(momentum=m)))[0] for m in (0.001, 0.1))
    assert stale > 1.3 * usual


GUARD = "tests/labs/test_signal_claims.py::test_"
RESCUED = f"{GUARD}bn_rescues_sigmoid"
XAVIER = f"{GUARD}nor_than_xavier_for_tanh"
DIVERGES = f"{GUARD}relu_with_skips_and_without_bn_diverges_from_twenty_layers_on"
NO_NEED = f"{GUARD}with_skips_tanh_and_sigmoid_do_not_need_bn"
"""These assert it of the record, of which a sample is always measured again."""

HELD = (
    Held("At widths of 256 and 512 the", growth_is_that_of_the_closed_form, TEN),
    Held("With BN, what enters", bn_keeps_the_spread_and_relu_multiplies_by_the_scale, TEN),
    Held("Skip connections with BN in", skips_and_bn_mend_the_growth, TEN),
    Held("BN rescues sigmoid", bn_rescues_twenty_sigmoid_layers, TEN, guard=RESCUED),
    Held("With ReLU and He's", forty_relu_layers_have_hardly_learned, NEW),
    Held(
        "With ReLU and He's", forty_relu_layers_end_lower_without_bn, NEW, r"ahead in (.*?) seeds"
    ),
    Held("40 plain", forty_layers_without_bn_learn_later, NEW, r"steps in (.*?) seeds"),
    Held("40 plain", forty_layers_with_bn_learn_later, NEW, r"then in (.*?), and"),
    Held("With tanh and Xavier's", twenty_tanh_layers_end_lower_without, TEN, guard=XAVIER),
    Held("BN and skip connections", with_skips_relu_needs_bn, TEN, guard=DIVERGES),
    Held("With tanh and sigmoid", skips_alone_are_enough_for_tanh_and_sigmoid, TEN, guard=NO_NEED),
    Held("C30", together(growth_is_that_of_the_closed_form, kept_statistics_lag_behind), TEN),
    Held("C35", forty_layers_with_bn_go_on_learning, NEW),
    Held("C35", forty_layers_without_bn_learn_later, NEW, r"then in (.*?) seeds"),
    Held("C63", growth_is_that_of_the_closed_form, TEN),
    Held("C74", forty_layers_are_no_clear_gain, NEW, guard=DIVERGES),
    Held("C74", forty_relu_layers_end_lower_without_bn, NEW, r"2500 in (.*?) seeds"),
    Held("C100", skips_alone_are_enough_for_tanh_and_sigmoid, TEN, guard=NO_NEED),
)
QUESTIONS = {
    "question": claims.test_twenty_sigmoid_layers_forget_which_digit_came_in,
    "transfer": with_bn_and_relu_the_first_gradient_is_tens_of_times_the_last,
}
