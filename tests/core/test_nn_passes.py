"""To which forward pass a backward pass belongs: shared layers, several passes, evaluation."""

import copy
import pickle

import numpy as np
import pytest

from bnviz.core import nn
from tests.core.layers import TIGHT, assert_same_step


def linear(weight, bias=None):
    """A linear layer with these numbers, in float64."""
    layer = nn.Linear(len(weight[0]), len(weight), bias=bias is not None, dtype=np.float64)
    layer.weight[...] = weight
    if layer.bias is not None:
        layer.bias[...] = bias
    return layer


def twin(torch, layer, made):
    """PyTorch's layer with the same numbers, one for each of ours."""
    if id(layer) not in made:
        if isinstance(layer, nn.Sequential):
            made[id(layer)] = torch.nn.Sequential(*(twin(torch, own, made) for own in layer.layers))
        else:
            kind = getattr(torch.nn, type(layer).__name__)
            if isinstance(layer, nn.Linear):
                other = kind(layer.in_features, layer.out_features, layer.bias is not None)
            elif isinstance(layer, nn.BatchNorm1d):
                other = kind(layer.num_features)
            else:
                other = kind(layer.normalized_shape) if layer.parameters() else kind()
            other.double()
            other.load_state_dict({n: torch.tensor(a) for n, a in layer.state_dict().items()})
            made[id(layer)] = other
    return made[id(layer)]


def assert_same_as_twin(torch, net, x, dy, steps=2):
    """Forward and backward passes of a network and of its twin, and what they leave behind."""
    other = twin(torch, net, {})
    for _ in range(steps):
        assert_same_step(torch, net, other, x, dy)


# ----------------------------------------------------------------- one layer at several places


def test_one_activation_at_two_places(pytorch):
    relu = nn.ReLU()
    net = nn.Sequential(linear([[1.0]]), relu, linear([[1.0]], [5.0]), relu)
    x, dy = np.array([[-1.0], [2.0]]), np.ones((2, 1))
    net(x)
    np.testing.assert_array_equal(net.backward(dy), [[0.0], [1.0]])
    assert_same_as_twin(pytorch, net, x, dy)


def test_one_batch_norm_at_two_places(pytorch):
    norm = nn.BatchNorm1d(2, dtype=np.float64)
    net = nn.Sequential(norm, linear([[1.0, 2.0], [0.0, 1.0]]), norm)
    x = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0]])
    dy = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    net(x)
    np.testing.assert_allclose(net.backward(dy)[0], [-0.023814, 0.223195], atol=1e-6)
    assert_same_as_twin(pytorch, net, x, dy)


KINDS = {
    "Linear": lambda: nn.Linear(3, 3, rng=0, dtype=np.float64),
    "BatchNorm1d": lambda: nn.BatchNorm1d(3, dtype=np.float64),
    "LayerNorm": lambda: nn.LayerNorm(3, dtype=np.float64),
    "RMSNorm": lambda: nn.RMSNorm(3, dtype=np.float64),
    "ReLU": nn.ReLU,
    "Tanh": nn.Tanh,
    "Sigmoid": nn.Sigmoid,
}


@pytest.mark.parametrize("make", [*KINDS.values()], ids=[*KINDS])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_every_kind_of_layer_at_three_places_and_in_nested_stacks(pytorch, rng, make, training):
    shared = make()
    between = [nn.Linear(3, 3, rng=i, dtype=np.float64) for i in (1, 2)]
    inner = nn.Sequential(between[0], shared, nn.Tanh())
    net = nn.Sequential(shared, inner, between[1], shared, inner)
    x, dy = rng.normal(size=(2, 6, 3))
    other = twin(pytorch, net, made := {})
    net.train(training), other.train(training)
    assert len(made) == len(
        {id(layer) for layer in (shared, *between, inner, inner.layers[2], net)}
    )
    assert_same_step(pytorch, net, other, x, dy)


def test_two_layers_with_one_weight_have_one_gradient(pytorch, rng):
    net = nn.Sequential(*(nn.Linear(3, 3, rng=i, dtype=np.float64) for i in range(2)))
    net.layers[1].weight = net.layers[0].weight
    other = twin(pytorch, net, {})
    other[1].weight = other[0].weight
    x, dy = rng.normal(size=(2, 6, 3))
    other(pytorch.tensor(x)).backward(pytorch.tensor(dy))
    net(x)
    net.backward(dy)
    assert list(net.grads) == ["0.weight", "0.bias", "1.bias"]
    np.testing.assert_allclose(net.grads["0.weight"], other[0].weight.grad.numpy(), **TIGHT)


def test_two_networks_may_share_a_layer(rng):
    shared = nn.BatchNorm1d(3, dtype=np.float64)
    one, other = nn.Sequential(shared), nn.Sequential(nn.Tanh(), shared)
    x, dy = rng.normal(size=(2, 6, 3))
    one(x)
    wanted = one.backward(dy)
    one(x), other(x)
    other.backward(dy)
    np.testing.assert_array_equal(one.backward(dy), wanted)


# ----------------------------------------------------------------- several passes, one backward

