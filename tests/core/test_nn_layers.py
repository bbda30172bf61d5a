"""The layers that do not normalize, and a network of them, beside their namesakes in torch.nn."""

import numpy as np
import pytest

from bnviz.core import nn
from tests.core.layers import assert_leaves_inputs_alone_and_checks_dy, assert_same_step

TIGHT = {"rtol": 1e-9, "atol": 1e-12}


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(6, 4), (2, 6, 4), (4,)])
def test_linear(pytorch, rng, shape, bias):
    ours = nn.Linear(4, 3, bias=bias, rng=0, dtype=np.float64)
    theirs = pytorch.nn.Linear(4, 3, bias=bias, dtype=pytorch.float64)
    theirs.load_state_dict({n: pytorch.tensor(a) for n, a in ours.state_dict().items()})
    dy = rng.normal(size=(*shape[:-1], 3))
    assert_same_step(pytorch, ours, theirs, rng.normal(size=shape), dy)


def test_linear_starts_as_in_pytorch():
    layer = nn.Linear(100, 400, rng=0, dtype=np.float64)
    for a in layer.parameters().values():
        assert 0.099 < np.abs(a).max() <= 0.1
        assert abs(a.std() - 0.1 / np.sqrt(3)) < 0.004


def test_linear_draws_from_its_generator():
    assert np.array_equal(nn.Linear(3, 2, rng=5).weight, nn.Linear(3, 2, rng=5).weight)
    assert not np.array_equal(nn.Linear(3, 2, rng=5).weight, nn.Linear(3, 2, rng=6).weight)
    assert not np.array_equal(nn.Linear(3, 2).weight, nn.Linear(3, 2).weight)


@pytest.mark.parametrize("name", ["ReLU", "Tanh", "Sigmoid"])
def test_activations(pytorch, rng, name):
    x = np.concatenate([rng.normal(size=(3, 4)) * 3, [[0.0, -30.0, 30.0, -2.0]]])
    ours, theirs = getattr(nn, name)(), getattr(pytorch.nn, name)()
    assert_same_step(pytorch, ours, theirs, x, rng.normal(size=x.shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_neither_overflows_nor_rounds_to_zero(dtype):
    sigmoid = nn.Sigmoid()
    y = sigmoid(np.array([-1e4, -50.0, 0.0, 50.0, 1e4], dtype))
    np.testing.assert_allclose(y, [0, np.exp(-50.0), 0.5, 1, 1], rtol=1e-6)
    slope = sigmoid.backward(np.ones(5, dtype))
    np.testing.assert_allclose(slope, [0, np.exp(-50.0), 0.25, np.exp(-50.0), 0], rtol=1e-6)


@pytest.mark.checks(
    "a network of layers: forward and backward",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_a_network(pytorch, rng):
    ours = nn.Sequential(
        nn.Linear(4, 5, bias=False, rng=0, dtype=np.float64),
        nn.BatchNorm1d(5, dtype=np.float64),
        nn.ReLU(),
        nn.Linear(5, 3, rng=1, dtype=np.float64),
    )
    theirs = pytorch.nn.Sequential(
        pytorch.nn.Linear(4, 5, bias=False),
        pytorch.nn.BatchNorm1d(5),
        pytorch.nn.ReLU(),
        pytorch.nn.Linear(5, 3),
    ).double()
    theirs.load_state_dict({n: pytorch.tensor(a) for n, a in ours.state_dict().items()})
    for _ in range(3):
        x, dy = rng.normal(size=(8, 4)), rng.normal(size=(8, 3))
        assert_same_step(pytorch, ours, theirs, x, dy)
    assert ours.eval() is ours
    assert not any(layer.training for layer in (ours, *ours.layers))
    theirs.eval()
    assert_same_step(pytorch, ours, theirs, x, dy)
    ours.load_state_dict({name: np.zeros_like(a) for name, a in ours.state_dict().items()})
    np.testing.assert_array_equal(ours(x), 0)


LAYERS = [
    nn.BatchNorm1d(3),
    nn.Linear(3, 3, rng=0),
    nn.ReLU(),
    nn.Sigmoid(),
    nn.Sequential(nn.Tanh()),
]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_every_layer_leaves_its_input_alone_and_checks_dy(rng, layer):
    assert_leaves_inputs_alone_and_checks_dy(layer, *rng.normal(size=(2, 4, 3)))


def test_linear_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"x must have the shape \(\.\.\., 4\), got \(2, 3\)"):
        nn.Linear(4, 2, rng=0)(np.ones((2, 3)))
    with pytest.raises(ValueError, match="in_features must be a whole number of at least 1"):
        nn.Linear(0, 2)
    with pytest.raises(ValueError, match="out_features must be a whole number of at least 1"):
        nn.Linear(2, -1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own", [np.float32, np.float64])
def test_output_has_the_dtype_of_the_input(rng, dtype, own):
    layers = nn.Sequential(
        nn.Linear(3, 4, rng=0, dtype=own), nn.BatchNorm1d(4, dtype=own), nn.Tanh()
    )
    x = rng.normal(size=(5, 3)).astype(dtype)
    assert layers(x).dtype == dtype
    assert layers.backward(np.ones((5, 4), own)).dtype == dtype
    assert {a.dtype for a in layers.parameters().values()} == {np.dtype(own)}
