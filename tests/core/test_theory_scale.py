"""The closed forms of scale invariance against steps of the project's own network."""

import math
from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import theory
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.core.train.optim import SGD, Adam, Momentum

SMALL = Spec(n_inputs=12, width=8, depth=3, n_classes=4, activation="tanh", eps=1e-13)
SCALES = (0.1, 3.0, 10.0)


def start(spec, seed, scale=1.0):
    """The parameters at the start, those that batch norm follows times ``scale``."""
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    return Parameters.start(spec, [scale * w for w in weights[:-1]] + weights[-1:], np.float64)


def examples(spec, rng, n=16):
    return rng.normal(size=(n, spec.n_inputs)), rng.integers(spec.n_classes, size=n)


def unit_norms(weights):
    """The norm of the weights into each unit, over all hidden layers."""
    return np.concatenate([np.linalg.norm(w, axis=0) for w in weights[:-1]])


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.checks(
    "scale of the weights: same loss, inverse gradient",
    how="the closed form",
    tolerance="relative 1e-9 and 1e-7",
)
def test_loss_is_the_same_at_any_scale_and_the_gradient_falls_with_it(seed, scale):
    x, labels = examples(SMALL, np.random.default_rng(seed))
    loss, gradient = loss_and_gradient(SMALL, start(SMALL, seed), x, labels)
    scaled_loss, scaled = loss_and_gradient(SMALL, start(SMALL, seed, scale), x, labels)
    assert scaled_loss == pytest.approx(loss, rel=1e-9)
    norms = unit_norms(gradient.weights)
    np.testing.assert_allclose(unit_norms(scaled.weights), norms / scale, rtol=1e-7)
    # What is not scaled has the gradient that it had: gamma, beta and the last layer.
    np.testing.assert_allclose(scaled.affine, gradient.affine, atol=1e-9)
    np.testing.assert_allclose(scaled.weights[-1], gradient.weights[-1], atol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("lr", "weight_decay"), [(0.1, 0.0), (3.0, 0.0), (2.0, 0.1)])
def test_a_step_adds_to_the_norm_by_pythagoras(seed, lr, weight_decay):
    p = start(SMALL, seed, scale=0.5)
    _, gradient = loss_and_gradient(SMALL, p, *examples(SMALL, np.random.default_rng(seed)))
    norms, gradient_norms = unit_norms(p.weights), unit_norms(gradient.weights)
    SGD(lr).step(p.flat, gradient.flat + weight_decay * p.flat)
    expected = [
        theory.norm_after_step(norm, g, lr, weight_decay)
        for norm, g in zip(norms, gradient_norms, strict=True)
    ]
    np.testing.assert_allclose(unit_norms(p.weights), expected, rtol=1e-9)
    assert weight_decay > 0 or (unit_norms(p.weights) > norms).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("scale", SCALES)
def test_the_effective_rate_is_that_of_weights_of_norm_one(seed, scale):
    lr, (x, labels) = 0.7, examples(SMALL, np.random.default_rng(seed))
    p, normed = start(SMALL, seed, scale), start(SMALL, seed)
    for w in normed.weights[:-1]:
        w /= np.linalg.norm(w, axis=0)
    at_one = loss_and_gradient(SMALL, normed, x, labels)[1]
    before, norms = [w.copy() for w in p.weights], unit_norms(p.weights)
    SGD(lr).step(p.flat, loss_and_gradient(SMALL, p, x, labels)[1].flat)
    rates = [theory.effective_lr(lr, norm) for norm in norms]
    tangents = np.tan(angles(before, p.weights))
    np.testing.assert_allclose(tangents, rates * unit_norms(at_one.weights), rtol=1e-6)


def angles(before, after):
    """The angle by which the weights into each hidden unit turned, in radians."""
    products = np.concatenate(
        [(a * b).sum(0) for a, b in zip(before[:-1], after[:-1], strict=True)]
    )
    return np.arccos(products / (unit_norms(before) * unit_norms(after)))


