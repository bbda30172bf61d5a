"""Backward passes against finite differences. That wrong ones fail is in ``test_mutants.py``."""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.gradcheck import central_differences, gradient_errors
from tests.core.layers import assert_finite_differences
from tests.core.norm_cases import batch_norm

TOLERANCE = 1e-7
SHAPES = [(5, 3), (2, 2), (3, 2, 4), (2, 3, 2, 2), (2, 2, 1, 2, 2)]


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
    case = batch_norm(shape, training, eps)
    errors = gradient_errors(case.forward, case.backward, case.draw())
    assert max(errors.values()) < TOLERANCE, errors


def test_batch_norm_without_gamma_and_beta():
    case = batch_norm((5, 3))
    inputs = {"x": case.draw()["x"]}
    errors = gradient_errors(case.forward, lambda dy, cache: case.backward(dy, cache)[:1], inputs)
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
    assert_finite_differences(layer, x, rng.normal(size=layer(x).shape))


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
