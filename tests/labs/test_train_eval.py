"""Train versus eval: its contract, and its numbers against PyTorch, closed forms and the core."""

from itertools import pairwise

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.stats.running import start_share
from bnviz.labs.train_eval import LAB, Settings
from bnviz.labs.train_eval.convention import LIBRARIES, PYTORCH, Convention, weights
from bnviz.labs.train_eval.precise import adapted, precise
from bnviz.labs.train_eval.snapshots import WAYS
from bnviz.labs.train_eval.start_up import STARTS, start_up
from bnviz.labs.train_eval.training import LR, N_PRECISE, N_STEPS, Training, held_out, kept, score
from tests.as_layers import as_layers, statistics

TIGHT = 1e-9


def trained(n_steps, batch_size=4, **more):
    training = Training(batch_size, 0, **more)
    for _ in range(n_steps):
        training.step()
    return training


def run(settings):
    return LAB.run("loss", settings).found


@pytest.mark.parametrize(
    "settings",
    [
        Settings(batch_size=2, momentum=1.0, start="zero"),
        Settings(batch_size=2, momentum=0.001, start="corrected", frozen_after=10),
        Settings(batch_size=128, momentum=None, variance="biased", seed=99),
    ],
    ids=str,
)
def test_extreme_settings_give_finite_numbers(settings):
    found = run(settings)
    assert found.finished
    assert found.steps[-1] == N_STEPS
    for part in (found, found.unit, found.start_up):
        assert all(np.isfinite(a).all() for a in vars(part).values() if isinstance(a, np.ndarray))


# --------------------------------------------------------- the numbers against others


@pytest.mark.checks(
    "300 steps of training, the running statistics and both modes of the lab on train and eval",
    how="PyTorch, float64",
    tolerance="relative 1e-9 after 20 steps",
)
@pytest.mark.parametrize("frozen_after", [None, 10])
def test_training_and_both_modes_are_pytorchs(pytorch, frozen_after):
    training, nn = trained(0, frozen_after=frozen_after), pytorch.nn
    layers, sizes = [], (64, 64, 64, 64)
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out, bias=False), nn.BatchNorm1d(fan_out), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(64, 10)).double()
    linear = [m for m in net if isinstance(m, nn.Linear)]
    start = mlp_weights(training.trainer.spec.sizes, "relu", 1.0, 0)
    for module, weight in zip(linear, start, strict=True):
        module.weight.data.copy_(pytorch.from_numpy(weight.T.copy()))
    nn.init.zeros_(linear[-1].bias)
    optimizer = pytorch.optim.SGD(net.parameters(), lr=LR)
    split = data.load("digits")
    x, y = pytorch.from_numpy(split.x_train.astype(float)), pytorch.from_numpy(split.y_train.copy())
    for step in range(20):
        training.step()
        if frozen_after is not None and step >= frozen_after:
            for module in net:
                module.train(not isinstance(module, nn.BatchNorm1d))
        batch = pytorch.from_numpy(training.trainer.order[step].copy())
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    norms = [m for m in net if isinstance(m, nn.BatchNorm1d)]
    theirs = np.array(
        [[m.running_mean.numpy() for m in norms], [m.running_var.numpy() for m in norms]]
    )
    np.testing.assert_allclose(training.kept.value, theirs, rtol=TIGHT, atol=TIGHT)
    x_test, y_test = (pytorch.from_numpy(part.copy()) for part in held_out())
    for mode, ours in (
        (False, score(training.network, training.kept.value)),
        (True, score(training.network, None, batch_size=4)),
    ):
        net.train(mode)
        with pytorch.no_grad():
            logits = pytorch.cat([net(part) for part in x_test.split(4)])
        loss = float(nn.functional.cross_entropy(logits, y_test))
        assert ours[0] == pytest.approx(loss, rel=TIGHT)
        assert ours[1] == float((logits.argmax(1) == y_test).double().mean())


