"""The networks drawn, and the microscope: against the core's readable pass and PyTorch."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import finish
from bnviz.labs.playground import WITH, WITHOUT, Settings, arms, drawing, example, plan
from bnviz.labs.playground.microscope import course_arm, layer_arm, read_unit
from bnviz.labs.playground.networks import order_of, snapshot_steps, spec_of, start_weights

SMALL = Settings(depth=2, width=8, n_steps=100, momentum=0.3)
DRAWN = "0" * 24 + "f" * 8 + "8" * 8 + "0" * 24


def trained(settings, norm, n_steps):
    """Return a network after so many steps, trained here without any of the arms."""
    split = data.load(settings.dataset)
    spec, order = spec_of(settings, norm), order_of(settings)
    trainer = Trainer(spec, start_weights(settings), split.x_train, split.y_train, order)
    trainer.advance(n_steps)
    return trainer


def passed(trainer, x):
    """Send examples through a network in evaluation mode."""
    stats = None if trainer.spec.norm == "none" else trainer.running_stats
    return forward(trainer.spec, trainer.parameters, x, running_stats=stats)


def probabilities(logits):
    return torch.tensor(logits, dtype=torch.float64).softmax(1).numpy()


@pytest.mark.parametrize("norm", [WITH, WITHOUT])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("digit", ["7", DRAWN])
def test_units_and_outputs_are_those_of_the_readable_pass(norm, activation, digit):
    settings = replace(SMALL, activation=activation)
    drawn = plan(settings, digit).finish().drawn[norm]
    low, high = drawing.RANGE[activation]
    for t, step in itertools.islice(enumerate(snapshot_steps(settings.n_steps)), 0, None, 8):
        done = passed(trained(settings, norm, step), example.inputs(digit))
        share = np.clip((np.stack(done.activated)[:, 0] - low) / (high - low), 0, 1)
        assert np.abs(drawn.units[t] - 255 * share).max() < 0.51
        assert np.abs(drawn.outputs[t] - 255 * probabilities(done.logits)[0]).max() < 0.51


def test_a_moved_momentum_changes_one_network_only():
    one, other = (plan(replace(SMALL, momentum=m), "3").finish().drawn for m in (0.3, 0.01))
    assert (one[WITH].outputs != other[WITH].outputs).any()
    assert (one[WITHOUT].outputs == other[WITHOUT].outputs).all()


def test_a_drawing_trains_nothing(monkeypatch):
    plan(SMALL).finish()

    def refuse(*_):
        raise AssertionError("a network was trained again")

    monkeypatch.setattr(arms, "Training", refuse)
    monkeypatch.setattr("bnviz.labs.playground.training.Training", refuse)
    assert len(plan(SMALL, "5").finish().drawn[WITHOUT].units) == len(snapshot_steps(100))


@pytest.mark.parametrize("dataset", ["spirals", "xor"])
def test_the_boundary_is_that_of_the_readable_pass_in_both_modes(dataset):
    settings = replace(SMALL, dataset=dataset, activation="relu", lr=0.5)
    drawn = plan(settings, "3").finish().drawn
    t, step = 20, int(snapshot_steps(settings.n_steps)[20])
    split, order = data.load(dataset), order_of(settings)
    side, reach = drawing.MAP_SIDE, drawing.REACH
    right = (np.arange(side) + 0.5) / side * 2 * reach - reach
    for norm, mode in ((WITH, "eval"), (WITH, "train"), (WITHOUT, "eval")):
        trainer = trained(settings, norm, step)
        batch = split.x_train[order[min(step, len(order) - 1)]]
        own = [
            np.stack([s.mean.ravel(), s.var.ravel()])
            for s in forward(trainer.spec, trainer.parameters, batch).statistics
        ]
        for row, column in ((0, 0), (10, 25), (31, 3)):
            place = np.array([[right[column], right[side - 1 - row]]], np.float32)
            if mode == "train":
                stats = np.stack(own, axis=1)
                done = forward(trainer.spec, trainer.parameters, place, running_stats=stats)
            else:
                done = passed(trainer, place)
            p = probabilities(done.logits)[0]
            code = int(drawn[norm].maps[mode][t, row, column])
            assert code // 64 == p.argmax()
            sure = (p.max() * split.n_classes - 1) / (split.n_classes - 1)
            assert abs(code % 64 - 63 * sure) < 0.6


def test_a_network_that_diverges_is_drawn_up_to_there():
    settings = Settings(dataset="spirals", activation="relu", lr=2.0, n_steps=100)
    trace = plan(settings, "3").finish()
    gone = trace.networks[WITHOUT].diverged_at
    assert gone == 5
    assert len(trace.drawn[WITHOUT].maps["eval"]) == (trace.steps < gone).sum()
    assert len(trace.drawn[WITH].maps["eval"]) == len(trace.steps)


def test_weights_that_are_not_kept_are_not_drawn(monkeypatch):
    monkeypatch.setattr(arms, "MOST_BYTES", 1)
    settings = replace(SMALL, seed=9)
    assert not any(one.kept for one in plan(settings, "3").finish().drawn.values())


@pytest.mark.parametrize("placement", ["before", "after"])
def test_the_microscope_shows_what_pytorch_computes(placement):
    settings = replace(SMALL, placement=placement)
    t, step, layer = 12, int(snapshot_steps(settings.n_steps)[12]), 1
    seen = finish(layer_arm(settings, t, layer))
    trainer = trained(settings, WITH, step)
    assert (seen.examples == order_of(settings)[step]).all()
    x = data.load("digits").x_train[seen.examples]
    for one, stats in ((seen.train, None), (seen.evaluation, trainer.running_stats)):
        done = forward(trainer.spec, trainer.parameters, x, running_stats=stats)
        read = (done.linear if placement == "before" else done.activated)[layer]
        np.testing.assert_allclose(one.x, read, rtol=1e-5, atol=1e-6)
        norm = torch.nn.BatchNorm1d(settings.width, eps=settings.eps).train(stats is None)
        with torch.no_grad():
            norm.weight[:] = torch.tensor(seen.gamma)
            norm.bias[:] = torch.tensor(seen.beta)
            if stats is not None:
                norm.running_mean[:] = torch.tensor(stats[0, layer])
                norm.running_var[:] = torch.tensor(stats[1, layer])
            theirs = norm(torch.tensor(one.x)).numpy()
        np.testing.assert_allclose(one.y, theirs, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(seen.gamma * one.x_hat + seen.beta, one.y, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(seen.train.mean, seen.train.x.mean(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(seen.train.var, seen.train.x.var(0), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(seen.evaluation.mean, trainer.running_stats[0, layer], rtol=1e-6)
    np.testing.assert_allclose(seen.evaluation.var, trainer.running_stats[1, layer], rtol=1e-6)


def test_a_unit_that_is_followed_is_at_each_snapshot_what_the_microscope_shows():
    layer, unit = 1, 5
    course = finish(course_arm(SMALL, layer, unit))
    assert course.shape == (len(snapshot_steps(SMALL.n_steps)), 2, SMALL.batch_size + 2)
    for t in (0, 7, len(course) - 1):
        seen = finish(layer_arm(SMALL, t, layer))
        for row, one in zip(course[t], (seen.train, seen.evaluation), strict=True):
            wanted = [*one.x[:, unit], one.mean[unit], np.sqrt(one.var[unit])]
            np.testing.assert_allclose(row, wanted, rtol=1e-6)


def test_each_offered_digit_is_held_out_and_shows_its_class():
    split = data.load("digits")
    for k, (place, label) in enumerate(example.offered()):
        assert split.y_test[place] == label == example.label(str(k))
        assert k >= 10 or label == k
        assert (example.inputs(str(k)) == split.x_test[place]).all()
    assert len(set(example.offered())) == 12


def test_a_drawn_digit_is_scaled_as_the_stored_ones():
    split, (images_NHW, _) = data.load("digits"), data.digits.images()
    ink_ND = images_NHW[data.digits.N_TRAIN :].reshape(-1, 64) / 16
    np.testing.assert_array_equal(data.digit_inputs(ink_ND), split.x_test)
    for k in range(example.N_OFFERED):
        levels = [int(level, 16) for level in example.pixels(str(k))]
        assert np.abs(np.array(levels) / 15 - ink_ND[example.offered()[k][0]]).max() <= 0.5 / 15
    half = example.inputs("0" * 63 + "f")
    np.testing.assert_array_equal(half, data.digit_inputs(np.eye(64)[[63]]))


@pytest.mark.parametrize(
    ("text", "read", "noted"),
    [
        ("0", "0", False),
        ("11", "11", False),
        ("12", "11", True),
        ("99999999", "11", True),
        ("", "3", True),
        ("seven", "3", True),
        ("0" * 64, "3", True),
        (DRAWN, DRAWN, False),
        (DRAWN.upper(), DRAWN, False),
        ("f" * 20, "f" * 20 + "0" * 44, True),
    ],
)
def test_a_digit_of_a_link_is_the_nearest_one(text, read, noted):
    found, why = example.read(text)
    assert found == read
    assert (why is not None) == noted


@pytest.mark.parametrize(
    ("text", "unit", "noted"),
    [
        ("1.1", (0, 0), False),
        ("2.8", (1, 7), False),
        ("3.9", (1, 7), True),
        ("0.0", (0, 0), True),
        ("x", None, True),
        ("2", None, True),
    ],
)
def test_a_unit_of_a_link_is_the_nearest_one(text, unit, noted):
    found, why = read_unit(text, SMALL)
    assert found == unit
    assert (why is not None) == noted
