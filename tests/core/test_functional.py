"""Batch norm as a function: against PyTorch, what it changes, and what it refuses."""

import numpy as np
import pytest

from bnviz import reference
from bnviz.core import functional as F
from tests.core.inputs import draw, run

SHAPES = {
    "table": (5, 3),
    "batch of two": (2, 3),
    "sequence": (4, 3, 6),
    "one sequence": (1, 3, 6),
    "image": (3, 4, 5, 2),
    "one image": (1, 4, 5, 2),
    "one channel": (3, 1, 4, 4),
    "one pixel": (6, 4, 1, 1),
    "volume": (2, 3, 2, 3, 4),
}
TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def assert_same(ours, theirs, **tolerance):
    for name, wanted in theirs.items():
        if wanted is not None:
            assert ours[name].dtype == wanted.dtype, name
            np.testing.assert_allclose(ours[name], wanted, err_msg=name, **tolerance)


@pytest.mark.usefixtures("pytorch")
@pytest.mark.checks(
    "batch norm: output, gradients, running statistics; also over 30 steps",
    how="PyTorch, float64",
    tolerance=TIGHT,
)
class TestAgainstPyTorch:
    @pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
    @pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
    def test_forward_and_backward(self, rng, shape, training):
        inputs, dy = draw(rng, shape), rng.normal(size=shape)
        options = {"training": training, "momentum": 0.3, "eps": 1e-3}
        theirs = reference.batch_norm(**inputs, **options, dy=dy)
        assert theirs["dgamma"] is not None
        assert_same(run(inputs, dy, **options), theirs, **TIGHT)

    @pytest.mark.parametrize("eps", [1e-8, 1e-5, 0.1, 1.0, 100.0])
    @pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
    def test_eps_is_inside_the_root(self, rng, eps, training):
        inputs, dy = draw(rng, (6, 3)), rng.normal(size=(6, 3))
        theirs = reference.batch_norm(**inputs, training=training, eps=eps, dy=dy)
        assert_same(run(inputs, dy, training=training, eps=eps), theirs, **TIGHT)

    def test_running_statistics_may_be_missing_in_training(self, rng):
        inputs, dy = draw(rng, (4, 3)), rng.normal(size=(4, 3))
        inputs |= {"running_mean": None, "running_var": None}
        assert_same(run(inputs, dy), reference.batch_norm(**inputs, dy=dy), **TIGHT)

    @pytest.mark.parametrize("momentum", [0.0, 0.01, 0.1, 1.0, -1.0, 1.5])
    def test_running_statistics_after_many_steps(self, rng, momentum):
        inputs = draw(rng, (4, 3, 2, 2))
        ours = {name: inputs[name].copy() for name in ("running_mean", "running_var")}
        theirs = {name: a.copy() for name, a in ours.items()}
        for _ in range(30):
            x = rng.normal(3.0, 2.0, inputs["x"].shape)
            F.batch_norm(x, **ours, momentum=momentum)
            result = reference.batch_norm(x, **theirs, momentum=momentum)
            theirs = {name: result[name] for name in theirs}
        assert_same(ours, theirs, **TIGHT)

    def test_constant_feature(self, rng):
        inputs, dy = draw(rng, (6, 3)), rng.normal(size=(6, 3))
        inputs["x"][:, 1] = 7.0
        theirs = reference.batch_norm(**inputs, dy=dy)
        assert_same(run(inputs, dy), theirs, rtol=1e-9, atol=1e-10)

    def test_huge_mean(self, rng):
        inputs, dy = draw(rng, (8, 3)), rng.normal(size=(8, 3))
        inputs["x"] += 1e6
        theirs = reference.batch_norm(**inputs, dy=dy)
        assert_same(run(inputs, dy), theirs, rtol=1e-8, atol=1e-8)

    def test_float32(self, rng):
        inputs, dy = draw(rng, (16, 3, 4, 4), np.float32), rng.normal(size=(16, 3, 4, 4))
        dy = dy.astype(np.float32)
        assert_same(run(inputs, dy), reference.batch_norm(**inputs, dy=dy), rtol=1e-4, atol=1e-5)

    def test_one_value_per_channel_has_the_same_message(self):
        with pytest.raises(ValueError, match="Expected more than 1 value per channel") as theirs:
            reference.batch_norm(np.ones((1, 3)))
        with pytest.raises(ValueError, match="Expected more than 1 value per channel") as ours:
            F.batch_norm(np.ones((1, 3)))
        words = str(theirs.value).partition("torch.Size")[0]
        assert str(ours.value) == words + "(1, 3)"