def train(make_optimizer, scale, settings, spec, n_steps=40, seed=0):
    """Losses and final weights; only the weights that batch norm follows have these settings."""
    spec = replace(spec, eps=settings.eps)
    p, rate, decay = start(spec, seed, scale), Parameters(spec, float), Parameters(spec, float)
    rate.flat[...] = 0.3
    for rates, decays in zip(rate.weights[:-1], decay.weights[:-1], strict=True):
        rates[...], decays[...] = settings.lr, settings.weight_decay
    optimizer, rng, losses = make_optimizer(rate.flat), np.random.default_rng(seed), []
    for _ in range(n_steps):
        loss, gradient = loss_and_gradient(spec, p, *examples(spec, rng))
        optimizer.step(p.flat, gradient.flat + decay.flat * p.flat)
        losses.append(loss)
    return np.array(losses), p.weights


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("make_optimizer", [SGD, Momentum])
def test_a_twin_at_another_scale_takes_the_same_path(make_optimizer, scale):
    settings = {"lr": 0.3, "weight_decay": 0.05, "eps": 0.01}
    losses, weights = train(make_optimizer, 1.0, theory.twin_at_scale(1.0, **settings), SMALL)
    twin = theory.twin_at_scale(scale, **settings)
    twin_losses, twin_weights = train(make_optimizer, scale, twin, SMALL)
    np.testing.assert_allclose(twin_losses, losses, rtol=1e-9)
    for ours, theirs in zip(twin_weights[:-1], weights[:-1], strict=True):
        np.testing.assert_allclose(ours, scale * theirs, rtol=1e-7, atol=1e-9)
    # Each of the three settings counts.
    for name, value in settings.items():
        losses_of_another, _ = train(make_optimizer, scale, twin._replace(**{name: value}), SMALL)
        assert np.abs(losses_of_another - losses).max() > 1e-3, name


def test_adam_has_no_such_twin():
    settings = theory.twin_at_scale(1.0, lr=0.03, eps=1e-12)
    losses, _ = train(Adam, 1.0, settings, SMALL, n_steps=5)
    for power, same in ((2, False), (1, True)):  # Adam's rate goes with the scale itself
        twin = settings._replace(lr=0.03 * 10**power)
        twin_losses, _ = train(Adam, 10.0, twin, SMALL, n_steps=5)
        assert (np.abs(twin_losses - losses).max() < 1e-3) == same


def settle(lr, weight_decay, *, n_steps, seed, constant=False, learnable=False):
    """Train on noise alone, the hidden weights only: norms, angles and G of each unit, (S, C).

    New random examples with new random labels in each step keep the gradient noise stationary;
    with ``learnable``, they are the same 16 examples in every step. With ``constant``, each unit's
    gradient is also brought to the length that makes G = 1.
    """
    spec = Spec(n_inputs=24, width=12, depth=1, n_classes=4, activation="tanh", eps=1e-12)
    rng, p = np.random.default_rng(seed), start(spec, seed)
    w, optimizer, record = p.weights[0], SGD(lr), []
    for _ in range(n_steps):
        batch = examples(spec, np.random.default_rng(seed) if learnable else rng)
        g = loss_and_gradient(spec, p, *batch)[1].weights[0]
        norm, before = np.linalg.norm(w, axis=0), w.copy()
        if constant:
            g = g / (np.linalg.norm(g, axis=0) * norm)
        optimizer.step(w, g + weight_decay * w)
        record.append([norm, angles([before, w], [w, w]), norm * np.linalg.norm(g, axis=0)])
    return np.swapaxes(record, 0, 1)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(("lr", "weight_decay"), [(0.5, 0.01), (4.0, 0.001), (4.0, 0.005)])
@pytest.mark.checks(
    "weights turn at the equilibrium angle",
    how="the closed form",
    tolerance="relative 0.01 in the mean",
)
def test_weights_on_noise_turn_at_the_equilibrium_angle(lr, weight_decay, seed):
    run = settle(lr, weight_decay, n_steps=1600, seed=seed)
    angle = run[1, 800:]
    measured = np.sqrt((angle**2).mean(0))
    expected = theory.equilibrium_angle(lr, weight_decay)
    assert measured.mean() == pytest.approx(expected, rel=0.01)
    np.testing.assert_allclose(measured, expected, rtol=0.05)  # each unit, whatever its gradient
    assert expected == pytest.approx(math.sqrt(2 * lr * weight_decay), rel=0.01)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_noise_is_needed_for_the_equilibrium_angle(seed):
    angle = settle(0.5, 0.01, n_steps=1600, seed=seed, learnable=True)[1, 800:]
    measured = np.sqrt((angle**2).mean(0)).mean()
    assert measured == pytest.approx(theory.equilibrium_angle(0.5, 0.01), rel=0.05)


@pytest.mark.parametrize(("lr", "weight_decay"), [(0.5, 0.01), (0.5, 0.2)])
def test_a_step_that_shortens_turns_less_and_one_that_lengthens_more(lr, weight_decay):
    norm, angle, _ = settle(lr, weight_decay, n_steps=200, seed=0)
    shorter = norm[1:] < norm[:-1]
    assert 0.2 < shorter.mean() < 0.8
    assert np.array_equal(shorter, angle[:-1] < theory.equilibrium_angle(lr, weight_decay))


@pytest.mark.parametrize(("lr", "weight_decay"), [(1.0, 0.1), (2.0, 0.25), (1.0, 0.7)])
def test_equilibrium_is_exact_for_a_gradient_of_constant_length(lr, weight_decay):
    angle = settle(lr, weight_decay, constant=True, n_steps=150, seed=0)[1, -1]
    np.testing.assert_allclose(angle, theory.equilibrium_angle(lr, weight_decay), rtol=1e-6)