@pytest.mark.checks(
    "precise statistics of the lab on train and eval",
    how="the layers of bnviz.nn, float64",
    tolerance=TIGHT,
)
def test_precise_statistics_are_those_that_layers_meet():
    network = trained(30).network
    x = data.load("digits").x_train[:N_PRECISE]
    for n, wanted in ((4, precise(network).paper), (N_PRECISE, adapted(network, x))):
        net = as_layers(network.spec, network.parameters, momentum=None)
        for batch in np.split(x.astype(float), N_PRECISE // n):
            net(batch)
        found = statistics(net)
        if n == N_PRECISE:
            found[1] *= 1 - 1 / n  # of all values together, so the biased one
        np.testing.assert_allclose(found, wanted, rtol=TIGHT, atol=TIGHT)


@pytest.mark.parametrize("settings", [Settings(), Settings(momentum=0.3, start="corrected")])
def test_the_weights_of_the_batches_make_the_running_value(settings):
    found = run(settings)
    for step in (1, 10, 300):
        made_of = found.weights[found.steps.tolist().index(step)]
        assert made_of.sum() == pytest.approx(1)
        for row, start in ((0, 0.0), (1, 1.0)):
            parts = np.concatenate([[start], found.unit.batch[row, :step]])
            expected = float(made_of[: step + 1] @ parts)
            assert found.unit.running[row, step] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_after_freezing_the_running_value_stands_still_and_its_weights_too():
    found = run(Settings(frozen_after=30))
    np.testing.assert_array_equal(np.ptp(found.unit.running[:, 30:], axis=1), 0)
    np.testing.assert_array_equal(found.weights[-1], weights(PYTORCH, 30, N_STEPS))
    assert np.ptp(found.unit.running[1, :31]) > 0


def test_kept_statistics_are_those_of_the_run():
    training = trained(N_STEPS)
    network = training.network
    np.testing.assert_array_equal(kept(network, PYTORCH), training.kept.value)
    assert score(network, training.kept.value)[0] == run(Settings()).loss[-1, WAYS.index("running")]


def test_of_the_libraries_only_the_conventions_differ():
    keras, tutorial = LIBRARIES["Keras"], LIBRARIES["tutorial"]
    assert (keras.momentum, keras.variance, keras.start) == (0.01, "biased", "one")
    assert (tutorial.momentum, tutorial.variance, tutorial.start) == (0.1, "biased", "zero")
    assert LIBRARIES["PyTorch"] == Convention(0.1, "one", "unbiased")


@pytest.mark.checks(
    "start of the running variance while the weights stand still: 0, 1, corrected, biased",
    how="closed form 1 − (1 − p)^t, mean over 12 seeds",
    tolerance="0.03 of the true variance",
)
@pytest.mark.slow
@pytest.mark.parametrize("variance", ["unbiased", "biased"])
def test_start_up_obeys_the_closed_form(variance):
    at = np.array([1, 2, 5, 10, 30, 300]) - 1
    convention = Convention(variance=variance)
    parts = [start_up(Training(16, seed, convention=convention), convention) for seed in range(12)]
    measured = np.mean([part.measured[:, at] for part in parts], axis=0)
    closed = np.mean([part.closed[:, at] for part in parts], axis=0)
    np.testing.assert_allclose(measured, closed, atol=0.03)
    zero = closed[STARTS.index("zero")]
    full = 1.0 if variance == "unbiased" else 15 / 16
    np.testing.assert_allclose(zero, [full * (1 - start_share(0.1, t + 1)) for t in at])
    assert 1 / np.sqrt(zero[0] / full) == pytest.approx(3.16, abs=0.01)
    assert 1 / np.sqrt(zero[3] / full) == pytest.approx(1.24, abs=0.01)


def test_the_cumulative_average_has_no_start():
    convention = Convention(momentum=None)
    started = start_up(Training(4, 0, convention=convention), convention)
    np.testing.assert_array_equal(started.measured, started.measured[[0, 0, 0]])
    np.testing.assert_array_equal(started.closed, 1)
