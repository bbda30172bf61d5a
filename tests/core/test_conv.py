"""The convolution: against PyTorch, finite differences, and with batch norm after it."""

import numpy as np
import pytest

from bnviz.core import nn
from tests.core.layers import (
    assert_finite_differences,
    assert_leaves_inputs_alone_and_checks_dy,
    assert_same_step,
)
from tests.core.refused import refused

TIGHT = {"rtol": 1e-9, "atol": 1e-12}

# Image, out channels, kernel, stride, padding.
KINDS = [
    ((2, 3, 6, 5), 4, 3, 1, 0),
    ((2, 3, 6, 5), 4, 3, 1, 1),
    ((2, 3, 7, 6), 2, 3, 2, 1),
    ((1, 2, 5, 8), 3, (2, 3), (1, 3), (0, 2)),
    ((3, 1, 4, 4), 1, 1, 1, 0),
    ((2, 2, 4, 4), 2, 4, 1, 0),
    ((2, 2, 6, 6), 2, 2, 3, 0),  # the last row and column are in no window
    ((2, 2, 2, 2), 2, 3, 1, 1),
    ((1, 1, 2, 2), 1, 5, 1, 2),  # fits only with the padding on both sides
    ((0, 2, 4, 4), 2, 3, 1, 1),
]


def make(c, out, kernel, stride, padding, **options):
    return nn.Conv2d(c, out, kernel, stride, padding, rng=0, dtype=np.float64, **options)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("shape", "out", "kernel", "stride", "padding"), KINDS, ids=str)
@pytest.mark.checks(
    "Conv2d: output and gradients, each padding and stride",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_output_and_gradients_are_those_of_pytorch(
    pytorch, rng, shape, out, kernel, stride, padding, bias
):
    ours = make(shape[1], out, kernel, stride, padding, bias=bias)
    theirs = pytorch.nn.Conv2d(
        shape[1], out, kernel, stride, padding, bias=bias, dtype=pytorch.float64
    )
    theirs.load_state_dict({n: pytorch.tensor(a) for n, a in ours.state_dict().items()})
    x = rng.normal(size=shape)
    dy = rng.normal(size=tuple(theirs(pytorch.tensor(x)).shape))
    assert_same_step(pytorch, ours, theirs, x, dy)


def test_finite_differences(rng):
    layer = make(2, 2, (2, 3), (2, 1), 1)
    x = rng.normal(size=(2, 2, 3, 4))
    dy = rng.normal(size=layer(x).shape)
    assert_finite_differences(layer, x, dy)


def test_a_kernel_of_one_pixel_is_a_linear_layer_of_the_channels(rng):
    conv, linear = make(3, 2, 1, 1, 0), nn.Linear(3, 2, dtype=np.float64)
    linear.load_state_dict({"weight": conv.weight[:, :, 0, 0], "bias": conv.bias})
    x = rng.normal(size=(2, 3, 4, 5))
    wanted = np.moveaxis(linear(np.moveaxis(x, 1, -1)), -1, 1)
    np.testing.assert_allclose(conv(x), wanted, rtol=1e-12)


def test_moving_the_image_moves_the_answer(rng):
    layer, x = make(1, 1, 3, 1, 0), rng.normal(size=(1, 1, 6, 6))
    y = layer(x)
    np.testing.assert_allclose(layer(x[:, :, 1:, 2:]), y[:, :, 1:, 2:], rtol=1e-12)


def test_batch_norm_after_it_takes_one_mean_per_channel_and_hides_the_bias(pytorch, rng):
    ours = nn.Sequential(make(2, 3, 3, 1, 1), nn.BatchNorm2d(3, dtype=np.float64), nn.ReLU())
    theirs = pytorch.nn.Sequential(
        pytorch.nn.Conv2d(2, 3, 3, 1, 1), pytorch.nn.BatchNorm2d(3), pytorch.nn.ReLU()
    ).double()
    theirs.load_state_dict({n: pytorch.tensor(a) for n, a in ours.state_dict().items()})
    for _ in range(3):
        x, dy = rng.normal(size=(4, 2, 5, 5)), rng.normal(size=(4, 3, 5, 5))
        assert_same_step(pytorch, ours, theirs, x, dy, atol=1e-11)
    np.testing.assert_allclose(ours.grads["0.bias"], 0, atol=1e-12)


@pytest.mark.parametrize("own", [np.float32, np.float64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_of_the_input_is_kept(rng, dtype, own):
    layer = nn.Conv2d(2, 3, 3, padding=1, rng=0, dtype=own)
    x = rng.normal(size=(2, 2, 4, 4)).astype(dtype)
    y = layer(x)
    assert y.dtype == layer.backward(y).dtype == layer.grads["weight"].dtype == dtype


def test_inputs_are_left_alone_and_the_backward_pass_may_be_repeated(rng):
    x, dy = rng.normal(size=(2, 2, 5, 5)), np.ones((2, 3, 3, 3))
    assert_leaves_inputs_alone_and_checks_dy(make(2, 3, 3, 2, 1), x, dy)


def test_it_starts_as_in_pytorch():
    layer = nn.Conv2d(4, 100, 5, rng=0, dtype=np.float64)
    for a in layer.parameters().values():
        assert 0.095 < np.abs(a).max() <= 0.1
        assert abs(a.std() - 0.1 / np.sqrt(3)) < 0.006
    assert np.array_equal(nn.Conv2d(2, 2, 3, rng=1).weight, nn.Conv2d(2, 2, 3, rng=1).weight)


test_what_does_not_fit_is_refused = refused(
    (lambda: nn.Conv2d(0, 1, 3), "in_channels must be a whole number of at least 1, got 0"),
    (lambda: nn.Conv2d(1, 0, 3), "out_channels must be a whole number of at least 1, got 0"),
    (lambda: nn.Conv2d(1, 1, 0), "kernel_size must be one or two whole numbers of at least 1"),
    (lambda: nn.Conv2d(1, 1, (3, 3, 3)), "kernel_size must be one or two whole numbers"),
    (lambda: nn.Conv2d(1, 1, 3, 0), "stride must be one or two whole numbers of at least 1"),
    (lambda: nn.Conv2d(1, 1, 3, 1, -1), "padding must be one or two whole numbers of at least 0"),
    (lambda: nn.Conv2d(1, 1, 3, 1.5), "stride must be one or two whole numbers of at least 1"),
    (lambda: nn.Conv2d(1, 1, 3, dtype=int), "dtype must be a float type, got int64"),
    (lambda: nn.Conv2d(2, 1, 3)(np.ones((1, 3, 4, 4))), r"x must have the shape \(N, 2, H, W\)"),
    (lambda: nn.Conv2d(2, 1, 3)(np.ones((2, 4, 4))), r"x must have the shape \(N, 2, H, W\)"),
    (lambda: nn.Conv2d(2, 1, 3)(np.ones((1, 2, 2, 9))), r"a kernel of \(3, 3\) does not fit"),
)
