"""The lab on the normalization family: its numbers against the core, and what it refuses."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Arm, finish
from bnviz.labs.family import Settings, picture, renorm
from bnviz.labs.family.networks import accuracy, accuracy_in_batches, trained
from bnviz.labs.family.record import record


def test_accuracy_is_that_of_evaluation_or_of_batches():
    network, split = finish(Arm(trained, ("bn", 16, 0, 2))), data.load("digits")
    done = forward(
        network.spec, network.parameters, split.x_test, running_stats=network.running_stats
    )
    assert accuracy(network) == (done.logits.argmax(-1) == split.y_test).mean()
    assert accuracy_in_batches(network, 16, 2, 0) != accuracy(network)


@pytest.mark.checks(
    "renormalization without limits, in training: the output of evaluation",
    how="an identity",
    tolerance={"atol": 1e-12},
)
@pytest.mark.parametrize("n", [2, 8, 128])
def test_renormalization_without_limits_is_evaluation(n):
    for seed in range(3):
        found = renorm.layer(Settings(batch_size=n, seed=seed))
        assert found.furthest_free < 1e-12
        assert found.furthest_bn > 0.1


def test_limits_hold_in_small_batches_only():
    small, large = (renorm.layer(Settings(batch_size=n)) for n in (2, 32))
    assert small.clipped > 0
    assert small.furthest > 0.01
    assert large.clipped == 0
    assert large.furthest < 1e-12
    plain = renorm.layer(Settings(r_max=1.0, d_max=0.0))
    np.testing.assert_array_equal(plain.renorm, plain.bn)


@pytest.mark.checks(
    "AdaIN: channel means of the target", how="an identity", tolerance={"atol": 1e-12}
)
@pytest.mark.parametrize("seed", range(3))
def test_adain_copies_means_and_deviations(seed):
    found = picture.measure(Settings(seed=seed))
    np.testing.assert_allclose(found.means[1], found.means[2], atol=1e-12)
    np.testing.assert_allclose(found.deviations[1], found.deviations[2], atol=1e-3)
    assert np.abs(found.means[0] - found.means[2]).max() > 0.1


@pytest.mark.parametrize("seed", range(3))
def test_instance_norm_forgets_contrast_and_brightness(seed):
    found = picture.measure(Settings(seed=seed))
    np.testing.assert_allclose(found.changed, 3 * found.content + 2)
    assert found.difference < 5e-3
    np.testing.assert_allclose(found.normed.mean((0, 1)), 0, atol=1e-12)
    np.testing.assert_allclose(found.normed.std((0, 1)), 1, atol=1e-2)


def test_strength_is_a_straight_way():
    none, half, full = (picture.measure(Settings(strength=t)) for t in (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(none.styled, none.content)
    np.testing.assert_allclose(half.styled, (none.styled + full.styled) / 2)


def test_ghost_bn_of_one_chunk_is_bn():
    found = record().sizes
    np.testing.assert_array_equal(found[1, :2], found[5, :2])
