"""Layers with state, beside their namesakes in torch.nn."""

import numpy as np
import pytest

from bnviz.core import nn
from tests.core.layers import (
    assert_same_step,
)

TIGHT = {"rtol": 1e-9, "atol": 1e-12}

NORMS = {"BatchNorm1d": (6, 3), "BatchNorm2d": (4, 3, 5, 2), "BatchNorm3d": (2, 3, 2, 3, 2)}
STATE = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def pair(torch, name, shape, **options):
    """The layer of this project and PyTorch's, both in float64, with the same parameters."""
    ours = getattr(nn, name)(shape[1], dtype=np.float64, **options)
    theirs = getattr(torch.nn, name)(shape[1], dtype=torch.float64, **options)
    rng = np.random.default_rng(1)
    for parameter, a in ours.parameters().items():
        a[...] = rng.normal(size=a.shape)
        getattr(theirs, parameter).data = torch.tensor(a)
    return ours, theirs


# ----------------------------------------------------------------- batch norm beside torch.nn


@pytest.mark.parametrize("momentum", [0.1, 0.7, 0.0, 1.0, None])
@pytest.mark.parametrize(("name", "shape"), NORMS.items())
@pytest.mark.checks(
    "BatchNorm1d, 2d, 3d: many training steps, then evaluation",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_many_steps_then_evaluation(pytorch, rng, name, shape, momentum):
    ours, theirs = pair(pytorch, name, shape, momentum=momentum, eps=1e-3)
    for _ in range(12):
        x, dy = rng.normal(2.0, 3.0, shape), rng.normal(size=shape)
        assert_same_step(pytorch, ours, theirs, x, dy)
    assert ours.num_batches_tracked == 12
    ours.eval(), theirs.eval()
    assert_same_step(pytorch, ours, theirs, x, dy)
    ours.train(), theirs.train()
    assert_same_step(pytorch, ours, theirs, x, dy)


OPTIONS = [
    {"affine": False},
    {"bias": False},
    {"affine": False, "bias": False},
    {"track_running_stats": False},
    {"track_running_stats": False, "affine": False},
    {"track_running_stats": False, "momentum": None},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.checks(
    "BatchNorm layers: all options of the constructor",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_options(pytorch, rng, options, training):
    ours, theirs = pair(pytorch, "BatchNorm1d", (6, 3), **options)
    ours.train(training), theirs.train(training)
    for _ in range(3):
        x, dy = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
        assert_same_step(pytorch, ours, theirs, x, dy)


@pytest.mark.parametrize("built_with", [True, False])
def test_recording_can_be_switched_on_a_living_layer(pytorch, rng, built_with):
    ours, theirs = pair(pytorch, "BatchNorm1d", (6, 3), track_running_stats=built_with)
    x, dy = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    assert_same_step(pytorch, ours, theirs, x, dy)
    for layer in (ours, theirs):
        layer.track_running_stats = not built_with
    assert_same_step(pytorch, ours, theirs, x + 5, dy)
    ours.eval(), theirs.eval()
    assert_same_step(pytorch, ours, theirs, x - 5, dy)


def test_empty_batch_counts_but_records_nothing(pytorch):
    ours, theirs = pair(pytorch, "BatchNorm1d", (0, 3))
    assert_same_step(pytorch, ours, theirs, np.empty((0, 3)), np.empty((0, 3)))
    assert ours.num_batches_tracked == 1


def test_a_state_of_pytorch_loads(pytorch, rng):
    theirs = pytorch.nn.BatchNorm1d(3, dtype=pytorch.float64)
    theirs(pytorch.tensor(rng.normal(size=(6, 3))))
    ours = nn.BatchNorm1d(3, dtype=np.float64)
    ours.load_state_dict({name: a.numpy() for name, a in theirs.state_dict().items()})
    x, dy = rng.normal(size=(2, 6, 3))
    assert_same_step(pytorch, ours, theirs, x, dy)


# ----------------------------------------------------------------- batch norm on its own


def test_starts_neutral():
    layer = nn.BatchNorm2d(3)
    for name, value in zip(STATE, (1, 0, 0, 1, 0), strict=True):
        np.testing.assert_array_equal(getattr(layer, name), value)
    assert {a.dtype.name for a in layer.state_dict().values()} == {"float32", "int64"}
    assert layer.training


def test_cumulative_average_is_the_mean_of_the_batches(rng):
    layer = nn.BatchNorm1d(2, momentum=None, dtype=np.float64)
    batches = rng.normal(size=(5, 8, 2))
    for x in batches:
        layer(x)
    np.testing.assert_allclose(layer.running_mean, batches.mean((0, 1)), rtol=1e-12)
    np.testing.assert_allclose(layer.running_var, batches.var(1, ddof=1).mean(0), rtol=1e-12)


def test_reset_restarts_the_average_in_the_same_arrays(rng):
    layer = nn.BatchNorm1d(2, momentum=None, dtype=np.float64)
    buffers = layer.buffers()
    layer(rng.normal(size=(8, 2)))
    layer.reset_running_stats()
    for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
        assert getattr(layer, name) is buffers[name]
        np.testing.assert_array_equal(buffers[name], np.full_like(buffers[name], value))
    x = rng.normal(size=(8, 2))
    layer(x)
    np.testing.assert_allclose(layer.running_mean, x.mean(0), rtol=1e-12)


def test_reset_without_running_statistics_does_nothing():
    layer = nn.BatchNorm1d(2, track_running_stats=False)
    layer.reset_running_stats()
    assert layer.running_mean is layer.running_var is layer.num_batches_tracked is None


def test_without_running_statistics_evaluation_equals_training(rng):
    layer = nn.BatchNorm1d(3, track_running_stats=False, dtype=np.float64)
    x, dy = rng.normal(size=(2, 5, 3))
    y, dx = layer(x), layer.backward(dy)
    layer.eval()
    np.testing.assert_array_equal(layer(x), y)
    np.testing.assert_array_equal(layer.backward(dy), dx)


@pytest.mark.parametrize(("name", "allowed"), [("1d", {2, 3}), ("2d", {4}), ("3d", {5})])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_number_of_axes(name, allowed, training):
    layer = getattr(nn, f"BatchNorm{name}")(3).train(training)
    for ndim in range(1, 7):
        x = np.ones((2, 3, 2, 2, 2, 2)[:ndim])
        if ndim in allowed:
            assert layer(x).shape == x.shape
        else:
            with pytest.raises(ValueError, match=rf"expected .*D input \(got {ndim}D input\)"):
                layer(x)


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("channels", [1, 2, 4])
def test_number_of_channels(channels, affine):
    layer = nn.BatchNorm1d(3, affine=affine, track_running_stats=affine)
    with pytest.raises(ValueError, match=rf"expected 3 channels \(axis 1\), got {channels}"):
        layer(np.ones((4, channels)))


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1)])
@pytest.mark.parametrize("momentum", [0.1, None])
def test_one_value_per_channel(shape, momentum):
    layer = nn.BatchNorm1d(3, momentum=momentum)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(np.ones(shape))
    assert layer.num_batches_tracked == 0
    assert layer.eval()(np.ones(shape)).shape == shape


