"""The door to PyTorch: what it says where there is none, and that it changes nothing."""

import sys

import numpy as np
import pytest

from bnviz import reference


def test_a_missing_pytorch_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError, match="needs PyTorch, which is not installed"):
        reference.batch_norm(np.ones((4, 3)))


def test_a_missing_pytorch_has_no_version(monkeypatch):
    def nothing(name):
        raise reference.PackageNotFoundError(name)

    monkeypatch.setattr(reference, "version", nothing)
    assert reference.torch_version() is None


def test_the_version_is_that_of_the_installed_pytorch(pytorch):
    assert reference.torch_version() == pytorch.__version__


@pytest.mark.usefixtures("pytorch")
def test_the_reference_modifies_nothing(rng):
    inputs = {name: rng.uniform(0.5, 2.0, 3) for name in ("gamma", "beta")}
    inputs |= {"x": rng.normal(size=(5, 3)), "running_mean": np.zeros(3), "running_var": np.ones(3)}
    dy = rng.normal(size=(5, 3))
    before = {name: a.copy() for name, a in inputs.items()}
    result = reference.batch_norm(**inputs, dy=dy)
    for name, a in inputs.items():
        np.testing.assert_array_equal(a, before[name])
    assert not np.array_equal(result["running_mean"], before["running_mean"])
