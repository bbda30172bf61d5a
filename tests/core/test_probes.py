"""What a probe sees is what a slower way computes, and looking changes nothing."""

import numpy as np
import pytest

from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import ACTIVATIONS, NORMS, OPTIMIZERS
from bnviz.core.stats.summary import N_BINS, describe, flat_units
from bnviz.core.train.evaluation import Onlooker
from bnviz.core.train.probes import N_TOGETHER, Probe

LR = {"sgd": 0.1, "momentum": 0.05, "adam": 0.01}


def copy_of(parameters, spec):
    copy = Parameters(spec, parameters.flat.dtype)
    copy.flat[...] = parameters.flat
    return copy


@pytest.fixture
def look_at_step_5(make_trainer, examples):
    """Give a function: a probe's look at step 5, the trainer, its parameters before that step.

    The forward pass of that step comes last.
    """

    def look(n_values=256, **fields):
        trainer = make_trainer(n=32, **fields)
        trainer.advance(4)
        before, running = copy_of(trainer.parameters, trainer.spec), trainer.running_stats.copy()
        x = examples[0][trainer.order[4]]
        done = forward(trainer.spec, before, x, running_stats=running, training=True)
        return Probe(trainer, n_values).advance(1, every=5), trainer, before, done

    return look


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_gradient_norm_and_update_ratio(look_at_step_5, examples, optimizer, norm):
    looks, trainer, before, done = look_at_step_5(optimizer=optimizer, norm=norm, lr=LR[optimizer])
    batch = trainer.order[4]
    gradient = backward(
        trainer.spec, before, done, cross_entropy(done.logits, examples[1][batch])[1]
    )
    norms = [np.linalg.norm(w) for w in gradient.weights]
    np.testing.assert_allclose(looks.gradient_norm[0], norms, rtol=1e-10)
    after = trainer.parameters.weights
    ratios = [
        np.linalg.norm(new - old) / np.linalg.norm(old)
        for new, old in zip(after, before.weights, strict=True)
    ]
    np.testing.assert_allclose(looks.update_ratio[0], ratios, rtol=1e-10)
    assert min(ratios) > 1e-4


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_statistics(look_at_step_5, norm, activation):
    """With enough values the summary counts the whole batch."""
    looks, trainer, _, done = look_at_step_5(n_values=10**6, norm=norm, activation=activation)
    sites = [done.linear, done.activated]
    if norm != "none":
        sites.insert(1, done.normalized)
    rows = np.array(sites).reshape(len(sites) * 3, -1)
    for seen, exact in zip(looks.summary, describe(rows), strict=True):
        assert seen.shape[:3] == (1, len(sites), 3)
        np.testing.assert_allclose(seen.reshape(exact.shape), exact, rtol=1e-9, atol=1e-12)
    saturated, dead = flat_units(activation, np.array(done.activated))
    assert np.array_equal(looks.saturated[0], saturated)
    assert np.array_equal(looks.dead[0], dead)
    assert np.array_equal(looks.batch_stats[0], trainer.batch_stats)
    assert np.array_equal(looks.running_stats[0], trainer.running_stats)
    if trainer.spec.over_batch:
        exact = np.array([[s.mean[-1, 0], s.var[-1, 0]] for s in done.statistics]).swapaxes(0, 1)
        np.testing.assert_allclose(looks.batch_stats[0], exact, rtol=1e-10)
        assert looks.running_stats[0].std() > 0


def test_the_summary_counts_the_first_examples(look_at_step_5):
    looks, trainer, *_ = look_at_step_5(n_values=40)  # 5 rows of 8 units
    assert (looks.summary.counts.sum(-1) == 40).all()
    expected = describe(trainer.sites[:, :, :5].reshape(9, 40))
    assert np.array_equal(looks.summary.mean.ravel(), expected.mean)
    few, *_ = look_at_step_5(n_values=1)  # less than a row: one row it is
    assert (few.summary.counts.sum(-1) == 8).all()


def test_looks_at_the_steps_that_every_divides(make_trainer):
    probe = Probe(make_trainer(n_steps=50))
    assert probe.advance(25, every=10).steps.tolist() == [10, 20]
    assert probe.trainer.n_done == 25
    assert probe.advance(4, every=10).steps.tolist() == []
    assert probe.trainer.n_done == 29
    assert probe.advance(1, every=10).steps.tolist() == [30]
    assert probe.advance(3, every=1).steps.tolist() == [31, 32, 33]
    assert probe.advance(1000, every=8).steps.tolist() == [40, 48]
    assert probe.trainer.n_done == 50
    assert probe.advance(1000, every=8).steps.tolist() == []


