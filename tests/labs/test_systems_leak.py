"""What pure batches leak through batch norm: five discriminators."""

import numpy as np
import pytest

from bnviz.core import nn
from bnviz.labs.arm import Arm, finish
from bnviz.labs.placement import leak
from tests.held.share import TEN
from tests.lessons import over

SEEING, BLIND = ("dense_but_first", "padded"), ("linear", "dense", "unpadded")


def right(name, shift, seed):
    return finish(Arm(leak.learn, (name, shift, seed)))


@over(TEN[1:], always=0)  # the first one: the transfer question of tests/held/placement.py
@pytest.mark.checks(
    "Pure batches leak a shift of the mean through zero padding and through a layer without BN",
    how="five discriminators, 200 steps of Adam, two fresh seeds of ten",
    tolerance="more than 85% right for these two, 40% to 60% for the others",
)
def test_the_border_and_the_first_layer_leak_and_the_others_do_not(seed):
    assert right("padded", 0.5, seed) > 0.9
    assert right("dense_but_first", 0.5, seed) > 0.85
    for name in BLIND:
        assert 0.45 < right(name, 0.5, seed) < 0.55


@pytest.mark.parametrize("name", SEEING)
def test_without_a_shift_there_is_nothing_to_see(name):
    assert 0.45 < right(name, 0.0, 10) < 0.55


@pytest.mark.parametrize("name", BLIND)
def test_those_that_guess_send_a_shift_of_all_samples_nowhere(name):
    network = leak.NETWORKS[name](np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(leak.N, leak.SIDE**2))
    np.testing.assert_allclose(network(x + 3.0), network(x), atol=1e-4)


@pytest.mark.parametrize("name", SEEING)
def test_those_that_see_it_send_it_on(name):
    network = leak.NETWORKS[name](np.random.default_rng(0))
    x = np.random.default_rng(1).normal(size=(leak.N, leak.SIDE**2))
    assert np.abs(network(x + 3.0) - network(x)).max() > 0.05


def test_the_layers_of_pictures_have_the_right_gradients():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(3, leak.SIDE**2)), rng.normal(size=(3, 1))
    layers = nn.Sequential(leak.Pictures(), leak.MeanOfPixels())
    layers(x)
    np.testing.assert_allclose(layers.backward(w), np.repeat(w, leak.SIDE**2, 1) / leak.SIDE**2)
