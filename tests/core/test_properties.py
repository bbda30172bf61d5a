"""What batch norm must do for any input: properties, searched by hypothesis."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnviz.core import functional as F
from bnviz.core.losses import cross_entropy

VALUES = st.floats(-100, 100, width=32)
SHAPES = hnp.array_shapes(min_dims=2, max_dims=4, min_side=1, max_side=5).filter(
    lambda shape: np.prod(shape) > shape[1]  # more than one value per channel
)


def arrays(shape, elements=VALUES):
    return hnp.arrays(np.float64, shape, elements=elements)


@st.composite
def inputs(draw):
    """An ``x`` with gamma and beta, and a ``dy`` of the same shape."""
    shape = draw(SHAPES)
    gamma, beta = draw(arrays(shape[1])), draw(arrays(shape[1]))
    return draw(arrays(shape)), gamma, beta, draw(arrays(shape))


def sums(a, like):
    return F.sum_over(a, F.batch_norm_axes(like.ndim)).ravel()


@given(inputs())
@pytest.mark.checks(
    "normalized values: mean 0, variance v/(v + eps)",
    how="drawn examples (hypothesis)",
    tolerance="absolute 1e-9",
)
def test_values_are_centred_and_their_variance_is_known(drawn):
    x, _, _, _ = drawn
    y, _ = F.batch_norm(x, eps=1e-3)
    n, axes = x.size // x.shape[1], F.batch_norm_axes(x.ndim)
    var = x.var(axis=axes)
    np.testing.assert_allclose(sums(y, x) / n, 0, atol=1e-9)
    np.testing.assert_allclose(sums(y**2, x) / n, var / (var + 1e-3), atol=1e-9)


@given(inputs())
def test_no_value_is_beyond_the_root_of_n_minus_one(drawn):
    x, _, _, _ = drawn
    y, _ = F.batch_norm(x)
    assert np.abs(y).max() <= np.sqrt(x.size // x.shape[1] - 1) * (1 + 1e-12)


@given(inputs(), st.floats(-1000, 1000), st.floats(0.01, 100))
@pytest.mark.checks(
    "shift and scale of the input cancel up to eps",
    how="drawn examples (hypothesis)",
    tolerance="relative 1e-5",
)
def test_shift_cancels_and_scale_acts_as_an_eps(drawn, shift, scale):
    """BN(a x + b) with eps is BN(x) with eps / a^2; for eps -> 0 it is BN(x) itself."""
    x, gamma, beta, _ = drawn
    moved, _ = F.batch_norm(scale * x + shift, gamma, beta, eps=1e-3)
    y, _ = F.batch_norm(x, gamma, beta, eps=1e-3 / scale**2)
    np.testing.assert_allclose(moved, y, rtol=1e-5, atol=1e-6)


@given(inputs())
def test_a_negative_scale_flips_the_sign(drawn):
    x, _, _, _ = drawn
    np.testing.assert_array_equal(F.batch_norm(-x)[0], -F.batch_norm(x)[0])


@given(arrays((2, 3)))
def test_a_batch_of_two_becomes_minus_one_and_one(x):
    assume((np.abs(x[0] - x[1]) > 1e-2).all())
    y, _ = F.batch_norm(x, eps=0.0)
    np.testing.assert_allclose(y, np.sign(x - x.mean(0)), rtol=1e-9)


@given(inputs(), st.randoms(use_true_random=False))
@pytest.mark.checks(
    "the order of the batch does not matter",
    how="drawn examples (hypothesis)",
    tolerance="relative 1e-6",
)
def test_permuting_the_batch_permutes_the_output_and_the_gradient(drawn, random):
    x, gamma, beta, dy = drawn
    order = random.sample(range(len(x)), len(x))
    y, cache = F.batch_norm(x, gamma, beta, eps=0.1)
    dx, dgamma, dbeta = F.batch_norm_backward(dy, cache)
    y_moved, cache = F.batch_norm(x[order], gamma, beta, eps=0.1)
    dx_moved, dgamma_moved, dbeta_moved = F.batch_norm_backward(dy[order], cache)
    np.testing.assert_allclose(y_moved, y[order], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dx_moved, dx[order], rtol=1e-6, atol=1e-4)
    np.testing.assert_allclose(dgamma_moved, dgamma, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dbeta_moved, dbeta, rtol=1e-9, atol=1e-9)


@given(inputs(), st.randoms(use_true_random=False))
def test_permuting_the_channels_permutes_everything(drawn, random):
    x, gamma, beta, _ = drawn
    order = random.sample(range(x.shape[1]), x.shape[1])
    y, _ = F.batch_norm(x, gamma, beta)
    moved, _ = F.batch_norm(x[:, order], gamma[order], beta[order])
    np.testing.assert_allclose(moved, y[:, order], rtol=1e-6, atol=1e-6)


@given(inputs())
@pytest.mark.checks(
    "dx sums to 0 and is orthogonal to the values up to eps",
    how="drawn examples (hypothesis)",
    tolerance="a hundred roundings",
)
def test_dx_sums_to_zero_and_is_almost_orthogonal_to_the_values(drawn):
    """sum(dx) = 0; sum(dx * x_hat) = inv_std * sum(dx_hat * x_hat) * eps / (var + eps)."""
    x, gamma, beta, dy = drawn
    eps = 0.1
    _, cache = F.batch_norm(x, gamma, beta, eps=eps)
    dx, dgamma, _ = F.batch_norm_backward(dy, cache)
    size = 1e-12 * (1 + np.abs(cache.gain).max() * np.abs(dy).max() * x.size)
    np.testing.assert_allclose(sums(dx, x), 0, atol=100 * size)
    var = x.var(axis=F.batch_norm_axes(x.ndim))
    left = cache.gain.ravel() * dgamma * eps / (var + eps)
    np.testing.assert_allclose(sums(dx * cache.x_hat, x), left, rtol=1e-6, atol=1000 * size)


@given(inputs(), arrays(5))
def test_a_gradient_constant_within_each_channel_vanishes(drawn, per_channel):
    x, gamma, beta, _ = drawn
    _, cache = F.batch_norm(x, gamma, beta, eps=0.1)
    dy = np.ones_like(x) * per_channel[: x.shape[1]].reshape(-1, *[1] * (x.ndim - 2))
    dx, _, _ = F.batch_norm_backward(dy, cache)
    np.testing.assert_allclose(dx, 0, atol=1e-8)


@given(inputs())
def test_the_backward_pass_is_linear_in_dy(drawn):
    x, gamma, beta, dy = drawn
    _, cache = F.batch_norm(x, gamma, beta, eps=0.1)
    for once, thrice in zip(
        F.batch_norm_backward(dy, cache), F.batch_norm_backward(-3 * dy, cache), strict=True
    ):
        np.testing.assert_allclose(thrice, -3 * once, rtol=1e-9, atol=1e-7)


@given(inputs())
def test_evaluation_with_the_statistics_of_the_batch_equals_training(drawn):
    x, gamma, beta, _ = drawn
    axes = F.batch_norm_axes(x.ndim)
    in_training, _ = F.batch_norm(x, gamma, beta, eps=0.1)
    in_evaluation, _ = F.batch_norm(
        x, gamma, beta, x.mean(axis=axes), x.var(axis=axes), training=False, eps=0.1
    )
    np.testing.assert_allclose(in_evaluation, in_training, rtol=1e-9, atol=1e-9)


@given(inputs())
def test_images_are_tables_of_their_pixels(drawn):
    x, gamma, beta, _ = drawn
    table_MC = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
    y_MC, _ = F.batch_norm(table_MC, gamma, beta, eps=0.1)
    y, _ = F.batch_norm(x, gamma, beta, eps=0.1)
    np.testing.assert_allclose(np.moveaxis(y, 1, -1).reshape(y_MC.shape), y_MC, atol=1e-9)


@given(
    st.integers(1, 6).flatmap(lambda n: arrays((n, 4))),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_cross_entropy_is_positive_and_its_gradient_is_bounded(logits, labels):
    n = len(logits)
    loss, dlogits = cross_entropy(logits, np.array(labels[:n]))
    assert loss >= 0
    assert np.abs(dlogits).max() <= 1 / n
    np.testing.assert_allclose(dlogits.sum(axis=1), 0, atol=1e-12)
