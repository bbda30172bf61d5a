"""The sentence that all normalizers share, and the sums it is made of."""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.functional.sums import floating

AXES = [(-1,), (-2,), (-3,), (-1, -2), (-1, -3), (-4, -2, -1), (-4, -3), (-4, -3, -2, -1), ()]


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 3, 1, 5), (2, 0, 4, 5), (2, 1, 1, 1)])
def test_sums_over_any_axes(rng, shape, axes):
    a = rng.normal(size=shape)
    wanted = a.sum(axis=axes, keepdims=True)
    total = F.sum_over(a, axes)
    assert total.shape == wanted.shape
    assert not np.shares_memory(total, a)
    np.testing.assert_allclose(total, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("axes", AXES, ids=str)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (1, 3, 1, 5), (2, 0, 4, 5), (2, 1, 1, 1)])
def test_sums_of_products_and_means_over_any_axes(rng, shape, axes):
    a, b = rng.normal(size=(2, *shape))
    n = F.count_over(shape, axes) or 1
    for function, wanted in [(F.sum_of_products, a * b), (F.mean_of_products, a * b / n)]:
        wanted = wanted.sum(axis=axes, keepdims=True)
        total = function(a, b, axes)
        assert total.shape == wanted.shape
        np.testing.assert_allclose(total, wanted, rtol=1e-12, atol=1e-12)
    mean = F.mean_over(a, axes)
    np.testing.assert_allclose(mean, a.sum(axis=axes, keepdims=True) / n, atol=1e-12)
    assert not np.shares_memory(mean, a)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3000, 40), (-2,)),
        ((30, 4, 40, 40), (-4, -2, -1)),
        ((1100, 4, 3, 7), (-4,)),
        ((4, 300, 90), (-2,)),
        ((300, 400), (-1,)),
    ],
    ids=str,
)
def test_sums_of_large_products(rng, shape, axes):
    a, b = rng.normal(size=(2, *shape)).astype(np.float32)
    exact = (a.astype(np.float64) * b).sum(axis=axes, keepdims=True)
    total = F.sum_of_products(a, b, axes)
    assert total.dtype == np.float32
    np.testing.assert_allclose(total, exact, atol=2e-6 * F.count_over(shape, axes))


@pytest.mark.parametrize("axes", [(0,), (-3,), (-1, -1), (1,)])
@pytest.mark.parametrize("function", [F.standardize, F.sum_over, F.mean_over])
def test_bad_axes_are_refused(function, axes):
    with pytest.raises(ValueError, match="axes must be different and from -2 to -1"):
        function(np.ones((4, 3)), axes)


def test_leading_axes_come_for_free(rng):
    x_RNC, dy_RNC = rng.normal(size=(2, 4, 5, 3))
    together = F.standardize(x_RNC, (-2,))
    dx_RNC, _, _ = F.standardize_backward(dy_RNC, together.x_hat, together.inv_std, (-2,))
    for r, (x_NC, dy_NC) in enumerate(zip(x_RNC, dy_RNC, strict=True)):
        y_NC, cache = F.batch_norm(x_NC)
        np.testing.assert_allclose(together.x_hat[r], y_NC, rtol=1e-12)
        np.testing.assert_allclose(dx_RNC[r], F.batch_norm_backward(dy_NC, cache)[0], rtol=1e-9)


def test_each_replica_may_have_its_own_eps(rng):
    x_RNC, eps_R = rng.normal(size=(3, 5, 2)), np.array([1e-5, 0.1, 1.0])
    together = F.standardize(x_RNC, (-2,), eps_R[:, None, None])
    for r, eps in enumerate(eps_R):
        np.testing.assert_allclose(together.x_hat[r], F.batch_norm(x_RNC[r], eps=eps)[0])


def test_the_statistics_are_those_of_numpy(rng):
    x = rng.normal(2.0, 3.0, (4, 3, 5, 5))
    s = F.standardize(x, (-4, -2, -1), eps=0.5)
    np.testing.assert_allclose(s.mean, x.mean((0, 2, 3), keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(s.var, x.var((0, 2, 3), keepdims=True), rtol=1e-12)
    np.testing.assert_allclose(s.inv_std, (s.var + 0.5) ** -0.5, rtol=1e-12)


def test_the_axes_of_batch_norm_are_all_but_the_channel():
    for ndim in range(2, 6):
        assert {axis + ndim for axis in F.batch_norm_axes(ndim)} == set(range(ndim)) - {1}


def test_row_major_arrays_are_not_copied(rng):
    x = rng.normal(size=(4, 3))
    assert floating(x, "x") is x
