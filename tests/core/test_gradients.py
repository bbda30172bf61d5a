"""Backward passes against finite differences, and wrong ones that must be found out.

The cotangent is random. Under the sum of the outputs, batch norm's true gradient with respect to
``x`` is zero, and most of the wrong passes below give zero too: the last test shows it.
"""

from functools import partial

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.gradcheck import central_differences, gradient_errors

TOLERANCE = 1e-7
EPS = 0.1  # large, so that its place in the formula shows
SHAPES = [(5, 3), (2, 2), (3, 2, 4), (2, 3, 2, 2), (2, 2, 1, 2, 2)]


def draw(shape, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(1.0, 1.5, shape),
        "gamma": rng.normal(1.0, 0.5, shape[1]),
        "beta": rng.normal(0.0, 1.0, shape[1]),
    }


def forward_in(training, eps=EPS):
    """A forward pass for gradcheck: fresh running statistics at every call."""

    def forward(x, gamma=None, beta=None):
        c = x.shape[1]
        stats = np.linspace(-1, 1, c), np.linspace(0.5, 2, c)
        return F.batch_norm(x, gamma, beta, *stats, training=training, eps=eps)

    return forward


# ----------------------------------------------------------------- the right passes


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.parametrize("eps", [1e-5, 0.1, 1.0])
@pytest.mark.checks(
    "batch norm: gradients in training and evaluation",
    how="central differences, random cotangent",
    tolerance=TOLERANCE,
)
def test_batch_norm(shape, training, eps):
    errors = gradient_errors(forward_in(training, eps), F.batch_norm_backward, draw(shape))
    assert max(errors.values()) < TOLERANCE, errors


def test_batch_norm_without_gamma_and_beta():
    inputs = {"x": draw((5, 3))["x"]}
    errors = gradient_errors(
        forward_in(True), lambda dy, cache: F.batch_norm_backward(dy, cache)[:1], inputs
    )
    assert errors["x"] < TOLERANCE


@pytest.mark.parametrize("axes", [(-1,), (-2,), (-3, -1), (-3, -2, -1)], ids=str)
@pytest.mark.checks(
    "the primitive over any axes: its gradient",
    how="central differences, random cotangent",
    tolerance=TOLERANCE,
)
def test_the_primitive_over_any_axes(axes):
    def forward(x):
        s = F.standardize(x, axes, eps=0.1)
        return s.x_hat, s

    def backward(dx_hat, s):
        return F.standardize_backward(dx_hat, s.x_hat, s.inv_std, axes)[:1]

    x = np.random.default_rng(1).normal(size=(3, 2, 4))
    assert gradient_errors(forward, backward, {"x": x})["x"] < TOLERANCE


LAYERS = {
    "linear": nn.Linear(4, 3, rng=0, dtype=np.float64),
    "linear without bias": nn.Linear(4, 3, bias=False, rng=0, dtype=np.float64),
    "relu": nn.ReLU(),
    "tanh": nn.Tanh(),
    "sigmoid": nn.Sigmoid(),
    "batch norm": nn.BatchNorm1d(4, eps=0.1, dtype=np.float64),
    "batch norm, evaluation": nn.BatchNorm1d(4, dtype=np.float64).eval(),
    "a network": nn.Sequential(
        nn.Linear(4, 5, bias=False, rng=1, dtype=np.float64),
        nn.BatchNorm1d(5, eps=0.1, dtype=np.float64),
        nn.Tanh(),
        nn.Linear(5, 2, rng=2, dtype=np.float64),
        nn.Sigmoid(),
    ),
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_layers(layer):
    rng = np.random.default_rng(2)
    x = rng.choice([-1.0, 1.0], (6, 4)) * rng.uniform(0.1, 2.0, (6, 4))  # away from ReLU's kink
    dy = rng.normal(size=layer(x).shape)
    dx = layer.backward(dy)
    np.testing.assert_allclose(dx, central_differences(layer, x, dy), rtol=1e-6, atol=1e-8)
    gradients = dict(layer.grads)
    assert gradients.keys() == layer.parameters().keys()
    for name, p in layer.parameters().items():

        def moved(value, p=p):
            kept = p.copy()
            p[...] = value
            y = layer(x)
            p[...] = kept
            return y

        wanted = central_differences(moved, p, dy)
        np.testing.assert_allclose(gradients[name], wanted, rtol=1e-6, atol=1e-8, err_msg=name)


# ----------------------------------------------------------------- the wrong passes


def parts(dy, cache):
    """What every mutant starts from: the sums as numbers per channel, shaped to broadcast."""
    total = lambda a: a.sum(axis=cache.axes, keepdims=True)  # noqa: E731
    n = dy.size / dy.shape[1]
    return cache.x_hat, cache.gain, total(dy), total(dy * cache.x_hat), n


def finish(dx, dgamma, dbeta):
    return dx, dgamma.ravel(), dbeta.ravel()


def statistics_are_constants(dy, cache):
    _, gain, db, dg, _ = parts(dy, cache)
    return finish(gain * dy, dg, db)


def mean_is_a_constant(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - x_hat * dg / n), dg, db)


def variance_is_a_constant(dy, cache):
    _, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - db / n), dg, db)


