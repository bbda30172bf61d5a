"""The layers that are kin of batch norm, beside their namesakes in torch.nn."""

import inspect

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

# Name, positional arguments, shape of the input, options.
LAYERS = [
    ("LayerNorm", (5,), (4, 5), {}),
    ("LayerNorm", ((3, 5),), (2, 3, 5), {"eps": 0.1}),
    ("LayerNorm", (5,), (4, 5), {"bias": False}),
    ("LayerNorm", (5,), (4, 5), {"elementwise_affine": False}),
    ("LayerNorm", (5,), (0, 5), {}),
    ("RMSNorm", (5,), (4, 5), {}),
    ("RMSNorm", ((3, 5),), (2, 3, 5), {"eps": 0.1}),
    ("RMSNorm", (5,), (4, 5), {"elementwise_affine": False}),
    ("GroupNorm", (2, 6), (3, 6), {}),
    ("GroupNorm", (3, 6), (2, 6, 2, 2), {"eps": 0.1}),
    ("GroupNorm", (2, 6), (3, 6), {"affine": False}),
    ("GroupNorm", (2, 6), (3, 6, 2), {"bias": False}),
    ("InstanceNorm1d", (3,), (2, 3, 4), {}),
    ("InstanceNorm2d", (3,), (2, 3, 4, 2), {"affine": True, "eps": 0.1}),
    ("InstanceNorm3d", (3,), (2, 3, 2, 2, 2), {"affine": True}),
    ("InstanceNorm1d", (3,), (2, 3, 4), {"affine": True, "bias": False}),
    ("InstanceNorm1d", (3,), (2, 3, 4), {"affine": True, "track_running_stats": True}),
    ("InstanceNorm2d", (3,), (2, 3, 4, 2), {"track_running_stats": True, "momentum": 0.7}),
]
IDS = [f"{name}{args}{options or ''}" for name, args, _, options in LAYERS]
every_layer = pytest.mark.parametrize(("name", "args", "shape", "options"), LAYERS, ids=IDS)


def make(name, args, options, dtype=np.float64):
    """The layer with parameters that are not at a special value."""
    layer = getattr(nn, name)(*args, **options, dtype=dtype)
    rng = np.random.default_rng(1)
    for a in layer.parameters().values():
        a[...] = rng.normal(size=a.shape)
    return layer