def test_portions_and_company_change_nothing(make_trainer):
    """The same looks in one go as in parts, and the same network as unobserved."""
    one, parts, alone = (make_trainer(dtype=np.float32, optimizer="momentum") for _ in range(3))
    alone.advance(50)
    whole = Probe(one).advance(50, every=2)
    assert len(whole.steps) == 25 > N_TOGETHER
    probe = Probe(parts)
    pieces = [probe.advance(n, every=2) for n in (1, 2, 3, 10, 34)]
    assert one.parameters.flat.tobytes() == alone.parameters.flat.tobytes()
    assert parts.parameters.flat.tobytes() == alone.parameters.flat.tobytes()
    assert one.running_stats.tobytes() == alone.running_stats.tobytes()
    for name in ("steps", "saturated", "dead", "gradient_norm", "update_ratio", "running_stats"):
        joined = np.concatenate([getattr(piece, name) for piece in pieces])
        assert joined.tobytes() == getattr(whole, name).tobytes()
    for i, part in enumerate(whole.summary):
        assert np.concatenate([piece.summary[i] for piece in pieces]).tobytes() == part.tobytes()


def test_looks_are_copies(make_trainer):
    probe = Probe(make_trainer())
    first = probe.advance(5, every=5)
    kept = [part.copy() for part in (first.batch_stats, first.running_stats, first.summary.mean)]
    probe.advance(5, every=5)
    now = (first.batch_stats, first.running_stats, first.summary.mean)
    assert all(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))
    assert not np.array_equal(first.batch_stats[0], probe.trainer.batch_stats)


def test_shapes(make_trainer):
    looks = Probe(make_trainer(norm="none", depth=4)).advance(10, every=5)
    assert looks.steps.shape == (2,)
    assert looks.summary.mean.shape == looks.summary.lo.shape == (2, 2, 4)
    assert looks.summary.counts.shape == (2, 2, 4, N_BINS)
    assert looks.saturated.shape == looks.dead.shape == (2, 4)
    assert looks.gradient_norm.shape == looks.update_ratio.shape == (2, 5)
    assert looks.batch_stats.shape == looks.running_stats.shape == (2, 2, 4, 8)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_stops_at_divergence_without_a_word(make_trainer, optimizer, capfd):
    trainer = make_trainer(norm="none", lr=1e60, optimizer=optimizer)
    probe = Probe(trainer)
    looks = probe.advance(20, every=1)
    assert trainer.diverged_at == 4
    assert looks.steps.tolist() == [1, 2, 3]
    assert len(looks.gradient_norm) == len(looks.summary.mean) == 3
    assert np.isfinite(looks.gradient_norm[0]).all()
    assert probe.advance(20, every=1).steps.tolist() == []
    assert capfd.readouterr() == ("", "")


def test_divergence_between_two_looks(make_trainer):
    trainer = make_trainer(norm="none", lr=1e60)
    assert Probe(trainer).advance(20, every=7).steps.tolist() == []
    assert (trainer.n_done, trainer.diverged_at) == (3, 4)


def test_a_vanishing_gradient_is_not_rounded_to_nothing(make_trainer, examples):
    """Norms whose squares are too small for float32 are not 0."""
    fields = {"norm": "none", "activation": "sigmoid", "depth": 16, "init_scale": 0.1, "n": 32}
    single, double = (
        Probe(make_trainer(dtype=dtype, **fields)).advance(1, every=1).gradient_norm[0]
        for dtype in (np.float32, np.float64)
    )
    assert double[0] < 1e-22
    np.testing.assert_allclose(single, double, rtol=1e-4)
    trainer = make_trainer(dtype=np.float32, **fields)
    look = Onlooker(trainer, *examples, examples[0]).look()
    np.testing.assert_allclose(look.gradient_norm[0], double, rtol=1e-4)


@pytest.mark.parametrize("every", [0, -3])
def test_refuses_to_look_every_zero_steps(make_trainer, every):
    probe = Probe(make_trainer())
    with pytest.raises(ValueError, match=f"every must be at least 1, got {every}"):
        probe.advance(10, every=every)