# ----------------------------------------------------------------- what is changed, and what not


def test_gradients_of_one_row_are_not_views_of_dy(rng):
    dy = rng.normal(size=(1, 3))
    _, cache = F.batch_norm(**draw(rng, (1, 3)), training=False)
    _, _, dbeta = F.batch_norm_backward(dy, cache)
    assert not np.shares_memory(dbeta, dy)


def test_momentum_zero_leaves_and_one_overwrites_the_running_statistics(rng):
    x, start = rng.normal(size=(5, 2)), np.array([4.0, 5.0])
    mean, var = start.copy(), start.copy()
    F.batch_norm(x, None, None, mean, var, momentum=0.0)
    np.testing.assert_array_equal([mean, var], [start, start])
    F.batch_norm(x, None, None, mean, var, momentum=1.0)
    np.testing.assert_allclose(mean, x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(var, x.var(0, ddof=1), rtol=1e-12)


def test_running_statistics_do_not_touch_the_training_output(rng):
    inputs = draw(rng, (5, 3))
    without = run(inputs | {"running_mean": None, "running_var": None})
    np.testing.assert_array_equal(run(inputs)["y"], without["y"])


def test_evaluation_changes_nothing_and_is_repeatable(rng):
    inputs = draw(rng, (5, 3))
    before = {name: a.copy() for name, a in inputs.items()}
    first, _ = F.batch_norm(**inputs, training=False)
    again, _ = F.batch_norm(**inputs, training=False)
    np.testing.assert_array_equal(first, again)
    for name, a in inputs.items():
        np.testing.assert_array_equal(a, before[name])


@pytest.mark.checks(
    "batch norm in evaluation: dx has no terms of the statistics",
    how="the formula",
    tolerance="relative 1e-12",
)
def test_evaluation_treats_the_statistics_as_constants(rng):
    inputs, dy = draw(rng, (5, 3)), rng.normal(size=(5, 3))
    result = run(inputs, dy, training=False, eps=0.1)
    inv_std = 1 / np.sqrt(inputs["running_var"] + 0.1)
    np.testing.assert_allclose(result["dx"], dy * inputs["gamma"] * inv_std, rtol=1e-12)


def test_evaluation_accepts_one_value_per_channel(rng):
    inputs = draw(rng, (1, 3))
    y = run(inputs, training=False, eps=0.0)["y"]
    wanted = (inputs["x"] - inputs["running_mean"]) / np.sqrt(inputs["running_var"])
    np.testing.assert_allclose(y, wanted * inputs["gamma"] + inputs["beta"], rtol=1e-12)


def test_running_variance_of_zero_works_through_eps():
    y, _ = F.batch_norm(
        np.array([[3.0]]), None, None, np.zeros(1), np.zeros(1), training=False, eps=0.25
    )
    assert y == [[6.0]]


# ----------------------------------------------------------------- bad input


@pytest.mark.parametrize("shape", [(1, 3), (1, 3, 1), (1, 3, 1, 1)])
def test_one_value_per_channel_is_refused_in_training_and_records_nothing(rng, shape):
    inputs = draw(rng, shape)
    before = inputs["running_mean"].copy()
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        F.batch_norm(**inputs)
    np.testing.assert_array_equal(inputs["running_mean"], before)


@pytest.mark.parametrize("name", ["running_mean", "running_var"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_one_running_statistic_alone_is_refused(rng, name, training):
    with pytest.raises(ValueError, match="must either both be None or neither be None"):
        F.batch_norm(**draw(rng, (4, 3)) | {name: None}, training=training)


@pytest.mark.parametrize("wrong", [[0.0, 0.0, 0.0], np.zeros(3, int)], ids=["list", "int"])
def test_running_statistics_that_cannot_be_updated_are_refused(rng, wrong):
    with pytest.raises(ValueError, match="running_mean is updated in place"):
        F.batch_norm(**draw(rng, (4, 3)) | {"running_mean": wrong})


@pytest.mark.parametrize("number", [np.float32(0.1), np.array(0.1), np.float64(0.1)])
def test_numbers_of_numpy_are_numbers(rng, number):
    """And float32 stays float32 beside them."""
    x = rng.normal(size=(4, 3)).astype(np.float32)
    y, _ = F.batch_norm(x, None, None, np.zeros(3), np.ones(3), momentum=number, eps=number)
    np.testing.assert_allclose(y, F.batch_norm(x, eps=0.1)[0], rtol=1e-6)
    assert y.dtype == np.float32
