"""The lab on regularization: its numbers against PyTorch, its input, its run in pieces."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.theory import RELU_MEAN, RELU_VAR
from bnviz.labs.regularization import LAB, Settings, dropout, memory
from bnviz.labs.regularization.bands import bands, is_recorded, nearest_batch
from bnviz.labs.regularization.clean import BN
from bnviz.labs.regularization.memory import Learner
from bnviz.labs.sweeps import recorded
from tests.lessons import begun, drawn, named


@pytest.fixture(scope="module")
def traces():
    return {view.name: view.run(Settings(n_steps=1000)) for view in LAB.views}


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
    assert learner.curve.n_wrong == wrong.sum() == round(0.3 * memory.N_IMAGES)

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
    trainer = dropout.trainer_of(Settings())
    trainer.advance(dropout.N_STEPS)
    found = dropout.shift_of(trainer, dropout.expected(Settings()))
    x = data.load("digits").x_train[: dropout.N_MEASURED]
    done = forward(trainer.spec, trainer.parameters, x, batch_size=dropout.BATCH)
    # q = 1 - p: each unit adds w² (1 - q)/q E h² to the variance of a sum.
    h, w, z = done.inputs[1], trainer.parameters.weights[1], done.linear[1]
    added = (np.square(h).mean(0) @ np.square(w)).mean()
    assert found.alone[1] == pytest.approx(z.var(0).mean() / (z.var(0).mean() + added), rel=0.08)


def test_before_the_end_nothing_claims_a_result():
    for name in ("memory", "dropout"):
        view = LAB.view(name)
        trace = begun(view, Settings(seed=97))
        assert "learning" in view.takeaway(trace)
        for chart in view.charts(trace):
            title = chart.figure["layout"]["title"]["text"]
            assert "learning" in title or title.startswith("Recorded")
        assert np.isfinite(view.table(trace)["value"]).all()


def test_the_lines_are_the_numbers_of_the_trace(traces):
    found = traces["memory"].found
    line = named(drawn(LAB, "memory", "memorized", traces["memory"]), "BN: this run")
    np.testing.assert_array_equal(line["y"], 100 * found.normed.memorized)
    line = named(drawn(LAB, "memory", "unseen", traces["memory"]), "no norm: this run")
    np.testing.assert_array_equal(line["y"], 100 * found.plain.accuracy)
    shift = traces["dropout"].found.shift
    line = named(drawn(LAB, "dropout", "variance", traces["dropout"]), "met")
    np.testing.assert_array_equal(line["y"], shift.met)
    dot = named(drawn(LAB, "dropout", "losses", traces["dropout"]), "re-estimated: this run")
    assert dot["y"] == [shift.loss[1]]
    median = named(drawn(LAB, "clean", "right", traces["clean"]), "BN: median")
    np.testing.assert_array_equal(median["y"], 100 * bands().clean[1, :, 1])
    assert traces["clean"].found.n_overlapping == 5


def test_bands_over_the_steps_are_of_the_same_settings_or_not_drawn(traces):
    figure = drawn(LAB, "memory", "memorized", traces["memory"])
    assert not any("starts" in part.get("name", "") for part in figure["data"])
    figure = drawn(LAB, "memory", "memorized", begun(LAB.view("memory"), Settings(batch_size=8)))
    band = [part for part in figure["data"] if part.get("name") == "BN: 5 starts"]
    np.testing.assert_array_equal(band[1]["y"], 100 * bands().memorized[2, 1, 1])


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
    told = LAB.run("clean", Settings(batch_size=size))
    kept = recorded("regularization")["clean"]
    at = kept.find(Settings(batch_size=size))
    share = np.median(kept.values["accuracy"][at][:, BN])
    n = len(data.load("digits").y_test)
    assert told.found.median == share
    error = told.found.standard_error
    draws = np.random.default_rng(0).binomial(n, share, 40000) / n
    assert error == pytest.approx(draws.std(), rel=0.02)
    formula = LAB.view("clean").formula(told)
    assert f"= {100 * error:.1f}" in formula
    assert f"/ {n}}}" in formula


def test_the_starts_from_which_bn_is_ahead_are_counted():
    clean = recorded("regularization")["clean"].values["accuracy"]
    none, bn = (clean[..., memory.NORMS.index(norm)] for norm in ("none", "bn"))
    for at, size in enumerate((4, 8, 16, 32, 64)):
        found = LAB.run("clean", Settings(batch_size=size)).found
        assert found.n_ahead == sum(bn[at] > none[at])


def test_bands_stand_only_beside_settings_that_are_recorded():
    assert is_recorded(Settings(batch_size=16, seed=9, dropout=0.1, position="head"))
    for other in ({"wrong": 0.2}, {"lr": 0.1}, {"width": 64}, {"n_steps": 8000},
                  {"batch_size": 5}):  # fmt: skip
        assert not is_recorded(Settings(**other)), other
    assert nearest_batch(Settings(batch_size=60)) == 4