BAD = [
    ({"num_features": 0}, "num_features must be a whole number of at least 1, got 0"),
    ({"num_features": 2.5}, "num_features must be a whole number of at least 1, got 2.5"),
    ({"eps": 0.0}, "eps must be a finite number above 0, got 0.0"),
    ({"eps": -1.0}, "eps must be a finite number above 0, got -1.0"),
    ({"eps": float("nan")}, "eps must be a finite number above 0, got nan"),
    ({"momentum": float("inf")}, "momentum must be a finite number or None, got inf"),
    ({"eps": "a"}, "eps must be a finite number above 0, got 'a'"),
    ({"eps": None}, "eps must be a finite number above 0, got None"),
    ({"momentum": "a"}, "momentum must be a finite number or None, got 'a'"),
    ({"dtype": int}, "dtype must be a float type, got int64"),
]


@pytest.mark.parametrize(("options", "message"), BAD)
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        nn.BatchNorm1d(**{"num_features": 3} | options)


# ----------------------------------------------------------------- states


def test_round_trip_goes_on_identically(rng):
    layer = nn.BatchNorm1d(3, momentum=None, dtype=np.float64)
    for x in rng.normal(size=(3, 6, 3)):
        layer(x)
    layer.weight += 1
    other = nn.BatchNorm1d(3, momentum=None, dtype=np.float64)
    other.load_state_dict(layer.state_dict())
    x = rng.normal(size=(6, 3))
    np.testing.assert_array_equal(layer(x), other(x))
    assert tuple(layer.state_dict()) == STATE
    for name, a in layer.state_dict().items():
        np.testing.assert_array_equal(a, other.state_dict()[name])


