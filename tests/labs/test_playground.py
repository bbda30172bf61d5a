"""The playground's run: its contract, its numbers against other ways to compute them, bad input."""

import json
import tracemalloc
from dataclasses import fields, replace

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.train.batches import batch_order
from bnviz.core.train.evaluation import HeldOut, TrainingMode
from bnviz.core.train.trainer import Trainer
from bnviz.figures.frames import encode
from bnviz.labs.arm import BEGUN, MEMORY, Work, begin
from bnviz.labs.playground import (
    EVALUATION,
    TRAINING,
    WITH,
    WITHOUT,
    Settings,
    arms,
    plan,
    run,
)
from bnviz.labs.playground.findings import NAMES, table, takeaway
from bnviz.labs.playground.running import Running
from bnviz.labs.playground.training import Training
from tests.lessons import ends_of, every_chart

SMALL = Settings(depth=2, width=8, n_steps=100)


def arrays(value):
    """List all arrays in a trace, wherever they lie."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return [array for part in value for array in arrays(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [array for field in fields(value) for array in arrays(getattr(value, field.name))]
    return []


def same_bytes(one, other):
    pairs = list(zip(arrays(one), arrays(other), strict=True))
    return len(pairs) > 20 and all(a.tobytes() == b.tobytes() for a, b in pairs)


CORNERS = [pair for pair in ends_of(Settings) if pair[0] != "n_steps" or pair[1] == 100]
"""Both ends of every control, the others at a small network."""
EACH_CORNER = pytest.mark.parametrize(("name", "value"), CORNERS)


@EACH_CORNER
def test_both_ends_of_every_control_are_finite_or_marked_divergent(name, value):
    trace = run(replace(SMALL, **{name: value}))
    assert trace.finished
    for network in trace.networks.values():
        alive = trace.steps < (network.diverged_at or np.inf)
        assert alive[0]
        assert np.isfinite(network.loss[alive][:, TRAINING]).all()
        assert np.isfinite(network.gradient_norm[alive][:, TRAINING]).all()
        assert np.isnan(network.loss[~alive]).all()
        assert (network.summary.counts[~alive] == 0).all()
    assert takeaway(trace)


@EACH_CORNER
def test_every_control_does_something(name, value):
    """Else a control could be offered that no run reads."""
    other = replace(SMALL, **{name: value})
    assert other == SMALL or not same_bytes(run(other), run(SMALL))


def test_the_same_settings_give_the_same_bytes():
    assert same_bytes(run(SMALL), run(SMALL))


def test_another_seed_gives_other_bytes():
    assert not same_bytes(run(SMALL), run(replace(SMALL, seed=1)))


def traces(settings):
    """Compute both networks side by side, and give the trace after each piece."""
    both = plan(settings)
    works = {name: Work(arm) for name, arm in both.arms.items()}
    while not all(work.finished for work in works.values()):
        for work in works.values():
            work.advance()
        yield both.trace({name: work.found() for name, work in works.items()})


def test_a_watched_run_ends_as_one_that_was_not_watched():
    forget()
    seen = [*traces(SMALL)]
    forget()
    assert [len(trace.steps) for trace in seen] == sorted(len(trace.steps) for trace in seen)
    assert len(seen[0].steps) == 1
    assert same_bytes(seen[-1], run(SMALL))


def test_the_first_part_of_a_trace_is_what_is_seen_on_the_way():
    """Also where a network diverges later, and where the other one is ahead."""
    settings = Settings(activation="relu", lr=2.0, n_steps=100)
    whole = run(settings)
    forget()
    n_told = 0
    for trace in traces(settings):
        for norm, network in trace.networks.items():
            then = whole.networks[norm].first(trace.steps)
            assert network.diverged_at == then.diverged_at
            assert all(
                a.tobytes() == b.tobytes()
                for a, b in zip(arrays(network), arrays(then), strict=True)
            )
            n_told += network.diverged_at is None
    assert whole.networks[WITHOUT].diverged_at is not None
    assert n_told > 5


def test_both_networks_start_from_the_same_weights_and_read_the_same_batches():
    bn, none = (Training(SMALL, norm).trainer for norm in (WITH, WITHOUT))
    for one, other in zip(bn.parameters.weights, none.parameters.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(bn.order, none.order)


# ------------------------------------------------------- only what changed


def forget():
    MEMORY.clear()
    BEGUN.clear()


@pytest.fixture
def steps_done(monkeypatch):
    """Give a list that gets the norm of each training step that is done."""
    done, right = [], Trainer.advance
    monkeypatch.setattr(
        Trainer, "advance", lambda self, n: (done.append(self.spec.norm), right(self, n))
    )
    forget()
    return done


@pytest.mark.parametrize(
    ("change", "trained"),
    [
        ({"momentum": 0.3}, set()),
        ({"momentum": None}, set()),
        ({"eps": 1e-3}, {WITH}),
        ({"placement": "after"}, {WITH}),
        ({"batch_size": 64}, {WITH, WITHOUT}),
    ],
    ids=["momentum", "cumulative", "eps", "placement", "batch size"],
)
def test_only_what_a_moved_control_changes_is_trained(steps_done, change, trained):
    run(SMALL)
    assert len(steps_done) == 2 * SMALL.n_steps
    steps_done.clear()
    run(replace(SMALL, **change))
    assert len(steps_done) == SMALL.n_steps * len(trained)
    assert set(steps_done) == trained


@pytest.mark.parametrize("momentum", [0.1, 0.001, 1.0, None])
@pytest.mark.parametrize("placement", ["before", "after"])
def test_the_filter_gives_the_bytes_of_the_trainers_own_statistics(momentum, placement):
    settings = replace(SMALL, momentum=momentum, placement=placement)
    training, running = Training(settings, WITH), Running(settings)
    kept = []
    while not training.finished:
        if training.trained.n_taken > len(kept):
            kept.append(training.trainer.running_stats.copy())
        training.advance()
    for checkpoint, trainers_own in zip(training.trained.checkpoints, kept, strict=False):
        running.read(checkpoint)
        assert running.running_stats[-1].tobytes() == trainers_own.tobytes()
    assert len(running.looks) == len(kept) > 20


@pytest.mark.usefixtures("steps_done")  # nothing is remembered from before
@pytest.mark.parametrize("change", [{}, {"lr": 10.0, "activation": "relu", "init_scale": 10.0}])
def test_a_moved_momentum_gives_the_bytes_of_a_run_of_its_own(change):
    first = replace(SMALL, **change)
    moved = replace(first, momentum=0.3)
    run(first)
    after_a_move = run(moved)
    forget()
    assert same_bytes(after_a_move, run(moved))
    assert not same_bytes(after_a_move, run(first))


def test_what_is_too_large_to_keep_is_trained_again_with_the_same_bytes(steps_done, monkeypatch):
    kept = run(replace(SMALL, momentum=0.3))
    monkeypatch.setattr(arms, "MOST_BYTES", 10_000)
    forget()
    run(SMALL)
    assert same_bytes(kept, run(replace(SMALL, momentum=0.3)))
    assert steps_done.count(WITH) == 3 * SMALL.n_steps


def test_what_a_training_keeps_is_as_large_as_foretold():
    training = Training(SMALL, WITH)
    while not training.finished:
        training.advance()
    kept = sum(
        checkpoint.flat.nbytes + sum(stats.nbytes for stats in checkpoint.batch_stats)
        for checkpoint in training.trained.checkpoints
    )
    assert kept == arms.kept_bytes(SMALL)
    assert arms.kept_bytes(Settings()) < arms.MOST_BYTES
    assert arms.kept_bytes(Settings(width=256, depth=20, n_steps=2000)) > 10 * arms.MOST_BYTES


def test_all_momentums_are_looked_at_where_the_training_is_remembered():
    homes = [
        plan(replace(SMALL, **change)).arms[WITH].near
        for change in ({}, {"momentum": 0.3}, {"eps": 1e-3})
    ]
    assert homes[0] == homes[1] != homes[2]


def test_two_momentums_side_by_side_train_once(steps_done):
    """One follows the training that the other has begun."""
    settings = [replace(SMALL, momentum=m) for m in (0.1, 0.3)]
    works = [begin(plan(s).arms[WITH]) for s in settings]
    while not all(work.finished for work in works):
        for work in works:
            work.advance()
    assert steps_done == [WITH] * SMALL.n_steps
    forget()
    for work, s in zip(works, settings, strict=True):
        alone = run(s).networks[WITH]
        assert all(
            a.tobytes() == b.tobytes()
            for a, b in zip(arrays(work.found()), arrays(alone), strict=True)
        )


# ----------------------------------------------------------- the numbers


def test_momentum_changes_evaluation_mode_only():
    quick, slow = (run(replace(SMALL, momentum=m)).networks[WITH] for m in (1.0, 0.001))
    np.testing.assert_array_equal(quick.loss[:, TRAINING], slow.loss[:, TRAINING])
    np.testing.assert_array_equal(quick.gradient_norm[:, TRAINING], slow.gradient_norm[:, TRAINING])
    assert np.abs(quick.loss[-1, EVALUATION] - slow.loss[-1, EVALUATION]) > 1e-3
    last = [n.gradient_norm[-1, EVALUATION] for n in (quick, slow)]
    assert np.abs(last[0] - last[1]).max() > 1e-6
    shapes = [n.summary.std[-1, EVALUATION] for n in (quick, slow)]
    assert np.abs(shapes[0] - shapes[1]).max() > 1e-6


def test_without_batch_normalization_momentum_eps_and_modes_change_nothing():
    one, other = (
        run(replace(SMALL, momentum=m, eps=e)).networks[WITHOUT]
        for m, e in ((1.0, 0.1), (0.1, 1e-8))
    )
    np.testing.assert_array_equal(one.loss, other.loss)
    assert one.loss.shape[1] == 1


def test_a_batch_of_two_is_normalized_to_plus_and_minus_one():
    trace = run(replace(SMALL, batch_size=2, eps=1e-8))
    lo, hi = trace.summary(WITH, "normalized").lo[0], trace.summary(WITH, "normalized").hi[0]
    np.testing.assert_allclose(lo, -1, atol=1e-3)
    np.testing.assert_allclose(hi, 1, atol=1e-3)


def test_the_numbers_of_a_snapshot_equal_pytorchs(pytorch):
    settings = replace(SMALL, activation="tanh")
    training, split = Training(settings, WITH), data.load("digits")
    for _ in range(10):
        training.advance()
    trace, trainer = run(settings), training.trainer
    t = list(trace.steps).index(10)
    nn, layers = pytorch.nn, []
    p = trainer.parameters
    for layer, w in enumerate(p.weights[:-1]):
        linear, norm = nn.Linear(*w.shape, bias=False), nn.BatchNorm1d(w.shape[1], eps=settings.eps)
        linear.weight.data = pytorch.tensor(w.T.copy())
        norm.weight.data, norm.bias.data = (pytorch.tensor(a[layer].copy()) for a in p.affine)
        norm.running_mean, norm.running_var = (
            pytorch.tensor(a[layer].copy()) for a in trainer.running_stats
        )
        layers += [linear, norm, nn.Tanh()]
    last = nn.Linear(*p.weights[-1].shape)
    last.weight.data = pytorch.tensor(p.weights[-1].T.copy())
    last.bias.data = pytorch.tensor(p.biases[-1].copy())
    net = nn.Sequential(*layers, last).eval()
    x, y = pytorch.tensor(split.x_test[:256]), pytorch.tensor(split.y_test[:256])
    loss = nn.functional.cross_entropy(net(x), y).item()
    assert trace.networks[WITH].loss[t, EVALUATION] == pytest.approx(loss, rel=1e-4)
    right = (net(x).argmax(1) == y).double().mean().item()
    assert trace.networks[WITH].accuracy[t, EVALUATION] == pytest.approx(right, abs=1 / 256)
    batches = net.train()
    losses = [
        nn.functional.cross_entropy(batches(a), b).item()
        for a, b in zip(x.split(32), y.split(32), strict=True)
    ]
    assert trace.networks[WITH].loss[t, TRAINING] == pytest.approx(np.mean(losses), rel=1e-4)


def test_batch_statistics_scatter_as_the_band_says():
    """At weights that do not move, over batches that are drawn at random."""
    split = data.load("digits")
    x, y = split.x_train, split.y_train
    training = Training(SMALL, WITH)
    order = batch_order(len(x), 32, 300, seed=1)
    spec = replace(training.trainer.spec, lr=1e-30)
    still = Trainer(spec, training.weights, x, y, order)
    mode, seen = TrainingMode(spec, HeldOut(x[:32], y[:32]), x[:512], 32), []
    for _ in range(300):
        seen.append(mode.look(still).statistics)
        still.advance(1)
    batch = np.array([s.batch for s in seen])[:, :, 0]
    true, scatter = seen[0].true[:, 0], seen[0].scatter[:, 0]
    inside = np.abs(batch - true) < 2 * scatter
    assert 0.88 < inside.mean() < 0.99


def test_table_has_a_row_for_each_snapshot_and_no_column_twice():
    trace = run(SMALL)
    columns = table(trace)
    assert {len(values) for values in columns.values()} == {len(trace.steps)}
    assert columns["loss with BN, eval (nats)"][-1] == trace.networks[WITH].loss[-1, EVALUATION]


def test_takeaway_names_who_diverged_and_when():
    trace = run(Settings(activation="relu", lr=2.0, n_steps=100))
    assert trace.networks[WITHOUT].diverged_at is not None
    assert f"without BN diverged at step {trace.networks[WITHOUT].diverged_at}" in takeaway(trace)


def test_before_a_divergence_the_takeaway_compares_both():
    trace = run(Settings(activation="relu", lr=2.0, n_steps=100))
    t = list(trace.steps).index(trace.networks[WITHOUT].diverged_at) - 1
    assert takeaway(trace, t).startswith(f"After {trace.steps[t]} of 100 steps: with BN")
    assert takeaway(trace, 0) == "Both networks stand at the start, with the same weights."


def test_a_default_run_needs_less_than_23_mb():
    run(SMALL)  # the data are loaded once for all runs
    forget()
    tracemalloc.start()
    run(Settings(n_steps=100))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 23e6  # the weights of both networks at the snapshots are 5 MB of it


@pytest.mark.parametrize(
    "change",
    [
        {"activation": "relu", "lr": 1.0, "width": 16},
        {"activation": "relu", "depth": 20, "init_scale": 0.1, "width": 16},
        {
            "batch_size": 2,
            "lr": 5.0,
            "optimizer": "momentum",
            "dataset": "moons",
            "init_scale": 2.0,
        },
        {"batch_size": 2, "lr": 10.0, "depth": 20, "init_scale": 10.0, "dataset": "xor"},
        {"lr": 10.0, "init_scale": 10.0, "optimizer": "adam", "placement": "after"},
        {"batch_size": 16, "lr": 10.0, "optimizer": "momentum", "placement": "after", "eps": 1e-8},
    ],
    ids=str,
)
def test_wild_settings_make_figures_and_words_without_a_warning_or_a_nan(change):
    trace = run(replace(SMALL, **{"depth": 3, **change}))
    words = [takeaway(trace)]
    for figure in every_chart(trace).values():
        json.dumps(encode(figure), allow_nan=False)
        words += figure["layout"]["title"]["text"].values
    for text in words:
        assert not any(bad in text.lower() for bad in ("nan", "inf ", "inf,", "e+")), text
    for norm, network in trace.networks.items():
        if network.diverged_at is None:
            assert not any(f"{NAMES[norm]} diverged" in text for text in words)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_verdict_does_not_praise_what_guesses(seed):
    relu = Settings(activation="relu", lr=0.1, n_steps=100, seed=seed)
    guessing = run(replace(relu, eps=0.1, init_scale=0.1))
    assert "Neither network has learned" in takeaway(guessing)
    stale = run(replace(relu, momentum=0.001, n_steps=200))
    assert "In train mode" in takeaway(stale)
    helps = run(Settings(n_steps=200, seed=seed))
    assert "BN helps" in takeaway(helps)
