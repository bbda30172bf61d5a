"""Softmax cross-entropy against PyTorch, at extreme logits, and on bad labels."""

import numpy as np
import pytest

from bnviz.core.gradcheck import central_differences
from bnviz.core.losses import cross_entropy, cross_entropy_alone


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (7, 2), (16, 10)])
@pytest.mark.parametrize("scale", [0.1, 1.0, 100.0])
@pytest.mark.checks(
    "cross-entropy and its gradient",
    how="PyTorch, float64",
    tolerance="relative 1e-9, absolute 1e-12",
)
def test_against_pytorch(pytorch, rng, shape, scale):
    logits = rng.normal(0.0, scale, shape)
    labels = rng.integers(0, shape[1], shape[0])
    leaf = pytorch.tensor(logits, requires_grad=True)
    wanted = pytorch.nn.functional.cross_entropy(leaf, pytorch.tensor(labels))
    wanted.backward()
    loss, dlogits = cross_entropy(logits, labels)
    assert isinstance(loss, float)
    assert cross_entropy_alone(logits, labels) == loss
    np.testing.assert_allclose(loss, wanted.item(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(dlogits, leaf.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_gradient_by_differences(rng):
    logits, labels = rng.normal(size=(4, 3)), np.array([0, 2, 1, 1])
    _, dlogits = cross_entropy(logits, labels)
    numerical = central_differences(lambda z: cross_entropy(z, labels)[0], logits, np.float64(1.0))
    np.testing.assert_allclose(dlogits, numerical, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_do_not_overflow(dtype):
    logits = np.array([[1e4, -1e4], [1e4, -1e4], [1e30, 1e30]], dtype)
    loss, dlogits = cross_entropy(logits, np.array([0, 1, 0]))
    np.testing.assert_allclose(loss, (0 + 2e4 + np.log(2)) / 3, rtol=1e-6)
    np.testing.assert_allclose(dlogits * 3, [[0, 0], [1, -1], [-0.5, 0.5]], atol=1e-6)
    assert dlogits.dtype == dtype


def test_even_guessing_costs_the_log_of_the_classes():
    loss, _ = cross_entropy(np.zeros((5, 10)), np.arange(5))
    assert loss == pytest.approx(np.log(10))


def test_a_common_shift_of_the_logits_changes_nothing(rng):
    logits, labels = rng.normal(size=(4, 3)), np.array([0, 1, 2, 0])
    first, again = cross_entropy(logits, labels), cross_entropy(logits + 50, labels)
    np.testing.assert_allclose(first[0], again[0], rtol=1e-12)
    np.testing.assert_allclose(first[1].sum(axis=1), 0, atol=1e-15)


def test_inputs_are_not_modified(rng):
    logits, labels = rng.normal(size=(4, 3)), np.array([0, 1, 2, 0])
    logits.flags.writeable = labels.flags.writeable = False
    cross_entropy(logits, labels)


BAD = [
    (np.zeros(3), np.array([0]), r"logits must have the shape \(N, K\)"),
    (np.zeros((0, 3)), np.array([], int), r"logits must have the shape \(N, K\) and hold"),
    (np.zeros((2, 0)), np.array([0, 0]), r"logits must have the shape \(N, K\) and hold"),
    (np.zeros((2, 3), int), np.array([0, 1]), "logits must be an array of floats, got int64"),
    (np.zeros((2, 3)), np.array([0]), r"labels must be 2 whole numbers.*shape \(1,\)"),
    (np.zeros((2, 3)), np.array([[0], [1]]), r"labels must be 2 whole numbers.*shape \(2, 1\)"),
    (np.zeros((2, 3)), np.array([0.0, 1.0]), "labels must be 2 whole numbers.*float64"),
    (np.zeros((2, 3)), np.array([True, False]), "labels must be 2 whole numbers.*bool"),
    (np.zeros((2, 3)), np.array([0, 3]), "labels must be from 0 to 2, got 0 to 3"),
    (np.zeros((2, 3)), np.array([-1, 1]), "labels must be from 0 to 2, got -1 to 1"),
]


@pytest.mark.parametrize(("logits", "labels", "message"), BAD)
def test_bad_input(logits, labels, message):
    with pytest.raises(ValueError, match=message):
        cross_entropy(logits, labels)
