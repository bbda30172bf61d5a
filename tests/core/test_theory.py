"""Closed forms against measurements with the project's own layers; scale: test_theory_scale.py."""

import math
from itertools import combinations

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core import theory
from bnviz.core.data import load
from bnviz.core.network.init import he_normal, mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import activate, backward, forward
from bnviz.core.network.spec import Spec
from tests.core.refused import refused

ROWS = (-2,)


def growth(squares_LR):
    """The factor per layer, for each replica: a straight line through the logarithms."""
    return np.exp(np.polyfit(np.arange(len(squares_LR)), np.log(squares_LR), 1)[0])


# ----------------------------------------------------------------- depth.py

WIDTH, DEPTH, SEEDS, N = 256, 22, 6, 128
DEEP = {"n_inputs": WIDTH, "width": WIDTH, "n_classes": WIDTH, "eps": 1e-12}


@pytest.fixture(scope="module")
def deep_weights():
    """He's weights of 23 layers, for six replicas."""
    sizes = (WIDTH,) * (DEPTH + 2)
    layers = zip(*(mlp_weights(sizes, "relu", 1.0, seed) for seed in range(SEEDS)), strict=True)
    return [np.stack(layer).astype(np.float32) for layer in layers]


def squared_gradients(weights, batch_size, init_scale=1.0):
    """Squared norm of the gradient of each hidden weight matrix but the first ones, (L, R).

    128 examples in batches: the random cotangent makes the gradients of batches independent, so
    that their squares add up.
    """
    spec = Spec(depth=DEPTH, **DEEP)
    scaled = [np.float32(init_scale) * w for w in weights]
    parameters = Parameters.start(spec, scaled, np.float32, (SEEDS,))
    rng = np.random.default_rng(batch_size)
    x, cotangent = rng.normal(size=(2, SEEDS, N, WIDTH)).astype(np.float32)
    done = forward(spec, parameters, x, batch_size=batch_size)
    gradient = backward(spec, parameters, done, cotangent)
    # The first layers have not settled, and the last hidden one is next to the random cotangent.
    return np.array([(w.astype(float) ** 2).sum((-2, -1)) for w in gradient.weights[3:-2]])


@pytest.mark.parametrize("batch_size", [8, 16, 32, 64])
@pytest.mark.checks(
    "growth of gradients with depth",
    how="Yang et al. 2019, Theorem 8",
    tolerance="relative 0.01 in the mean",
)
def test_gradients_of_a_deep_relu_network_grow_as_the_theorem_says(deep_weights, batch_size):
    per_layer = 1 / growth(squared_gradients(deep_weights, batch_size))
    expected = theory.squared_gradient_growth(batch_size)
    assert per_layer.mean() == pytest.approx(expected, rel=0.01)
    np.testing.assert_allclose(per_layer, expected, rtol=0.05)  # each network


@pytest.mark.parametrize("batch_size", [6, 8])
def test_one_layer_of_infinite_width(batch_size):
    """Units drawn as in an infinitely wide layer, with 1.6 million batches: no fit of a line."""
    passed, variance = [], []
    for seed in range(8):
        z, dh = np.random.default_rng(seed).normal(size=(2, 200_000, batch_size, 1))
        dh -= dh.mean(axis=1, keepdims=True)  # as batch norm in the layer above leaves it
        s = F.standardize(z, ROWS, eps=0)
        dx, _, _ = F.standardize_backward(dh * (s.x_hat > 0), s.x_hat, s.inv_std, ROWS)
        passed.append((dx**2).sum() / (dh**2).sum())
        # The pre-activations above vary as the sum of these: with them, the gradient shrinks.
        h = F.standardize(activate("relu", s.x_hat), ROWS)
        variance.append(h.var.mean() * batch_size / (batch_size - 1))
    expected = theory.squared_gradient_growth(batch_size)
    assert np.mean(passed) / np.mean(variance) == pytest.approx(expected, rel=0.004)


@pytest.mark.parametrize("init_scale", [0.1, 10.0])
def test_the_scale_of_the_weights_does_not_change_the_growth(deep_weights, init_scale):
    he = growth(squared_gradients(deep_weights, 16))
    scaled = growth(squared_gradients(deep_weights, 16, init_scale))
    np.testing.assert_allclose(scaled, he, rtol=1e-3)