@every_layer
@pytest.mark.checks(
    "LayerNorm, GroupNorm, InstanceNorm, RMSNorm as layers: steps and evaluation",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_steps_and_evaluation_are_those_of_pytorch(pytorch, rng, name, args, shape, options):
    ours = make(name, args, options)
    theirs = getattr(pytorch.nn, name)(*args, **options, dtype=pytorch.float64)
    theirs.load_state_dict({n: pytorch.tensor(a) for n, a in ours.state_dict().items()})
    for training in (True, True, False, True):
        ours.train(training), theirs.train(training)
        x, dy = rng.normal(1.0, 2.0, shape), rng.normal(size=shape)
        assert_same_step(pytorch, ours, theirs, x, dy, skip=["num_batches_tracked"])


NAMES = sorted({name for name, *_ in LAYERS} | {f"BatchNorm{n}d" for n in (1, 2, 3)})


@pytest.mark.parametrize("name", NAMES)
def test_same_constructor_as_pytorch(pytorch, name):
    """Same names and defaults, in the same order where the order counts."""
    ours = dict(inspect.signature(getattr(nn, name)).parameters)
    theirs = dict(inspect.signature(getattr(pytorch.nn, name)).parameters)
    positional = [n for n, p in ours.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert positional == list(theirs)[: len(positional)]
    assert ours.keys() == theirs.keys() - {"device"}
    for parameter in ours.keys() - {"dtype"}:
        assert ours[parameter].default == theirs[parameter].default
    assert ours["dtype"].default is np.float32


@every_layer
def test_finite_differences(name, args, shape, options):
    layer, rng = make(name, args, options), np.random.default_rng(3)
    layer.eps = 0.1
    assert_finite_differences(layer, *rng.normal(size=(2, *shape)))


@every_layer
def test_every_layer_leaves_its_input_alone_and_checks_dy(rng, name, args, shape, options):
    layer = make(name, args, options, np.float32)
    assert_leaves_inputs_alone_and_checks_dy(layer, *rng.normal(size=(2, *shape)))
    assert layer(np.zeros(shape, np.float32)).dtype == np.float32


@pytest.mark.parametrize("norm", ["LayerNorm", "RMSNorm", "GroupNorm"])
def test_training_and_evaluation_are_the_same(rng, norm):
    layer = make(norm, (2, 6) if norm == "GroupNorm" else (6,), {})
    x = rng.normal(size=(3, 6))
    np.testing.assert_array_equal(layer(x), layer.eval()(x))
    assert not layer.buffers()


test_what_does_not_fit_is_refused = refused(
    (lambda: nn.LayerNorm(()), "normalized_shape must name at least one axis"),
    (lambda: nn.LayerNorm((3, 0)), "each size in normalized_shape must be a whole number of at"),
    (lambda: nn.LayerNorm(2.5), "each size in normalized_shape must be a whole number of at least"),
    (lambda: nn.LayerNorm(3, eps=0.0), "eps must be a finite number above 0, got 0.0"),
    (lambda: nn.LayerNorm(3, dtype=int), "dtype must be a float type"),
    (lambda: nn.LayerNorm(3)(np.ones((2, 4))), "x must end in the normalized_shape"),
    (lambda: nn.RMSNorm(()), "normalized_shape must name at least one axis"),
    (lambda: nn.RMSNorm(3, eps=-1.0), "eps must be a finite number above 0, got -1.0"),
    (lambda: nn.RMSNorm(3)(np.ones((2, 4))), "x must end in the normalized_shape"),
    (lambda: nn.GroupNorm(4, 6), "num_groups must divide the 6 channels, got 4"),
    (lambda: nn.GroupNorm(0, 6), "num_groups must be a whole number of at least 1"),
    (lambda: nn.GroupNorm(1, 0), "num_channels must be a whole number of at least 1"),
    (lambda: nn.GroupNorm(2, 6, eps=np.nan), "eps must be a finite number above 0"),
    (lambda: nn.GroupNorm(2, 6)(np.ones((2, 4))), r"x must have the shape \(N, 6, ...\)"),
    (lambda: nn.GroupNorm(2, 6)(np.ones(6)), r"x must have the shape \(N, 6, ...\)"),
    (lambda: nn.InstanceNorm1d(0), "num_features must be a whole number of at least 1"),
    (lambda: nn.InstanceNorm1d(3, eps=0.0), "eps must be a finite number above 0"),
    (lambda: nn.InstanceNorm1d(3)(np.ones((3, 4))), r"expected 3D input \(got 2D input\)"),
    (lambda: nn.InstanceNorm2d(3)(np.ones((2, 3, 4))), r"expected 4D input \(got 3D input\)"),
    (lambda: nn.InstanceNorm3d(3)(np.ones((2, 3, 4))), r"expected 5D input \(got 3D input\)"),
    (lambda: nn.InstanceNorm1d(3)(np.ones((2, 4, 5))), r"expected 3 channels \(axis 1\), got 4"),
    (lambda: nn.InstanceNorm1d(3)(np.ones((2, 3, 1))), "Expected more than 1 spatial element"),
)


def test_instance_norm_counts_and_averages_where_pytorch_does_not(pytorch, rng):
    """The differences that its docstring names."""
    options = {"track_running_stats": True, "momentum": None}
    ours = nn.InstanceNorm1d(2, **options, dtype=np.float64)
    theirs = pytorch.nn.InstanceNorm1d(2, **options, dtype=pytorch.float64)
    xs = rng.normal(size=(3, 4, 2, 5))
    for x in xs:
        ours(x), theirs(pytorch.tensor(x))
    assert (ours.num_batches_tracked, theirs.num_batches_tracked) == (3, 0)
    np.testing.assert_allclose(ours.running_mean, xs.mean((0, 1, 3)), rtol=1e-12)
    np.testing.assert_array_equal(theirs.running_mean, 0)
