"""The lab on scale invariance: its numbers against PyTorch, its input, its run in pieces."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.labs.scale import Settings, balance, flat, pace
from bnviz.labs.scale.learner import Learner, hidden, turned
from bnviz.labs.scale.settings import SCALES
from bnviz.labs.scale.trace import Experiment


@pytest.fixture(scope="module")
def trace():
    experiment = Experiment(Settings())
    while not experiment.finished:
        experiment.advance()
    return experiment.trace()


@pytest.mark.checks(
    "lab Scale: loss and gradient norm at every weight scale",
    how="PyTorch",
    tolerance="relative 1e-9",
)
def test_loss_and_gradient_are_those_of_pytorch(pytorch, trace):
    split = data.load("digits")
    x = pytorch.tensor(split.x_train[: flat.N_IMAGES].astype(np.float64))
    labels = pytorch.tensor(split.y_train[: flat.N_IMAGES].astype(np.int64))
    spec_weights = Learner(Settings(), 1, lr=1.0).parameters
    for a, scale in enumerate(SCALES):
        h, leaves = x, []
        for weight in hidden(spec_weights):
            leaves.append(pytorch.tensor(scale * weight, requires_grad=True))
            z = h @ leaves[-1]
            h = pytorch.relu(pytorch.nn.functional.batch_norm(z, None, None, training=True))
        logits = h @ pytorch.tensor(spec_weights.weights[-1].copy())
        loss = pytorch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        norm = pytorch.cat([leaf.grad.ravel() for leaf in leaves]).norm()
        assert trace.flat.loss[0, a] == pytest.approx(loss.item(), rel=1e-9)
        assert trace.flat.gradient_norm[0, a] == pytest.approx(norm.item(), rel=1e-9)


def test_the_angle_is_that_between_the_weights(rng):
    before, after = rng.normal(size=(2, 6, 4))
    product = (before * after).sum(0)
    product /= np.linalg.norm(before, axis=0) * np.linalg.norm(after, axis=0)
    assert turned([before], [after]) == pytest.approx(np.sqrt((np.arccos(product) ** 2).mean()))


def test_decay_and_rate_reach_the_hidden_weights_only():
    plain, other = (
        Learner(Settings(), 1, lr=0.5, lr_hidden=rate, weight_decay=decay)
        for rate, decay in ((None, 0.0), (2.0, 0.1))
    )
    start = [w.copy() for w in plain.parameters.weights]
    plain.advance(), other.advance()
    last = [learner.parameters.weights[-1] for learner in (plain, other)]
    np.testing.assert_array_equal(*last)
    for w, ours, theirs in zip(start[:-1], hidden(plain.parameters), hidden(other.parameters),
                               strict=True):  # fmt: skip
        gradient = (w - ours) / 0.5
        np.testing.assert_allclose(theirs, w - 2.0 * (gradient + 0.1 * w), atol=1e-12)


def test_noise_draws_that_share_of_the_labels_anew():
    quiet, noisy = (Learner(Settings(), 60, lr=0.3, noise=noise) for noise in (0.0, 0.5))
    for learner in (quiet, noisy):
        while not learner.finished:
            learner.advance()
    assert noisy.path.loss[-20:].mean() > quiet.path.loss[-20:].mean() + 0.5


def test_a_run_whose_numbers_overflow_ends():
    learner = Learner(Settings(), 60, lr=0.3)
    learner.parameters.flat[...] = np.nan
    learner.advance()
    assert learner.finished
    assert learner.path.n_done == 0


def test_a_run_tells_how_far_it_is():
    experiment = Experiment(Settings(), "pace")
    assert experiment.trace().pace.plain.n_done == 0
    assert np.isnan(experiment.trace().pace.plain.loss).all()
    experiment.advance()
    told = experiment.trace()
    experiment.advance()
    assert told.pace.twin.n_done == 1  # what was handed out does not grow
    assert set(told.found) == {"pace"}
    assert Experiment(Settings(), "flat").trace() is None  # it comes as a whole


def test_without_decay_the_run_on_digits_is_the_one_without_decay():
    runs = balance.Balancing(Settings(weight_decay=0.0))
    runs.advance()
    found = runs.trace()
    assert found.digits.n_done == found.noise.n_done == 1
    np.testing.assert_array_equal(found.digits.loss, found.free.loss)


def test_all_runs_come_to_their_end(trace):
    assert trace.pace.finished
    assert trace.balance.finished
    assert trace.pace.plain.n_done == pace.N_STEPS
    assert trace.balance.noise.n_done == trace.balance.free.n_done == balance.N_STEPS
    assert trace.spectral.finished


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"scale": 2.0}, "scale must be one of .*got 2"),
        ({"scale": 0.0}, "scale must be .*between 0.001 and 100.*got 0"),
        ({"lr": "fast"}, "lr must be .*got 'fast'"),
        ({"weight_decay": -1.0}, "weight_decay must be .*got -1"),
        ({"eps": float("nan")}, "eps must be .*got nan"),
    ],
)
def test_what_is_out_of_range_is_named(given, named):
    with pytest.raises(ValueError, match=named):
        Settings(**given)
