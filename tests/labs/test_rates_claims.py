"""What the lab on learning rate and initialization says, over several starts."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import Arm, finish
from bnviz.labs.rates import LAB, Settings, grid
from bnviz.labs.rates.groups import (
    BATCH_SIZE,
    BN,
    FIXED,
    MEAN_ONLY,
    NONE,
    NORMS,
    STD_ONLY,
    spec_of,
    weights_of,
)
from bnviz.labs.rates.settings import RATES, SCALES
from tests.held.share import TEN
from tests.lessons import over

pytestmark = pytest.mark.slow

SEEDS = (0, 1, 2, 3)
FIRST = over(SEEDS, always=1)
"""Of what trains all maps: one start in each run of the tests, beside the new one that
``tests/held/rates.py`` asks for the same; the others if asked for."""
CELLS = "without at most 5 of 42, BN at least 20"
PARTS = "centring at most 7, dividing 8 or more, BN at least 5 more"
SHARE = "share below 0.5: BN at least 0.2 higher, never below"
STEP_50 = "step 50: BN above 0.85, without below 0.25"


def maps(norms=tuple(NORMS), **settings):
    """Train the maps of some norms."""
    return finish(Arm(grid.maps, (Settings(**settings), norms)))


def of(found, norm):
    return found[list(NORMS).index(norm)]


# ---------------------------------------------------------------- the maps


@pytest.mark.checks(
    "cells of learning rate and initial scale that train", how="3 starts", tolerance=CELLS
)
@FIRST
def test_many_more_cells_train_with_bn(seed):
    found = maps(grid.PAIR, seed=seed)
    assert found.n_trained[NONE] <= 5
    assert found.n_trained[BN] >= 20
    assert found.n_diverged[NONE] >= 10
    assert found.n_diverged[BN] == 0


@pytest.mark.checks("the parts of BN: cells that train", how="3 starts", tolerance=PARTS)
@FIRST
def test_dividing_does_most_of_it_and_both_do_more(seed):
    n = maps(seed=seed).n_trained
    assert n[MEAN_ONLY] <= 7
    assert 8 <= n[STD_ONLY] <= 16
    assert n[STD_ONLY] - n[NONE] > 2 * (n[MEAN_ONLY] - n[NONE])
    assert n[BN] >= n[STD_ONLY] + 5


@FIRST
def test_with_the_division_centring_adds_the_high_rates(seed):
    """At rates 1 and 3, over all scales."""
    trained = maps(seed=seed).trained[..., 4:6].sum((1, 2))
    assert of(trained, BN) >= of(trained, STD_ONLY) + 3


@FIRST
def test_gamma_and_beta_are_not_what_opens_the_map(seed):
    found = maps(seed=seed)
    assert found.n_trained[FIXED] >= found.n_trained[BN]
    assert of(found.trained, FIXED)[:, -1].any()
    assert not of(found.trained, BN)[:, -1].any()  # at a rate of 10


@FIRST
def test_the_rates_that_work_move_up_with_the_scale(seed):
    """The falsifier of "insensitive to the initialization": the scale sets the pace."""
    found = maps(grid.PAIR, seed=seed)
    lowest = of(found.trained, BN).argmax(-1)
    assert (np.diff(lowest) >= 0).all()
    assert RATES[lowest[-1]] >= 10 * RATES[lowest[0]]
    at_one_rate = of(found.loss, BN)[:, RATES.index(0.03)]
    assert at_one_rate.max() > 5 * at_one_rate.min()


@FIRST
def test_at_hes_scale_a_rate_can_be_too_high_and_too_low_with_bn_and_without(seed):
    found = maps(grid.PAIR, seed=seed)
    for norm in grid.PAIR:
        trained = of(found.trained, norm)[SCALES.index(1.0)]
        assert trained.any()
        assert not trained[[0, -1]].any()


@over(SEEDS[:3], always=1)
def test_presets_of_depth_and_activation_hold(seed):
    shallow = maps(grid.PAIR, seed=seed, depth=2).n_trained
    assert shallow[NONE] >= 10
    assert shallow[BN] >= shallow[NONE] + 5
    sigmoid = maps(grid.PAIR, seed=seed, activation="sigmoid").n_trained
    assert sigmoid[NONE] == 0
    assert sigmoid[BN] >= 10


@over(TEN[1:4], always=1)
def test_with_sigmoids_dividing_alone_trains_hardly_any_cell(seed):
    trained = maps(tuple(NORMS), seed=seed, activation="sigmoid").n_trained
    assert trained[STD_ONLY] <= 1
    assert trained[BN] >= 10


@pytest.mark.parametrize(("activation", "some"), [("relu", 0), ("tanh", 0), ("sigmoid", 1)])
def test_at_a_rate_of_10_only_sigmoid_networks_train_with_bn(activation, some):
    trained = of(maps(grid.PAIR, seed=30, activation=activation).trained, BN)
    assert bool(trained[:, RATES.index(10.0)].any()) == some
    if activation != "sigmoid":
        at = SCALES.index(1.0)
        assert trained[: at + 1].sum(1).min() > trained[at + 1 :].sum(1).max() - 1


# ---------------------------------------------------- the corner, the gradient


def ends(**settings):
    """Return the median loss of the cell's starts at the end, none and BN."""
    return LAB.run("corner", Settings(**settings)).found.curves.final


