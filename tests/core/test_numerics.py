"""Batch norm at its limits: rounding, dtypes, memory layouts, empty batches, NaN."""

import numpy as np
import pytest

from bnviz.core import functional as F


@pytest.mark.parametrize("value", [0.0, 1.0, 7.3, 1234.5678, -1e6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 2), (7, 2, 5, 5)])
def test_constant_channel_gives_beta_and_no_gradient(shape, dtype, value):
    beta = np.array([0.5, -2.0], dtype)
    y, cache = F.batch_norm(np.full(shape, value, dtype), np.ones(2, dtype), beta)
    dx, _, _ = F.batch_norm_backward(np.ones(shape, dtype), cache)
    np.testing.assert_allclose(np.moveaxis(y, 1, -1) - beta, 0, atol=1e-6)
    np.testing.assert_allclose(dx, 0, atol=1e-4)


@pytest.mark.parametrize("mean", [1e3, 1e4, 1e5])
@pytest.mark.checks(
    "batch norm in float32 with a large mean",
    how="the same in float64",
    tolerance="relative 1e-5",
)
def test_large_mean_does_not_cancel_in_float32(rng, mean):
    x = (rng.normal(size=(64, 3)) + mean).astype(np.float32)
    exact = x.astype(np.float64)
    exact = (exact - exact.mean(0)) / np.sqrt(exact.var(0) + 1e-5)
    y, _ = F.batch_norm(x)
    np.testing.assert_allclose(y, exact, rtol=1e-5, atol=1e-5)


def test_two_neighbouring_float32_numbers_become_minus_one_and_one():
    x = np.array([[1e7], [1e7 + 1]], np.float32)
    y, _ = F.batch_norm(x)
    np.testing.assert_allclose(y, [[-1.0], [1.0]], rtol=1e-4)


@pytest.mark.parametrize("shape", [(880801, 1, 1, 1), (200_000, 3)])
def test_long_batch_in_float32(rng, shape):
    x = rng.random(shape, dtype=np.float32)
    s = F.standardize(x, F.batch_norm_axes(x.ndim))
    exact = x.astype(np.float64).reshape(-1, shape[1])
    np.testing.assert_allclose(s.mean.ravel(), exact.mean(0), rtol=2e-7)
    np.testing.assert_allclose(s.var.ravel(), exact.var(0), rtol=5e-5)


def test_eps_zero_with_a_constant_channel_is_nan_and_numpy_says_so():
    with pytest.warns(RuntimeWarning, match="divide by zero|invalid value"):
        y, _ = F.batch_norm(np.ones((3, 1)), eps=0.0)
    assert np.isnan(y).all()


def test_float16_is_computed_in_float32(rng):
    x = (rng.normal(size=(64, 2)) + 100).astype(np.float16)
    y, cache = F.batch_norm(x, np.ones(2, np.float32), np.zeros(2, np.float32))
    wanted, _ = F.batch_norm(x.astype(np.float32))
    np.testing.assert_array_equal(y, wanted.astype(np.float16))
    assert F.batch_norm_backward(x, cache)[1].dtype == np.float32


LARGE = [[1e30, -1e30, 2e30], [1e30, 0.0, 0.0], [1e20, 1e20, 1.0], [3e38, 3e38, -1e38]]


@pytest.mark.parametrize("values", LARGE, ids=str)
@pytest.mark.filterwarnings("ignore:(overflow|invalid value):RuntimeWarning")
def test_a_variance_beyond_float32_is_that_of_pytorch(pytorch, values):
    """Infinite, so that the channel comes out as beta; or NaN where the mean is infinite too."""
    x, dy = np.array([values, [1.0, 0.0, 0.0]], np.float32)[..., None]
    stats = np.zeros(1, np.float32), np.ones(1, np.float32)
    wanted_stats = [pytorch.tensor(a.copy()) for a in stats]
    y, cache = F.batch_norm(x, None, None, *stats)
    leaf = pytorch.tensor(x, requires_grad=True)
    wanted = pytorch.nn.functional.batch_norm(leaf, *wanted_stats, training=True)
    wanted.backward(pytorch.tensor(dy))
    dx = F.batch_norm_backward(dy, cache)[0]
    pairs = [(y, wanted.detach()), (dx, leaf.grad), *zip(stats, wanted_stats, strict=True)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6)
    assert stats[1] == np.inf


def test_a_constant_channel_of_1e30_is_beta(pytorch):
    """Where PyTorch gives what rounding left of its mean, times 316."""
    x = np.full((2, 1), 1e30, np.float32)
    np.testing.assert_array_equal(F.batch_norm(x)[0], 0)
    theirs = pytorch.nn.functional.batch_norm(pytorch.tensor(x), None, None, training=True)
    assert theirs.abs().max() > 1e24


def test_group_norm_with_one_group_is_layer_norm_over_all_and_not_over_the_channels(pytorch, rng):
    x = rng.normal(size=(2, 8, 2, 2))
    y, _ = F.group_norm(x, 1)
    whole, _ = F.layer_norm(x, x.shape[1:])
    np.testing.assert_allclose(y, whole, rtol=1e-12, atol=1e-12)
    last = np.moveaxis(x, 1, -1)
    pixel, _ = F.layer_norm(last, 8)
    assert np.abs(np.moveaxis(pixel, -1, 1) - y).max() > 0.3
    wanted = pytorch.nn.functional.layer_norm(pytorch.tensor(last), (8,))
    np.testing.assert_allclose(pixel, wanted.numpy(), rtol=1e-9, atol=1e-12)
