"""The sigmoid of the trainer at any size of its input: right to the last digits, and silent."""

import numpy as np
import pytest

from bnviz.core.activations import activate, slope
from bnviz.core.train.kernels.activation import bind_sigmoid

INPUTS = [-1e4, -700.0, -89.0, -50.0, -17.0, -1e-3, 0.0, 1e-3, 17.0, 50.0, 89.0, 1e4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_fast_sigmoid_is_the_readable_one(dtype):
    """Small values too keep their digits, where 1 + tanh(x/2) would round them to 0."""
    x = np.array([INPUTS], dtype)
    y, grad = np.empty_like(x), np.ones_like(x)
    forward, backward = bind_sigmoid(x, y, grad)
    with np.errstate(all="ignore"):  # as the trainer does
        forward()
        backward()
    wanted = activate("sigmoid", x)
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(y, wanted, rtol=4 * np.finfo(dtype).eps, atol=tiny)
    np.testing.assert_allclose(grad, slope("sigmoid", wanted), rtol=1e-5, atol=tiny)


def test_the_fast_sigmoid_is_pytorchs_in_float64(pytorch):
    x = np.random.default_rng(0).normal(0, 20, (32, 8))
    y = np.empty_like(x)
    forward, _ = bind_sigmoid(x, y, np.empty_like(x))
    forward()
    np.testing.assert_allclose(y, pytorch.sigmoid(pytorch.tensor(x)).numpy(), rtol=1e-14)
