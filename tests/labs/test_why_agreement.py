"""Gradients before and after the earlier layers moved: how they are measured, and what is said."""

from functools import cache

import numpy as np
import pytest

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.labs.why import LAB, Settings
from bnviz.labs.why.agreement import agree
from bnviz.labs.why.snapshots import EARLY, LATE

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)


@cache
def trace(seed, lr, depth=10):
    return LAB.run("agreement", Settings(seed=seed, lr=lr, depth=depth))


def more(seed, lr, when, depth=10):
    """Mean cosine without norm minus that with BN: how much more shift BN has."""
    none, bn = trace(seed, lr, depth).found.over(when)
    return none - bn


@pytest.mark.parametrize("norm", ["none", "bn"])
def test_all_that_the_earlier_layers_have_moves_and_nothing_else(norm):
    rng = np.random.default_rng(4)
    spec = Spec(n_inputs=6, width=5, depth=3, n_classes=4, norm=norm)
    parameters = Parameters.start(spec, mlp_weights(spec.sizes, "relu", 1.0, 1), np.float64)
    parameters.affine[...] += rng.normal(size=parameters.affine.shape) / 4
    x, labels, lr = rng.normal(size=(12, 6)), rng.integers(4, size=12), 0.4
    before = parameters.flat.copy()
    cosine, ratio = agree(spec, parameters, x, labels, lr)
    np.testing.assert_array_equal(parameters.flat, before)
    assert cosine[0] == pytest.approx(1)
    assert ratio[0] == pytest.approx(1)
    _, gradient = loss_and_gradient(spec, parameters, x, labels)
    for layer in range(1, 4):
        lower = layer - 1  # step by step: the layers below have moved already
        parameters.weights[lower][...] -= lr * gradient.weights[lower]
        if parameters.biases[lower] is not None:
            parameters.biases[lower][...] -= lr * gradient.biases[lower]
        if norm == "bn":
            parameters.gamma[lower] -= lr * gradient.gamma[lower]
            parameters.beta[lower] -= lr * gradient.beta[lower]
        _, after = loss_and_gradient(spec, parameters, x, labels)
        one, other = gradient.weights[layer].ravel(), after.weights[layer].ravel()
        lengths = np.linalg.norm(one), np.linalg.norm(other)
        assert cosine[layer] == pytest.approx(one @ other / np.prod(lengths), rel=1e-10)
        assert ratio[layer] == pytest.approx(lengths[1] / lengths[0], rel=1e-10)
    assert cosine[1:].max() < 0.999


@EACH
@pytest.mark.checks(
    "At a low rate BN has more gradient shift, in training as at the start",
    how="ten layers, rate 0.01, three seeds",
    tolerance="mean cosine lower by more than 0.1",
)
def test_at_a_low_rate_there_is_more_shift_with_bn(seed):
    assert more(seed, 0.01, EARLY) > 0.1
    assert more(seed, 0.01, LATE) > 0.1
    assert LAB.view("agreement").takeaway(trace(seed, 0.01)).count("**more** shift") == 2


@pytest.mark.checks(
    "At a higher rate BN has more gradient shift at the start and less later",
    how="ten layers, rate 0.05, three seeds",
    tolerance="mean cosine lower by more than 0.2; then higher by more than 0.1, mean of seeds",
)
def test_at_a_higher_rate_there_is_more_at_the_start_and_less_later():
    assert min(more(seed, 0.05, EARLY) for seed in SEEDS) > 0.2
    assert np.mean([more(seed, 0.05, LATE) for seed in SEEDS]) < -0.1
    assert "**more** shift" in LAB.view("agreement").takeaway(trace(0, 0.05))


@pytest.mark.long
@EACH
def test_at_twice_that_rate_there_is_less_later_too(seed):
    assert more(seed, 0.1, LATE) < -0.05


@pytest.mark.long
def test_at_a_rate_of_0_2_there_is_no_clear_sign():
    differences = [more(seed, 0.2, LATE) for seed in range(6)]
    assert min(differences) < 0 < max(differences)
    assert abs(np.mean(differences)) < 0.15


@EACH
def test_with_three_layers_there_is_hardly_any(seed):
    for when in (EARLY, LATE):
        assert abs(more(seed, 0.2, when, 3)) < 0.1