@pytest.mark.checks(
    "He's scale, learning rate 0.03: BN is slower",
    how="4 times 6 starts",
    tolerance="each median behind, over all by 20%",
)
def test_bn_is_slower_at_a_good_start_and_a_low_rate():
    none, bn = np.array([ends(seed=seed) for seed in SEEDS]).T
    assert (bn > none).all()
    assert np.median(bn / none) > 1.2


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_with_small_weights_only_bn_learns(seed):
    none, bn = ends(seed=seed, init_scale=0.1)
    assert none > 2.2
    assert bn < 1


@pytest.mark.checks(
    "gradients at the start, with BN and without",
    how="4 starts",
    tolerance="scale 0.1: 1000 times larger; 1: within 2; 5: 100 times smaller",
)
@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_are_not_smaller_with_bn_as_such(seed):
    none, bn = LAB.run("gradients", Settings(seed=seed)).found.gradient
    assert bn[0] > 1000 * none[0]
    assert 0.5 < bn[SCALES.index(1.0)] / none[SCALES.index(1.0)] < 2
    assert bn[-1] < none[-1] / 100


# --------------------------------------------------------- random settings


@pytest.mark.checks("sixty random settings, final loss", how="3 draws", tolerance=SHARE)
@FIRST
def test_a_random_setting_trains_more_often_with_bn(seed):
    found = LAB.run("draws", Settings(seed=seed)).found
    none, bn = found.share
    assert 0.05 < none < 0.3
    assert bn > none + 0.2
    assert 0.35 < bn < 0.65
    assert found.median[0] > 2
    assert found.median[1] < 1.3
    assert found.best.max() < 0.15  # the best of sixty is good with both
    for loss in (0.2, 0.3, 0.5, 1.0, 2.0):
        below = (found.loss < loss).mean(-1)
        assert below[1] > below[0]


# ------------------------------------------- the figure and the end of a longer training


def right(spec, weights, batch_size, looks, seed):
    """Return the share of unseen digits that a network has right at some steps."""
    split = data.load("digits")
    order = batch_order(len(split.x_train), batch_size, looks[-1], seed)
    trainer, shares = Trainer(spec, weights, split.x_train, split.y_train, order), []
    for step in looks:
        trainer.advance(step - trainer.n_done)
        running = trainer.running_stats if spec.norm == BN else None
        logits = forward(spec, trainer.parameters, split.x_test, running_stats=running).logits
        shares.append((logits.argmax(-1) == split.y_test).mean())
    return shares


@pytest.mark.checks(
    "sigmoid network of Ioffe & Szegedy's figure 1, learning rate 1",
    how="3 starts",
    tolerance=STEP_50,
)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_sigmoid_network_of_figure_1_waits_without_bn(seed):
    rng = np.random.default_rng([seed, 5])
    spec = Spec(n_inputs=64, width=100, depth=3, n_classes=10, activation="sigmoid", lr=1.0)
    weights = [rng.normal(0, 0.1, shape) for shape in pairwise(spec.sizes)]
    none, bn = (right(replace(spec, norm=norm), weights, 60, (50, 100), seed) for norm in grid.PAIR)
    assert none[0] < 0.25
    assert bn[0] > 0.85
    assert bn[1] > 0.92
    assert bn[1] - none[1] > 0.4


@pytest.mark.checks(
    "accuracy with a rate tuned for each, 600 steps", how="3 starts", tolerance="within 0.03"
)
@pytest.mark.parametrize("seed", SEEDS[:3])
def test_tuned_networks_end_alike(seed):
    best = {}
    for norm, rates in ((NONE, (0.1, 0.2)), (BN, (0.2, 0.3, 1.0))):
        spec = spec_of(norm, depth=5, activation="relu")
        weights = [w[0] for w in weights_of(spec, (1.0,), seed)]
        best[norm] = max(
            right(replace(spec, lr=lr), weights, BATCH_SIZE, (600,), seed)[0] for lr in rates
        )
    assert min(best.values()) > 0.95
    assert abs(best[BN] - best[NONE]) < 0.03