X1, X2, DY = (np.array([a]).T for a in ([1.0, 2.0, 6.0], [0.0, 10.0, 20.0], [1.0, 0.0, 0.0]))
DX1 = np.array([[0.17634678], [-0.22043298], [0.0440862]])
STACKS = {
    "layer": lambda: nn.BatchNorm1d(1, dtype=np.float64),
    "stack": lambda: nn.Sequential(nn.BatchNorm1d(1, dtype=np.float64)),
    "nested": lambda: nn.Sequential(nn.Sequential(nn.BatchNorm1d(1, dtype=np.float64))),
}
stacks = pytest.mark.parametrize("make", [*STACKS.values()], ids=[*STACKS])


@stacks
@pytest.mark.parametrize("held", [True, False])
def test_a_backward_that_may_belong_to_two_passes_is_refused(make, held):
    net = make()
    outputs = [net(X1), net(X2)] if held else [net(X1) is None, net(X2) is None]
    with pytest.raises(ValueError, match=r"cannot tell to which of 2 forward passes dy belongs"):
        net.backward(DY)
    with pytest.raises(ValueError, match="backward needs a forward pass before it"):
        net.backward(DY)
    net(X1)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    assert len(outputs) == 2


@stacks
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_a_backward_belongs_to_the_pass_whose_output_is_held(make, training):
    """The first, with another in between; or the last, as in a loop ``y = net(x)``."""
    net = make()
    y = net(X1)
    net.train(training)(X2)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    net.train()
    for x in (X2, X2, X1):
        y = net(x)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    assert y.shape == X1.shape


@stacks
@pytest.mark.parametrize("back", [True, False])
def test_an_evaluation_pass_in_between_is_noticed(make, back):
    net = make()
    net(X1)
    found = net.eval()(X2)
    other = net(X2)
    if back:
        net.train()
    with pytest.raises(ValueError, match=r"backward (cannot tell|needs a forward pass)"):
        net.backward(DY)
    assert found.shape == other.shape


@stacks
def test_an_evaluation_that_has_ended_does_not_count(make):
    net, outputs = make(), []
    y = net(X1)
    outputs.append(net.eval()(X2))
    net.train()
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    for _ in range(2):
        outputs += [net.eval()(X2) for _ in range(3)]
        net.train()(X1)
        np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    assert len(outputs) == 7
    assert y.shape == X1.shape


@stacks
def test_passes_that_are_forgotten_do_not_count(make):
    net = make()
    outputs = [net(X1), net(X2)]
    net.forget()
    net(X1)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)
    net(X2)
    net.forget()
    with pytest.raises(ValueError, match="backward needs a forward pass before it"):
        net.backward(DY)
    assert len(outputs) == 2


@stacks
def test_what_nobody_holds_is_not_kept(make):
    net = make()
    outputs = [net(X1 * i) for i in range(1, 4)]
    assert len(net._passes) == 3
    outputs.clear()
    for _ in range(100):
        net(X1)
    assert len(net._passes) == 1


@stacks
@pytest.mark.parametrize("copy", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_a_copy_has_the_state_and_no_forward_pass(make, copy):
    net = make()
    net(X1)
    other = copy(net)
    for name, a in net.state_dict().items():
        np.testing.assert_array_equal(other.state_dict()[name], a)
    with pytest.raises(ValueError, match="backward needs a forward pass before it"):
        other.backward(DY)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)


@stacks
def test_a_backward_may_come_twice_and_after_a_change_of_mode(make):
    net = make()
    net(X1)
    net.eval()
    for _ in range(2):
        np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)


def test_a_look_into_a_layer_does_not_disturb_the_network():
    net = STACKS["stack"]()
    net(X1)
    net.layers[0](X2)
    np.testing.assert_allclose(net.backward(DY), DX1, atol=1e-8)


OTHERS = {
    "Linear": (nn.Linear(2, 2), (3, 2)),
    "ReLU": (nn.ReLU(), (3, 2)),
    "LayerNorm": (nn.LayerNorm(2), (3, 2)),
    "RMSNorm": (nn.RMSNorm(2), (3, 2)),
    "GroupNorm": (nn.GroupNorm(1, 2), (3, 2)),
    "InstanceNorm1d": (nn.InstanceNorm1d(2), (3, 2, 4)),
    "Conv2d": (nn.Conv2d(2, 2, 1), (3, 2, 4, 4)),
    "RNN": (nn.RNN(2, 2, n_steps=3), (3, 5, 2)),
}


@pytest.mark.parametrize(("layer", "shape"), [*OTHERS.values()], ids=[*OTHERS])
def test_no_layer_answers_for_another_pass(rng, layer, shape):
    x = rng.normal(size=shape)
    dy = layer(x)
    assert layer.backward(dy).shape == shape
    layer(x), layer(x)
    with pytest.raises(ValueError, match=f"{type(layer).__name__}.backward cannot tell to which"):
        layer.backward(dy)
    (twin := copy.deepcopy(layer))(x)
    wanted = twin.backward(dy)
    held = layer(x)
    layer(-x)
    np.testing.assert_allclose(layer.backward(dy), wanted)
    assert held.shape == dy.shape
