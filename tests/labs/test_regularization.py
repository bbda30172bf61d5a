"""The lab on regularization: its numbers against PyTorch, its input, its run in pieces."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.theory import RELU_MEAN, RELU_VAR
from bnviz.labs.execution import finish
from bnviz.labs.regularization import Settings, dropout, findings, memory
from bnviz.labs.regularization.bands import bands, is_recorded, nearest_batch
from bnviz.labs.regularization.dropout import Dropping
from bnviz.labs.regularization.memory import Learner
from bnviz.labs.regularization.trace import Experiment
from bnviz.labs.sweeps import recorded


@pytest.mark.checks(
    "lab Regularization: labels given back by a network with BN in evaluation mode",
    how="PyTorch",
    tolerance="exact",
)
def test_what_is_given_back_is_what_pytorch_gives(pytorch):
    settings = Settings(n_steps=1000, batch_size=16)
    learner = Learner(settings, "bn", 0.3)
    while not learner.curve.finished:
        learner.advance()
    split, trainer = data.load("digits"), learner.trainer
    true = split.y_train[: memory.N_IMAGES]
    given = data.flip_labels(true, 0.3, 10, settings.seed)
    wrong = given != true
    assert learner.n_wrong == wrong.sum() == round(0.3 * memory.N_IMAGES)

    def tensor(array):
        return pytorch.tensor(np.ascontiguousarray(array))

    def classes(x):
        h, p = tensor(x), trainer.parameters
        for layer in range(memory.DEPTH):
            mean, var = (tensor(part[layer]) for part in trainer.running_stats)
            affine = tensor(p.gamma[layer]), tensor(p.beta[layer])
            z = h @ tensor(p.weights[layer])
            h = pytorch.relu(pytorch.nn.functional.batch_norm(z, mean, var, *affine))
        return (h @ tensor(p.weights[-1]) + tensor(p.biases[-1])).argmax(1).numpy()

    found = classes(split.x_train[: memory.N_IMAGES])
    curve = learner.curve
    assert curve.memorized[-1] == (found == given)[wrong].mean()
    assert curve.corrected[-1] == (found == true)[wrong].mean()
    assert curve.accuracy[-1] == (classes(split.x_test) == split.y_test).mean()


def test_points_stand_at_even_steps_whatever_the_number():
    learner = Learner(Settings(n_steps=1017), "none", 0.3)
    while not learner.curve.finished:
        learner.advance()
    assert learner.curve.steps[-1] == learner.trainer.n_done == 1017
    assert set(np.diff(learner.curve.steps)) <= {50, 51}


def test_the_closed_form_stands_where_dropout_does():
    one = RELU_VAR / (RELU_VAR / 0.5 + RELU_MEAN**2)
    np.testing.assert_allclose(dropout.expected(Settings()), [1, one, one, one])
    assert (dropout.expected(Settings(position="head")) == 1).all()
    assert (dropout.expected(Settings(dropout=0.0)) == 1).all()


@pytest.mark.checks(
    "lab Regularization: running variance behind dropout",
    how="the closed form with the network's own weights",
    tolerance="relative 0.08",
)
def test_the_learned_variance_is_that_of_the_masks():
    dropping = Dropping(Settings())
    while not dropping.finished:
        dropping.advance()
    trainer, found = dropping.trainer, dropping.shift
    x = data.load("digits").x_train[: dropout.N_MEASURED]
    done = forward(trainer.spec, trainer.parameters, x, batch_size=dropout.BATCH)
    # q = 1 - p: each unit adds w² (1 - q)/q E h² to the variance of a sum.
    h, w, z = done.inputs[1], trainer.parameters.weights[1], done.linear[1]
    added = (np.square(h).mean(0) @ np.square(w)).mean()
    assert found.alone[1] == pytest.approx(z.var(0).mean() / (z.var(0).mean() + added), rel=0.08)


def test_a_run_tells_how_far_it_is():
    experiment = Experiment(Settings(n_steps=1000))
    assert experiment.trace().memory.normed.n_done == 0
    assert np.isnan(experiment.trace().shift.met).all()
    experiment.advance(), experiment.advance()
    told = experiment.trace()
    assert told.memory.normed.n_done == told.memory.plain.n_done == 1
    experiment.advance(), experiment.advance()
    assert told.memory.normed.n_done == 1  # what was handed out does not grow
    assert not experiment.finished


def test_a_view_is_run_without_the_others():
    told = finish(Experiment(Settings(n_steps=1000), "memory"))
    assert told.memory.finished
    assert not told.shift.finished
    rows = findings.table(told)
    assert "memorized at step" in rows["what"]
    assert "accuracy, running" not in rows["what"]
    assert np.isfinite(rows["value"]).all()
    clean = Experiment(Settings(), "clean")
    assert clean.finished
    assert not clean.trace().memory.finished
    dropping = Experiment(Settings(), "dropout")
    dropping.advance()
    assert not dropping.finished
    assert dropping.trace().memory.normed.n_done == 0


def test_bands_are_lowest_median_and_highest():
    values = recorded("regularization")["memory"].values["memorized"]
    assert values.shape == (5, 5, 3, memory.N_POINTS)
    np.testing.assert_array_equal(bands().memorized[0], values.min(1))
    np.testing.assert_array_equal(bands().memorized[1], np.median(values, 1))
    np.testing.assert_array_equal(bands().memorized[2], values.max(1))
    drop = recorded("regularization")["dropout"]
    at = drop.find(Settings(dropout=0.2, position="head"))
    np.testing.assert_array_equal(bands().dropout_loss[2, 1, 2], drop.values["loss"][at].max(0))


@pytest.mark.parametrize("size", [4, 16, 64])
def test_the_standard_error_is_that_of_the_recorded_share(size):
    told = Experiment(Settings(batch_size=size), "clean").trace()
    values = recorded("regularization")["clean"].find(Settings(batch_size=size))
    kept = recorded("regularization")["clean"].values["accuracy"][values]
    share = np.median(kept[:, memory.NORMS.index("bn")])
    n = len(data.load("digits").y_test)
    found, error = findings.standard_error(told)
    assert found == share
    drawn = np.random.default_rng(0).binomial(n, share, 40000) / n
    assert error == pytest.approx(drawn.std(), rel=0.02)
    assert f"= {100 * error:.1f}" in findings.formula(told, "clean")
    assert f"/ {n}}}" in findings.formula(told, "clean")


def test_bands_stand_only_beside_settings_that_are_recorded():
    assert is_recorded(Settings(batch_size=16, seed=9, dropout=0.1, position="head"))
    for other in ({"wrong": 0.2}, {"lr": 0.1}, {"width": 64}, {"n_steps": 8000},
                  {"batch_size": 5}):  # fmt: skip
        assert not is_recorded(Settings(**other)), other
    assert nearest_batch(Settings(batch_size=60)) == 4


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"batch_size": 2}, "batch_size must be .*between 4 and 64.*got 2"),
        ({"wrong": 0.0}, "wrong must be .*between 0.1 and 0.4.*got 0"),
        ({"dropout": 1.0}, "dropout must be .*got 1"),
        ({"position": "first"}, "position must be one of .*got 'first'"),
        ({"lr": float("nan")}, "lr must be .*got nan"),
    ],
)
def test_what_is_out_of_range_is_named(given, named):
    with pytest.raises(ValueError, match=named):
        Settings(**given)