def test_a_state_is_a_copy(rng):
    layer = nn.BatchNorm1d(3, dtype=np.float64)
    state = layer.state_dict()
    layer(rng.normal(size=(6, 3)))
    assert state["num_batches_tracked"] == 0
    np.testing.assert_array_equal(state["running_mean"], 0)


def test_parameters_are_live_and_stay_the_same_arrays():
    layer = nn.BatchNorm1d(3)
    weight = layer.parameters()["weight"]
    layer.load_state_dict(layer.state_dict() | {"weight": np.full(3, 2.0)})
    assert layer.weight is weight
    np.testing.assert_array_equal(weight, np.full(3, 2.0, np.float32))


BAD_STATES = [
    (lambda state: state.pop("bias"), r"missing \['bias'\], unexpected \[\]"),
    (lambda state: state.update(gamma=np.ones(3)), r"missing \[\], unexpected \['gamma'\]"),
    (lambda state: state.update(running_var=np.ones(4)), r"running_var must have the shape \(3,\)"),
    (lambda state: state.update(running_var=np.ones(1)), r"running_var must have the shape \(3,\)"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD_STATES)
def test_bad_states_are_refused_as_a_whole(spoil, message):
    layer = nn.BatchNorm1d(3)
    state = layer.state_dict() | {"weight": np.full(3, 9.0)}
    spoil(state)
    with pytest.raises(ValueError, match=message):
        layer.load_state_dict(state)
    np.testing.assert_array_equal(layer.weight, 1)


@pytest.mark.parametrize("name", [*NORMS, "InstanceNorm2d"])
def test_a_state_from_before_the_counter_loads(pytorch, rng, name):
    """PyTorch 0.4.1 brought num_batches_tracked; its older states have none."""
    shape = NORMS.get(name, (4, 3, 5, 2))
    theirs = getattr(pytorch.nn, name)(3, track_running_stats=True, dtype=pytorch.float64)
    theirs(pytorch.tensor(rng.normal(size=shape)))
    old = dict(theirs.state_dict())
    del old["num_batches_tracked"]
    theirs = getattr(pytorch.nn, name)(3, track_running_stats=True, dtype=pytorch.float64)
    theirs.load_state_dict(old)
    ours = getattr(nn, name)(3, track_running_stats=True, dtype=np.float64)
    ours.load_state_dict({name: a.numpy() for name, a in old.items()})
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    for key, a in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[key], a.numpy())


def test_a_state_from_before_the_counter_sets_it_to_0(rng):
    net = nn.Sequential(nn.Linear(3, 3, rng=0), nn.Sequential(nn.BatchNorm1d(3, momentum=None)))
    net(rng.normal(size=(5, 3)))
    state = net.state_dict()
    assert state.pop("1.0.num_batches_tracked") == 1
    given = state.copy()
    net.load_state_dict(state)
    assert net.state_dict()["1.0.num_batches_tracked"] == 0
    assert state.keys() == given.keys()
    state.pop("1.0.running_mean")
    with pytest.raises(ValueError, match=r"missing \['1.0.running_mean'\]"):
        net.load_state_dict(state)