def unbiased_variance(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - db / n - x_hat * dg / (n - 1)), dg, db)


def sums_instead_of_means(dy, cache):
    x_hat, gain, db, dg, _ = parts(dy, cache)
    return finish(gain * (dy - db - x_hat * dg), dg, db)


def wrong_sign_of_the_variance(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - db / n + x_hat * dg / n), dg, db)


def forgotten_gamma(dy, cache):
    x_hat, _, db, dg, n = parts(dy, cache)
    share = (x_hat**2).mean(axis=cache.axes, keepdims=True)  # var / (var + eps)
    inv_std = np.sqrt((1 - share) / EPS)
    return finish(inv_std * (dy - db / n - x_hat * dg / n), dg, db)


def divided_by_the_variance(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain**2 * (dy - db / n - x_hat * dg / n), dg, db)


def eps_left_out(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    share = (x_hat**2).mean(axis=cache.axes, keepdims=True)  # var / (var + eps)
    return finish(gain / np.sqrt(share) * (dy - db / n - x_hat * dg / n / share), dg, db)


def one_statistic_for_all_channels(dy, cache):
    x_hat, gain, db, dg, _ = parts(dy, cache)
    return finish(gain * (dy - dy.mean() - x_hat * (dy * x_hat).mean()), dg, db)


def dgamma_from_y(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - db / n - x_hat * dg / n), dg + db, db)


def mean_over_the_batch(dy, cache):
    x_hat, gain, db, dg, n = parts(dy, cache)
    return finish(gain * (dy - db / n - x_hat * dg / n), dg / n, db / n)


MUTANTS = [
    statistics_are_constants,
    mean_is_a_constant,
    variance_is_a_constant,
    unbiased_variance,
    sums_instead_of_means,
    wrong_sign_of_the_variance,
    forgotten_gamma,
    divided_by_the_variance,
    eps_left_out,
    one_statistic_for_all_channels,
    dgamma_from_y,
    mean_over_the_batch,
]


@pytest.mark.parametrize("shape", [(5, 3), (3, 2, 4)], ids=str)
@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.checks(
    "wrong backward passes of batch norm are found out",
    how="central differences must reject each",
    tolerance=TOLERANCE,
)
def test_a_wrong_pass_is_found_out(mutant, shape):
    errors = gradient_errors(forward_in(True), mutant, draw(shape))
    assert max(errors.values()) > 1000 * TOLERANCE, errors


def test_the_evaluation_pass_is_not_the_training_pass():
    def forward(x, gamma, beta):
        y, cache = F.batch_norm(x, gamma, beta, np.zeros(3), np.ones(3), training=False)
        return y, cache._replace(batch_statistics=True)

    assert gradient_errors(forward, F.batch_norm_backward, draw((5, 3)))["x"] > 0.01


def test_the_sum_of_the_outputs_would_hide_most_wrong_passes():
    """Why the cotangent is random: with ones instead, seven of the twelve look right."""
    _, cache = forward_in(True)(**draw((5, 3)))
    ones = np.ones((5, 3))
    right = F.batch_norm_backward(ones, cache)
    np.testing.assert_allclose(right[0], 0, atol=1e-12)
    found_out = {
        mutant
        for mutant in MUTANTS
        if not all(map(partial(np.allclose, atol=1e-9), mutant(ones, cache), right))
    }
    assert found_out == {
        statistics_are_constants,
        mean_is_a_constant,
        sums_instead_of_means,
        dgamma_from_y,
        mean_over_the_batch,
    }


# ----------------------------------------------------------------- the check itself


def test_central_differences_of_a_known_function():
    x, dy = np.array([[0.5, -1.0]]), np.array([[2.0, 3.0]])
    gradient = central_differences(np.sin, x, dy)
    np.testing.assert_allclose(gradient, dy * np.cos(x), rtol=1e-9)


def test_central_differences_do_not_modify_their_input():
    x = np.array([1.0, 2.0])
    x.flags.writeable = False
    central_differences(np.sin, x, np.ones(2))


def test_the_cotangent_is_not_the_input_that_the_same_seed_draws():
    x = np.random.default_rng(0).standard_normal((5, 3))
    seen = []
    gradient_errors(lambda x: (x, None), lambda dy, _: seen.append(dy) or [dy], {"x": x}, seed=0)
    assert abs(np.corrcoef(seen[0].ravel(), x.ravel())[0, 1]) < 0.5


def test_a_gradient_of_the_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"dx must have the shape \(2,\), got \(1,\)"):
        gradient_errors(lambda x: (x, None), lambda dy, _: [dy[:1]], {"x": np.ones(2)})


def test_a_gradient_that_is_nan_is_not_right():
    errors = gradient_errors(lambda x: (x, None), lambda dy, _: [dy * np.nan], {"x": np.ones(2)})
    assert not errors["x"] < TOLERANCE


def test_a_gradient_near_zero_is_compared_without_division():
    errors = gradient_errors(
        lambda x: (0 * x, None), lambda dy, _: [0 * dy + 0.5], {"x": np.ones(2)}
    )
    assert errors["x"] == pytest.approx(0.5)