@pytest.mark.parametrize("batch_size", [8, 16, 32])
def test_gradients_of_a_deep_linear_network_grow_too(deep_weights, batch_size):
    rng = np.random.default_rng(batch_size)
    h, passed = rng.normal(size=(SEEDS, N // batch_size, batch_size, WIDTH)), []
    for w in deep_weights:
        passed.append(F.standardize(h @ w[:, None], ROWS, eps=0))
        h = passed[-1].x_hat
    grad, squares = rng.normal(size=h.shape), []
    for w, s in zip(deep_weights[::-1], passed[::-1], strict=True):
        grad, _, _ = F.standardize_backward(grad, s.x_hat, s.inv_std, ROWS)
        squares.append((grad**2).sum((1, 2, 3)))
        grad = grad @ w[:, None].swapaxes(-1, -2)
    expected = theory.squared_gradient_growth(batch_size, "linear")
    assert growth(squares[2:]).mean() == pytest.approx(expected, rel=0.01)


def test_the_growth_falls_towards_its_limit():
    sizes = [4, 5, 8, 16, 64, 512, 10**7, math.inf]
    for activation, limit in (("relu", math.pi / (math.pi - 1)), ("linear", 1)):
        rates = [theory.squared_gradient_growth(b, activation) for b in sizes]
        assert rates == sorted(rates, reverse=True)
        assert rates[-1] == limit
        assert rates[-2] == pytest.approx(limit, rel=1e-6)


def test_relu_after_batch_norm(rng):
    y, _ = F.batch_norm(rng.normal(3.0, 5.0, size=(200_000, 4)), np.ones(4), np.zeros(4))
    s = F.standardize(activate("relu", y), ROWS)
    np.testing.assert_allclose(s.mean, theory.RELU_MEAN, rtol=0.01)
    np.testing.assert_allclose(s.var, theory.RELU_VAR, rtol=0.01)


# ----------------------------------------------------------------- noise.py

SIZES = (2, 4, 8, 16, 32, 64, 128, 256)


@pytest.fixture(scope="module")
def pixels():
    """The pixels of the digits that are not nearly always blank, as the population: (N, C)."""
    x = load("digits").x_train.astype(float)
    return F.standardize(x[:, x.var(0) > 0.1][:, ::2], ROWS, eps=0.0).x_hat


def batch_statistics(pixels, batch_size, seed, *, replacement=True):
    """Means and variances of many random batches, each of shape (n_batches, 1, C)."""
    rng, n = np.random.default_rng(seed), len(pixels)
    n_batches = max(200, 25_600 // batch_size)
    if replacement:
        index = rng.integers(n, size=(n_batches, batch_size))
    else:
        index = rng.random((n_batches, n)).argsort(axis=1)[:, :batch_size]
    s = F.standardize(pixels[index], ROWS)
    return s.mean, s.var


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.checks(
    "noise of the batch mean falls with the root of the batch size",
    how="the closed form",
    tolerance="relative 0.05",
)
def test_noise_of_the_batch_mean_falls_with_the_root_of_the_batch_size(pixels, seed):
    noise = []
    for m in SIZES:
        mean, var = batch_statistics(pixels, m, seed)
        noise.append(math.sqrt((mean**2).mean()))
        assert noise[-1] == pytest.approx(theory.batch_mean_std(m), rel=0.05)
        assert var.mean() == pytest.approx((m - 1) / m, rel=0.02)
    slope = np.polyfit(np.log(SIZES), np.log(noise), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.03)


@pytest.mark.parametrize("m", [64, 512, 1024, 1400])
def test_a_draw_without_replacement_has_less_noise(pixels, m):
    mean, _ = batch_statistics(pixels, m, seed=m, replacement=False)
    expected = theory.batch_mean_std(m, population=len(pixels))
    assert math.sqrt((mean**2).mean()) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("m", range(1, 11))
def test_all_the_batches_that_can_be_drawn_from_ten(pixels, m):
    """No sampling here: the formulas for a draw without replacement are exact."""
    population = F.standardize(pixels[:10, 10:11], ROWS, eps=0.0).x_hat
    s = F.standardize(np.array([population[list(i)] for i in combinations(range(10), m)]), ROWS)
    expected = theory.batch_mean_std(m, population=10)
    assert math.sqrt((s.mean**2).mean()) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("m", [2, 4, 16, 64])
@pytest.mark.parametrize(
    ("name", "kurtosis"), [("normal", 3.0), ("uniform", 1.8), ("exponential", 9.0)]
)
def test_spread_of_the_batch_variance(name, kurtosis, m):
    rng = np.random.default_rng(m)
    draw = {"normal": rng.normal, "uniform": rng.random, "exponential": rng.exponential}[name]
    var = F.standardize(draw(size=(200_000 // m, m, 8)), ROWS).var
    assert var.std() / var.mean() == pytest.approx(theory.batch_var_cv(m, kurtosis), rel=0.03)


@pytest.mark.parametrize("m", [2, 8, 64])
def test_spread_of_the_batch_variance_of_real_pixels(pixels, m):
    kurtosis = (pixels**4).mean(0)
    _, var = batch_statistics(pixels, m, seed=5)
    measured = var.std(axis=0)[0] * m / (m - 1)
    expected = [theory.batch_var_cv(m, k) for k in kurtosis]
    assert (measured / expected).mean() == pytest.approx(1, abs=0.03)


# ----------------------------------------------------------------- dropout.py


def drop(x, keep, rng):
    """Inverted dropout."""
    return np.where(rng.random(x.shape) < keep, x / keep, 0)


@pytest.mark.parametrize("keep", [0.9, 0.7, 0.5, 0.3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.checks(
    "dropout shifts the variance that batch norm learns",
    how="Li et al. 2019",
    tolerance="relative 0.02",
)
def test_dropout_changes_the_variance_that_batch_norm_learns(activation, keep):
    rng = np.random.default_rng(int(10 * keep))
    h = activate(activation, rng.normal(size=(100_000, 8)))
    test = F.standardize(h, ROWS)
    train = F.standardize(drop(h, keep, rng), ROWS)
    mean, var = test.mean.mean(), test.var.mean()
    assert train.mean.mean() == pytest.approx(mean, abs=0.005)
    expected = theory.dropout_variance(keep, mean, var)
    assert train.var.mean() == pytest.approx(expected, rel=0.02)
    shift = theory.dropout_variance_shift(keep, mean, var)
    assert (test.var / train.var).mean() == pytest.approx(shift, rel=0.02)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("keep", [0.8, 0.5, 0.3])
def test_the_shift_passes_through_a_linear_layer(keep, seed):
    """In batch norm's own running variance, over 100 batches of dropped ReLU units."""
    rng = np.random.default_rng(seed)
    weight = he_normal(rng, 64, 32)
    running_mean, learned = np.zeros((2, 32))
    for step in range(1, 101):
        h = activate("relu", rng.normal(size=(200, 64)))
        z = drop(h, keep, rng) @ weight
        F.batch_norm(z, None, None, running_mean, learned, momentum=1 / step)
    met = F.standardize(activate("relu", rng.normal(size=(20_000, 64))) @ weight, ROWS).var
    shift = theory.dropout_variance_shift(keep, theory.RELU_MEAN, theory.RELU_VAR)
    assert (met / learned).mean() == pytest.approx(shift, rel=0.02)
    np.testing.assert_allclose(met[0] / learned, shift, rtol=0.1)  # each unit


def test_the_shift_is_worse_with_a_mean():
    for keep in (0.9, 0.5, 0.1):
        assert theory.dropout_variance_shift(keep, 0.0, 2.0) == pytest.approx(keep)
        assert theory.dropout_variance_shift(keep, -1.0, 2.0) < keep
        assert theory.dropout_variance_shift(1.0, keep, 2.0) == 1


# ----------------------------------------------------------------- domain.py


test_what_is_outside_of_a_formula_is_refused = refused(
    (lambda: theory.squared_gradient_growth(3), "batch_size must be a whole number of at le"),
    (lambda: theory.squared_gradient_growth(8.5), "batch_size must be a whole .* got 8.5"),
    (lambda: theory.squared_gradient_growth(math.nan), "batch_size must be .* got nan"),
    (lambda: theory.squared_gradient_growth(8, "tanh"), "activation must be .* got 'tanh'"),
    (lambda: theory.batch_mean_std(0), "batch_size must be .* at least 1, got 0"),
    (lambda: theory.batch_mean_std(9, population=8), "population must be .* at least 9, got 8"),
    (lambda: theory.batch_mean_std(1, population=1), "population must be .* at least 2, got 1"),
    (lambda: theory.batch_var_cv(1), "batch_size must be .* at least 2, got 1"),
    (lambda: theory.batch_var_cv(4, 0.9), "kurtosis must be .* at least 1, got 0.9"),
    (lambda: theory.twin_at_scale(0.0, lr=1.0), "scale must be .* above 0, got 0.0"),
    (lambda: theory.twin_at_scale(1.0, lr=0.0), "lr must be .* above 0, got 0.0"),
    (lambda: theory.twin_at_scale(1.0, lr=1.0, eps=-1.0), "eps must be .* got -1.0"),
    (lambda: theory.effective_lr(0.1, 0.0), "norm must be .* above 0, got 0.0"),
    (lambda: theory.norm_after_step(0.0, 1.0, 0.1), "norm must be .* above 0, got 0.0"),
    (lambda: theory.norm_after_step(1.0, -1.0, 0.1), "gradient_norm must be .* got -1.0"),
    (lambda: theory.norm_after_step(1.0, 1.0, 0.1, -1.0), "weight_decay must be .* got -1.0"),
    (
        lambda: theory.equilibrium_angle(2.0, 0.6),
        "weight_decay must be below 1, got 1.2",
    ),
    (lambda: theory.equilibrium_angle(0.1, 0.0), "weight_decay must be .* above 0, got 0.0"),
    (lambda: theory.dropout_variance(0.0, 0.0, 1.0), "keep must be above 0 and at most 1"),
    (lambda: theory.dropout_variance(1.1, 0.0, 1.0), "keep must be .* got 1.1"),
    (lambda: theory.dropout_variance(0.5, math.inf, 1.0), "mean must be a finite number"),
    (lambda: theory.dropout_variance(0.5, 0.0, -1.0), "var must be .* got -1.0"),
    (lambda: theory.dropout_variance_shift(0.5, 1.0, 0.0), "var must be .* above 0, got 0.0"),
)
