"""What the lab on real systems says of gamma and beta alone, over several seeds."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.train.batches import batch_order
from bnviz.labs.systems import LAB, Settings
from bnviz.labs.systems.sweep import WIDTHS
from bnviz.labs.systems.training import (
    ARMS,
    BATCH_SIZE,
    LR,
    N_STEPS,
    advance,
    learning,
    n_learned,
    near_zero,
    spec,
    start,
)

SEEDS = range(3)


def test_what_does_not_learn_stays_as_it_was_drawn():
    networks = start(25, 3)
    now = networks.parameters
    weights, gamma = [w.copy() for w in now.weights], now.gamma.copy()
    advance(networks, 20)
    output, only, both, _ = range(len(ARMS))
    for layer in (0, 1):
        for arm in (output, only, both):
            np.testing.assert_array_equal(now.weights[layer][arm], weights[layer][arm])
    np.testing.assert_array_equal(now.weights[2][only], weights[2][only])
    np.testing.assert_array_equal(now.gamma[:, output], gamma[:, output])
    assert (now.weights[2][output] != weights[2][output]).any()
    assert (now.gamma[:, only] != gamma[:, only]).all()
    assert (now.weights[0][3] != weights[0][3]).any()


@pytest.mark.checks(
    "gamma and beta that learn alone",
    how="gradient descent on them only, in the readable network, float32, 5 steps",
    tolerance="1e-3",
)
def test_gamma_and_beta_move_as_if_there_were_nothing_else():
    width, seed, n = 25, 1, 5
    split, of = data.load("digits"), spec(width)
    weights = mlp_weights(of.sizes, "relu", 1.0, seed)
    order = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
    parameters = Parameters.start(of, weights, np.float64)
    for examples in order[:n]:
        done = forward(of, parameters, split.x_train[examples])
        _, dlogits = cross_entropy(done.logits, split.y_train[examples])
        parameters.affine[...] -= LR * backward(of, parameters, done, dlogits).affine
    networks = start(width, seed)
    advance(networks, n)
    np.testing.assert_allclose(networks.parameters.affine[:, :, 1], parameters.affine, atol=1e-3)


def test_the_numbers_that_learn_are_counted():
    d, k = data.load("digits").x_train.shape[1], 10
    for width in (25, 100):
        head, affine_, both, all_ = n_learned(width)
        assert (head, affine_, both) == (width * k + k, 4 * width, width * k + k + 4 * width)
        assert all_ == both + d * width + width * width
        assert (learning(spec(width)).sum()) == head + affine_ + both + all_


@pytest.fixture(scope="module", params=SEEDS)
def learned(request):
    return LAB.run("affine", Settings(seed=request.param)).found.learned


def test_gamma_and_beta_alone_classify_most_digits_at_width_fifty(learned):
    output, only, both, all_ = learned.accuracy
    assert 0.6 < only < 0.8
    assert only + 0.1 < output < both + 0.02
    assert all_ > 0.96


def test_few_gammas_end_near_zero_and_nothing_makes_them_equal(learned):
    near = near_zero(learned.gamma)
    assert 0 < near[1] < 1 / 8
    assert near[3] == 0
    assert learned.gamma[1].std() > 0.8
    assert learned.gamma[3].std() > 0.1
    assert (learned.gamma[0] == 1).all()


def test_recorded_gamma_and_beta_gain_with_width_and_never_pass_the_output_layer():
    found = LAB.run("affine", Settings(width=25)).found
    output, only, both, all_ = np.moveaxis(found.accuracy, 1, 0)
    assert found.accuracy.shape == (len(WIDTHS), len(ARMS), 5)
    assert (np.diff(only.mean(axis=-1)) > 0).all()
    np.testing.assert_allclose(only.mean(axis=-1)[[1, 4]], [0.70, 0.94], atol=0.005)
    assert (output > only).all()
    assert (both.mean(axis=-1) > output.mean(axis=-1)).all()
    assert (all_.mean(axis=-1) > both.mean(axis=-1)).all()
    assert found.near_zero[:, 1].max() < 1 / 8
    assert found.near_zero[:, 3].max() == 0


def test_the_sentence_and_the_table_have_the_numbers_of_the_trace():
    trace, view = LAB.run("affine", Settings(width=25)), LAB.view("affine")
    assert f"**{trace.found.learned.accuracy[1]:.0%}**" in view.takeaway(trace)
    assert len(view.table(trace)["value"]) == 2 * (1 + len(WIDTHS)) * len(ARMS)
