"""The percentiles of a unit: how they are measured, and what the page says of them."""

from functools import cache

import numpy as np
import pytest

from bnviz.core import data
from bnviz.labs.why import LAB, Settings, percentiles
from bnviz.labs.why.percentiles import EARLY, N_IMAGES, N_STEPS
from bnviz.labs.why.percentiles_view import STEADY
from bnviz.labs.why.snapshots import NORMS

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)


@cache
def trace(lr, seed):
    return LAB.run("percentiles", Settings(sigmoid_lr=lr, seed=seed))


def by_hand(z, norm):
    """Normalize batches of 60, each with its own statistics."""
    if norm == "none":
        return z
    batches = z.reshape(-1, 60, z.shape[-1])
    return ((batches - batches.mean(1, keepdims=True)) / batches.std(1, keepdims=True)).reshape(
        z.shape
    )


@pytest.mark.parametrize("norm", NORMS)
def test_they_are_those_of_the_middle_unit_at_the_start(norm):
    found = trace(1.0, 0).found
    x, j = data.load("digits").x_test[:N_IMAGES], NORMS.index(norm)
    for weight in percentiles.networks(norm, 1.0, 0).parameters.weights[:-1]:
        z = by_hand(x @ weight[0], norm)
        x = 1 / (1 + np.exp(-z))
    wanted = np.percentile(z[:, found.unit], (15, 50, 85))
    np.testing.assert_allclose(found.percentiles[j, 0], wanted, atol=1e-3)
    assert found.spread[j, 0] == pytest.approx(wanted[2] - wanted[0], rel=1e-3)


def test_the_drift_at_a_look_is_over_the_steps_so_far():
    means = np.arange(6.0).reshape(1, 6, 1, 1)  # one look in ten steps
    found = percentiles.drift_so_far(means).ravel()
    np.testing.assert_allclose(found, [np.std(np.arange(n)) for n in range(1, 7)])


def test_with_bn_the_mean_of_a_unit_is_its_beta():
    """So the drift with BN is that of beta, whatever the layers below do."""
    networks = percentiles.networks("bn", 1.0, 0)
    betas = []
    for _ in percentiles.STEPS:
        betas.append(networks.parameters.beta[-1].copy())
        networks.advance(percentiles.EVERY)
    drift_R = np.std(betas, 0).mean(-1)
    np.testing.assert_allclose(trace(1.0, 0).found.whole_drift[1], drift_R, rtol=1e-3)


@EACH
@pytest.mark.checks(
    "Figure 1 of the first paper: unit means drift without BN, and hardly with it",
    how="sigmoid networks at learning rate 1, three times three starts",
    tolerance="0.3 to 0.5 without, below 0.04 with BN, in each start",
)
def test_at_a_large_rate_unit_means_drift_without_bn(seed):
    none, bn = trace(1.0, seed).found.whole_drift
    assert ((none > 0.3) & (none < 0.5)).all()
    assert (bn < 0.04).all()


@EACH
def test_bn_learns_early_and_no_norm_waits(seed):
    found = trace(1.0, seed).found
    early, late = (found.accuracy[:, step // percentiles.EVERY] for step in (EARLY, N_STEPS))
    assert (early[0] < 0.25).all()
    assert (early[1] > 0.8).all()
    assert (late[0] > 0.75).all()
    assert (late[1] > late[0]).all()
    assert found.learns
    assert "after 300 it is" in LAB.view("percentiles").takeaway(trace(1.0, seed))


@EACH
def test_the_spread_of_a_unit_grows_with_bn_too(seed):
    spread = trace(1.0, seed).found.spread[NORMS.index("bn")]
    assert spread[-1] > 1.4 * spread[0]


@EACH
@pytest.mark.checks(
    "At a low rate the network without BN is steady, and does not learn",
    how="sigmoid networks at learning rate 0.1, three times three starts",
    tolerance="drift below 0.02 and less than 25% right after 300 steps; BN has 90%",
)
def test_at_a_low_rate_no_norm_is_steady_and_does_not_learn(seed):
    found = trace(0.1, seed).found
    none = found.whole_drift[0]
    assert (none < 0.02).all()
    assert (none < trace(1.0, seed).found.whole_drift[1]).all()  # than BN at rate 1
    assert found.moved[0] < found.moved[1]  # the median of the unit on show
    assert (found.accuracy[0, -1] < 0.25).all()
    assert (found.accuracy[1, -1] > 0.9).all()
    assert not found.learns
    assert "Steady means alone do not" in LAB.view("percentiles").takeaway(trace(0.1, seed))


def test_where_means_drift_without_bn_nothing_is_said_of_steady_ones():
    found = trace(0.3, 0)
    none, bn = found.found.drifts
    assert none > 5 * bn
    assert not found.found.learns
    said = LAB.view("percentiles").takeaway(found)
    assert "Steady" not in said
    assert "only" not in said
    assert f"After 300 steps no norm classifies {found.found.right(N_STEPS)[0]:.0%}" in said


@EACH
def test_small_is_a_drift_as_small_as_that_of_bn_at_a_rate_of_1(seed):
    assert 0.8 * STEADY < trace(1.0, seed).found.drifts[1] < 1.5 * STEADY
