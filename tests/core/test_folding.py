"""Folded batch norm: the same answers as in evaluation, and where not, by how much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.core import nn
from bnviz.core.folding import fold_into_following, fold_into_preceding
from tests.core.refused import refused

TOLERANCE = {np.float64: 1e-13, np.float32: 1e-5}
dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def trained(norm, seed=0):
    """A norm with gamma, beta and statistics that are not at a special value; in evaluation."""
    rng = np.random.default_rng(seed)
    for name, a in norm.state_dict().items():
        if name != "num_batches_tracked":
            value = rng.uniform(0.5, 2.0, a.shape) * (1 if "var" in name else rng.choice([-1, 1]))
            getattr(norm, name)[...] = value
    return norm.eval()


def largest_difference(a, b):
    return np.abs(a - b).max() / max(1.0, np.abs(b).max())


# ----------------------------------------------------------------- into the layer before


@dtypes
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_into_a_preceding_linear_layer(rng, dtype, bias, affine):
    layer = nn.Linear(5, 3, bias=bias, rng=0, dtype=dtype)
    norm = trained(nn.BatchNorm1d(3, affine=affine, dtype=dtype))
    x = rng.normal(size=(20, 5)).astype(dtype)
    before = norm.state_dict() | layer.state_dict()
    folded = fold_into_preceding(layer, norm)
    assert largest_difference(folded(x), norm(layer(x))) < TOLERANCE[dtype]
    assert folded.weight.dtype == folded.bias.dtype == dtype
    for name, a in (norm.state_dict() | layer.state_dict()).items():
        np.testing.assert_array_equal(a, before[name])


@dtypes
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 1), (2, (0, 2))])
def test_into_a_preceding_convolution_padding_included(rng, dtype, stride, padding):
    layer = nn.Conv2d(2, 3, 3, stride, padding, rng=0, dtype=dtype)
    norm = trained(nn.BatchNorm2d(3, dtype=dtype))
    x = rng.normal(size=(2, 2, 6, 7)).astype(dtype)
    folded = fold_into_preceding(layer, norm)
    assert largest_difference(folded(x), norm(layer(x))) < TOLERANCE[dtype]
    assert (folded.stride, folded.padding) == (layer.stride, layer.padding)


@given(st.integers(0, 1000), st.integers(1, 5), st.integers(1, 4), st.floats(1e-6, 1.0))
def test_folding_is_evaluation_whatever_the_numbers(seed, n_in, n_out, eps):
    rng = np.random.default_rng(seed)
    before, after = (nn.Linear(n_in, n_out, rng=rng, dtype=np.float64) for _ in range(2))
    outer, inner = (trained(nn.BatchNorm1d(c, eps, dtype=np.float64), seed) for c in (n_out, n_in))
    x = rng.normal(size=(4, n_in))
    assert largest_difference(fold_into_preceding(before, outer)(x), outer(before(x))) < 1e-12
    folded = fold_into_following(inner, after)
    assert folded.exact
    assert largest_difference(folded.layer(x), after(inner(x))) < 1e-12


def test_it_is_evaluation_and_not_training_that_is_folded(rng):
    layer, norm = nn.Linear(3, 2, rng=0, dtype=np.float64), trained(nn.BatchNorm1d(2))
    x = rng.normal(size=(8, 3))
    assert np.abs(fold_into_preceding(layer, norm)(x) - norm.train()(layer(x))).max() > 0.1


def test_eps_is_folded_too(rng):
    layer, x = nn.Linear(3, 2, rng=0, dtype=np.float64), rng.normal(size=(8, 3))
    norm = trained(nn.BatchNorm1d(2, eps=1.0, dtype=np.float64))
    assert largest_difference(fold_into_preceding(layer, norm)(x), norm(layer(x))) < 1e-13


# ----------------------------------------------------------------- into the layer after


@dtypes
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_into_a_following_linear_layer(rng, dtype, bias, affine):
    norm = trained(nn.BatchNorm1d(5, affine=affine, dtype=dtype))
    layer = nn.Linear(5, 3, bias=bias, rng=0, dtype=dtype)
    x = rng.normal(size=(20, 5)).astype(dtype)
    folded = fold_into_following(norm, layer)
    assert largest_difference(folded.layer(x), layer(norm(x))) < TOLERANCE[dtype]
    assert folded.exact
    np.testing.assert_array_equal(folded.border_error, np.zeros(3))


@dtypes
def test_into_a_following_convolution_without_padding(rng, dtype):
    norm = trained(nn.BatchNorm2d(2, dtype=dtype))
    layer = nn.Conv2d(2, 3, 3, 2, rng=0, dtype=dtype)
    x = rng.normal(size=(2, 2, 7, 6)).astype(dtype)
    folded = fold_into_following(norm, layer)
    assert largest_difference(folded.layer(x), layer(norm(x))) < TOLERANCE[dtype]
    assert folded.exact


PADDINGS = [(3, 1), (3, (1, 0)), (3, 2), (5, 2), ((2, 3), (0, 1)), (1, 1)]


@pytest.mark.parametrize(("kernel", "padding"), PADDINGS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 4, 9])
def test_with_zero_padding_the_borders_are_wrong_within_the_bound(rng, kernel, padding, size):
    norm = trained(nn.BatchNorm2d(2, dtype=np.float64))
    layer = nn.Conv2d(2, 3, kernel, 1, padding, rng=0, dtype=np.float64)
    (rows, columns), (up, left) = layer.kernel_size, layer.padding
    if size + 2 * up < rows or size + 2 * left < columns:
        with pytest.raises(ValueError, match="does not fit"):
            layer(np.ones((1, 2, size, size)))
        return
    x = rng.normal(size=(2, 2, size, size))
    folded = fold_into_following(norm, layer)
    assert not folded.exact
    wrong = np.abs(folded.layer(x) - layer(norm(x)))
    assert (wrong.max((0, 2, 3)) <= folded.border_error + 1e-12).all()
    inside = wrong[:, :, up : wrong.shape[2] - up, left : wrong.shape[3] - left]
    np.testing.assert_allclose(inside, 0, atol=1e-13)


@pytest.mark.parametrize("kernel", [3, 5])
def test_the_bound_is_attained(rng, kernel):
    """With taps of one sign an image of one pixel is the worst: all taps but one are outside."""
    norm = trained(nn.BatchNorm2d(1, dtype=np.float64))
    layer = nn.Conv2d(1, 2, kernel, padding=kernel // 2, rng=0, dtype=np.float64)
    layer.weight[...] = np.abs(layer.weight)
    folded, x = fold_into_following(norm, layer), rng.normal(size=(1, 1, 1, 1))
    wrong = np.abs(folded.layer(x) - layer(norm(x))).max((0, 2, 3))
    np.testing.assert_allclose(wrong, folded.border_error, rtol=1e-9)


def test_with_zero_padding_it_is_exact_where_batch_norm_shifts_nothing(rng):
    norm = trained(nn.BatchNorm2d(2, bias=False, dtype=np.float64))
    norm.running_mean[...] = 0
    layer, x = nn.Conv2d(2, 3, 3, 1, 1, rng=0, dtype=np.float64), rng.normal(size=(2, 2, 5, 5))
    folded = fold_into_following(norm, layer)
    assert folded.exact
    assert largest_difference(folded.layer(x), layer(norm(x))) < 1e-13


def test_padding_with_what_batch_norm_turns_into_zero_is_exact(rng):
    """The remedy that the docstring names."""
    norm = trained(nn.BatchNorm2d(2, dtype=np.float64))
    layer, x = nn.Conv2d(2, 3, 3, 1, 1, rng=0, dtype=np.float64), rng.normal(size=(2, 2, 5, 5))
    k = norm.weight / np.sqrt(norm.running_var + norm.eps)
    padded = np.ones((2, 2, 7, 7)) * (norm.running_mean - norm.bias / k)[:, None, None]
    padded[:, :, 1:-1, 1:-1] = x
    folded = fold_into_following(norm, layer).layer
    folded.padding = (0, 0)
    assert largest_difference(folded(padded), layer(norm(x))) < 1e-13


# ----------------------------------------------------------------- bad input


LINEAR, CONV = nn.Linear(3, 2, rng=0), nn.Conv2d(3, 2, 3, rng=0)
test_what_does_not_fit_is_refused = refused(
    *(
        (lambda fold=fold, norm=norm: fold(norm), f"got {type(norm).__name__}")
        for norm in (nn.GroupNorm(2, 2), nn.LayerNorm(2), nn.RMSNorm(2), nn.InstanceNorm1d(2))
        for fold in (
            lambda norm: fold_into_preceding(LINEAR, norm),
            lambda norm: fold_into_following(norm, CONV),
        )
    ),
    (lambda: fold_into_preceding(nn.ReLU(), nn.BatchNorm1d(2)), "a Linear or a Conv2d, got ReLU"),
    (
        lambda: fold_into_following(LINEAR, nn.BatchNorm1d(2)),
        "a Linear or a Conv2d, got BatchNorm1d",
    ),
    (lambda: fold_into_preceding(LINEAR, nn.BatchNorm1d(3)), "as the layer has outputs, 2, got 3"),
    (lambda: fold_into_following(nn.BatchNorm1d(2), LINEAR), "as the layer has inputs, 3, got 2"),
    (lambda: fold_into_preceding(CONV, nn.BatchNorm2d(3)), "as the layer has outputs, 2, got 3"),
    (lambda: fold_into_following(nn.BatchNorm2d(2), CONV), "as the layer has inputs, 3, got 2"),
    (
        lambda: fold_into_preceding(LINEAR, nn.BatchNorm1d(2, track_running_stats=False)),
        "norm must have running statistics",
    ),
    (
        lambda: fold_into_following(nn.BatchNorm1d(3, track_running_stats=False), LINEAR),
        "norm must have running statistics",
    ),
)
