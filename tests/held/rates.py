"""Learning rates and initial weights: maps, random settings, and each norm at its own best rate."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np

from bnviz.core.network.spec import Spec
from bnviz.labs.rates import LAB, Settings, grid
from bnviz.labs.rates.groups import BN, MEAN_ONLY, NONE, STD_ONLY
from bnviz.labs.rates.settings import RATES, SCALES
from tests import test_claims_seeds as seeds
from tests.held.share import TEN, Held, together
from tests.labs import test_rates_claims as claims
from tests.labs.test_rates_claims import of

HE, HIGH = SCALES.index(1.0), slice(RATES.index(1.0), RATES.index(3.0) + 1)


@cache
def maps(seed, norms=None, activation="relu"):
    return claims.maps(norms or tuple(claims.NORMS), seed=seed, activation=activation)


def pair(seed, activation="relu"):
    return maps(seed, grid.PAIR, activation)


# The maps


def many_more_cells_train_with_bn(seed):
    n = pair(seed).n_trained
    assert n[BN] >= 20
    assert n[NONE] <= 5


def dividing_does_most_of_it_and_both_do_more(seed):
    n = maps(seed).n_trained
    assert n[STD_ONLY] >= 3 * n[NONE]
    assert n[NONE] - 1 <= n[MEAN_ONLY] <= n[NONE] + 5
    assert n[BN] >= n[STD_ONLY] + 5
    high = maps(seed).trained[..., HIGH].sum((1, 2))
    assert of(high, BN) >= max(of(high, norm) for norm in (NONE, MEAN_ONLY, STD_ONLY)) + 3


def with_sigmoids_dividing_alone_trains_hardly_any_cell(seed):
    n = maps(seed, activation="sigmoid").n_trained
    assert n[STD_ONLY] <= 1
    assert n[BN] >= 10


def gamma_and_beta_are_not_what_opens_the_map(seed):
    found = maps(seed)
    assert found.n_trained[claims.FIXED] >= found.n_trained[BN]
    assert of(found.trained, claims.FIXED)[:, -1].any()


def the_scale_moves_the_lowest_rate_and_not_the_highest(seed):
    trained = of(pair(seed).trained, BN)
    lowest, highest = trained.argmax(-1), len(RATES) - 1 - trained[:, ::-1].argmax(-1)
    assert (np.diff(lowest) >= 0).all()
    assert RATES[lowest[-1]] >= 10 * RATES[lowest[0]]
    assert np.ptp(highest) <= 1
    assert trained[: HE + 1].sum(1).min() >= trained[HE + 1 :].sum(1).max()


def at_a_rate_of_10_only_sigmoids_train(seed):
    for activation, some in (("relu", False), ("tanh", False), ("sigmoid", True)):
        assert of(pair(seed, activation).trained, BN)[:, -1].any() == some


def at_hes_scale_rates_have_two_ends(seed):
    for norm in grid.PAIR:
        trained = of(pair(seed).trained, norm)[HE]
        assert trained.any()
        assert not trained[[0, -1]].any()


# One cell


def none_is_ahead_at_a_low_rate(seed):
    none, bn = claims.ends(seed=seed)
    assert bn > 1.1 * none


def each_at_its_best_rate_both_end_low(seed):
    for norm, usual in ((NONE, (0.1, 0.3)), (BN, (0.3, 1.0))):
        row = of(pair(seed).loss, norm)[HE]
        row = np.where(np.isfinite(row), row, np.inf)
        assert 0.05 <= row.min() < 0.15
        assert RATES[row.argmin()] in usual


with_small_weights_only_bn_learns = claims.test_with_small_weights_only_bn_learns


def gradients_follow_the_scale(seed):
    none, bn = LAB.run("gradients", Settings(seed=seed)).found.gradient
    assert bn[0] > 1000 * none[0]
    assert 0.4 < bn[HE] / none[HE] < 2.5
    assert bn[-1] < none[-1] / 100


# Sixty random settings


def a_random_setting_trains_more_often(seed):
    found = LAB.run("draws", Settings(seed=seed)).found
    none, bn = found.share
    assert 0.1 < none < 0.35
    assert 0.35 < bn < 0.7
    assert bn > none + 0.15
    assert found.best.max() < 0.15


# The network of the first paper, and the longer training


def the_sigmoid_network_waits_without_bn(seed):
    rng = np.random.default_rng([seed, 5])
    spec = Spec(n_inputs=64, width=100, depth=3, n_classes=10, activation="sigmoid", lr=1.0)
    weights = [rng.normal(0, 0.1, shape) for shape in pairwise(spec.sizes)]
    none, bn = (
        claims.right(replace(spec, norm=norm), weights, 60, (50, 100, 200), seed)
        for norm in grid.PAIR
    )
    assert none[0] < 0.25
    assert bn[0] > 0.85
    assert none[2] > 0.3


# Questions


def three_twenty_and_five(seed):
    n = maps(seed).n_trained
    assert n[NONE] <= 5
    assert n[BN] > 20
    assert n[MEAN_ONLY] <= 9


def five_times_the_weights_learn_much_more_slowly(seed):
    loss = of(pair(seed).loss, BN)[:, RATES.index(0.1)]
    assert loss[HE] < 0.5
    assert loss[-1] > 2.5 * loss[HE]


TUNED = "tests/test_claims_seeds.py::test_it_holds_in_seeds_that_chose_nothing"
GUARD = "tests/labs/test_rates_claims.py::test_"
AT_10 = f"{GUARD}at_a_rate_of_10_only_sigmoid_networks_train_with_bn"
DIVIDING = f"{GUARD}with_sigmoids_dividing_alone_trains_hardly_any_cell"

HELD = (
    Held("With BN many more cells", many_more_cells_train_with_bn, TEN),
    Held("So BN is less sensitive", the_scale_moves_the_lowest_rate_and_not_the_highest, TEN),
    Held("At a rate of 10", at_a_rate_of_10_only_sigmoids_train, TEN, guard=AT_10),
    Held("A sigmoid network as in", the_sigmoid_network_waits_without_bn, TEN),
    Held("Five ReLU layers, 80 steps", dividing_does_most_of_it_and_both_do_more, TEN),
    Held(
        "With sigmoids dividing",
        with_sigmoids_dividing_alone_trains_hardly_any_cell,
        TEN,
        guard=DIVIDING,
    ),
    Held("γ and β are not what", gamma_and_beta_are_not_what_opens_the_map, TEN),
    Held("Of sixty random settings", a_random_setting_trains_more_often, TEN),
    Held(
        "Each at the best of its rates",
        seeds.tuned_networks_end_close_and_bn_ahead,
        TEN,
        guard=TUNED,
    ),
    Held("“BN allows higher rates", gradients_follow_the_scale, TEN),
    Held("BN is not always faster", none_is_ahead_at_a_low_rate, TEN),
    Held("At the same scale", each_at_its_best_rate_both_end_low, TEN),
    Held(
        "C41",
        together(
            with_small_weights_only_bn_learns, the_scale_moves_the_lowest_rate_and_not_the_highest
        ),
        TEN,
    ),
    Held(
        "C43",
        together(
            the_scale_moves_the_lowest_rate_and_not_the_highest, many_more_cells_train_with_bn
        ),
        TEN,
    ),
    Held("C44", at_hes_scale_rates_have_two_ends, TEN),
)
QUESTIONS = {
    "question": three_twenty_and_five,
    "transfer": five_times_the_weights_learn_much_more_slowly,
}
