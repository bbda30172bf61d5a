"""The loss along the gradient: how it is measured, and what the page says of it."""

from functools import cache

import numpy as np
import pytest

from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward, loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.labs.copies import copies, parts
from bnviz.labs.why import LAB, Settings
from bnviz.labs.why.band import FACTORS, along
from bnviz.labs.why.points import lengths, losses_and_gradients
from bnviz.labs.why.snapshots import EARLY, LATE, STEPS, snapshots

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)


@cache
def band(seed, lr, depth=10):
    return LAB.run("band", Settings(seed=seed, lr=lr, depth=depth))


def network(norm):
    rng = np.random.default_rng(3)
    spec = Spec(n_inputs=6, width=5, depth=3, n_classes=4, norm=norm)
    parameters = Parameters.start(spec, mlp_weights(spec.sizes, "relu", 1.0, 0), np.float64)
    return spec, parameters, rng.normal(size=(12, 6)), rng.integers(4, size=12)


@pytest.mark.parametrize("norm", ["none", "bn"])
def test_a_walk_goes_down_the_gradient_and_looks_at_it_on_the_way(norm):
    spec, parameters, x, labels = network(norm)
    before = parameters.flat.copy()
    sizes = np.array([0.05, 0.3])
    start, losses, smoothness = along(spec, parameters, x, labels, sizes)
    np.testing.assert_array_equal(parameters.flat, before)
    loss, gradient = loss_and_gradient(spec, parameters, x, labels)
    assert start == pytest.approx(loss, rel=1e-12)
    ratios = []
    for size, found in zip(sizes, losses, strict=True):
        parameters.flat[...] = before - size * gradient.flat
        wanted, there = loss_and_gradient(spec, parameters, x, labels)
        assert found == pytest.approx(wanted, rel=1e-12)
        change = np.linalg.norm(there.flat - gradient.flat)
        ratios.append(change / (size * np.linalg.norm(gradient.flat)))
    assert smoothness == pytest.approx(max(ratios), rel=1e-12)
    assert ratios[0] != pytest.approx(ratios[1], rel=0.01)


@pytest.mark.parametrize("norm", ["none", "bn"])
def test_points_at_once_are_the_points_one_by_one(norm):
    spec, parameters, x, labels = network(norm)
    points = copies(spec, parameters, 3)
    points.weights[1][2] *= 2
    losses, gradients = losses_and_gradients(spec, points, x, labels)
    single, gradient = loss_and_gradient(spec, parameters, x, labels)
    assert losses[:2] == pytest.approx([single, single], rel=1e-12)
    for many, one in zip(parts(gradients), parts(gradient), strict=True):
        np.testing.assert_allclose(many[1], one, atol=1e-14)
    assert lengths(parts(gradients))[0] == pytest.approx(np.linalg.norm(gradient.flat))
    parameters.weights[1] *= 2
    logits = forward(spec, parameters, x).logits
    assert losses[2] == pytest.approx(cross_entropy(logits, labels)[0], rel=1e-12)


def test_the_snapshots_are_on_the_way_of_the_training():
    given = snapshots(Settings(lr=0.1, depth=3, batch_size=16))
    first = next(snapshot for (norm, _), snapshot in given if norm == 1)
    loss, gradient = loss_and_gradient(*first)
    start = first.parameters.flat.copy()
    trace = LAB.run("band", Settings(lr=0.1, depth=3, batch_size=16))
    assert loss == pytest.approx(trace.found.start[1, 0], rel=1e-9)
    _, second = next(given)
    assert len(STEPS[EARLY]) == 4
    assert STEPS[LATE][0] == 50
    assert not np.array_equal(second.x_ND, first.x_ND)
    moved = second.parameters.flat - start
    assert moved @ gradient.flat < 0


def ratio(values_J):
    none, bn = values_J
    return none / bn


@EACH
@pytest.mark.parametrize("lr", [0.05, 0.1])
@pytest.mark.checks(
    "The loss along the gradient ranges narrower with BN: ten layers, rates 0.05 and 0.1, later",
    how="two networks, 100 steps, three seeds",
    tolerance="at least 4 times; it rises on 70% of the walks without norm, on 20% at most with BN",
)
def test_the_band_is_narrower_with_bn_in_a_deep_network_at_these_rates(seed, lr):
    found = band(seed, lr).found
    assert ratio(found.width(LATE)) > 4
    none, bn = found.rises(LATE)
    assert none >= 0.7
    assert bn <= 0.2
    assert "times narrower" in LAB.view("band").takeaway(band(seed, lr))


@pytest.mark.long
def test_at_a_high_rate_the_loss_rises_with_bn_too():
    bands = [band(seed, 0.2).found for seed in SEEDS]
    assert min(ratio(found.width(LATE)) for found in bands) > 1.5
    assert np.mean([found.rises(LATE)[1] for found in bands]) > 0.2


@EACH
def test_at_a_low_rate_the_band_is_wider_with_bn(seed):
    found = band(seed, 0.01).found
    assert ratio(found.width(EARLY)) < 1
    assert ratio(found.width(LATE)) < 0.7
    assert "wider** with BN" in LAB.view("band").takeaway(band(seed, 0.01))


@EACH
def test_with_three_layers_there_is_no_difference(seed):
    found = band(seed, 0.05, 3).found
    assert 0.8 < ratio(found.width(EARLY)) < 1.25
    assert 0.8 < ratio(found.width(LATE)) < 1.25
    assert found.rises(LATE).max() == 0
    assert "about as wide" in LAB.view("band").takeaway(band(seed, 0.05, 3))


@EACH
@pytest.mark.checks(
    "The effective smoothness is no better with BN at the start",
    how="ten layers, rates 0.01 and 0.05, first 20 steps, three seeds",
    tolerance="at least 1.3 times larger with BN",
)
def test_the_effective_smoothness_is_worse_at_the_start_and_little_better_later(seed):
    for lr, low, high in ((0.01, 2, 6), (0.05, 0.6, 1.2)):
        found = band(seed, lr).found
        assert 1.3 < 1 / ratio(found.beta(EARLY)) < 6
        assert low < 1 / ratio(found.beta(LATE)) < high


def test_the_step_sizes_are_those_of_the_paper():
    assert FACTORS[0] == 0.5
    assert FACTORS[-1] == 4
