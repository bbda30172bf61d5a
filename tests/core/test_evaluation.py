"""A look holds what the readable pass computes, and taking it changes nothing."""

import numpy as np
import pytest

from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.core.stats.summary import describe, flat_units
from bnviz.core.train.evaluation import EvaluationMode, HeldOut, TrainingMode
from bnviz.core.train.trainer import Trainer

EXACT = {"rtol": 1e-10, "atol": 1e-10}
KINDS = [
    {"norm": norm, "placement": placement, "activation": activation}
    for norm, placement in (("none", "before"), ("bn", "before"), ("bn", "after"))
    for activation in ("relu", "tanh", "sigmoid")
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind.values()))


REFUSED = [{"norm": "ln"}, {"dropout": 0.5}, {"weight_norm": "spectral"}]


@pytest.mark.parametrize("change", REFUSED, ids=str)
def test_refuses_what_it_cannot_do(make_trainer, examples, change):
    with pytest.raises(ValueError, match="norm 'none' or 'bn', without dropout"):
        TrainingMode(make_trainer(**change).spec, HeldOut(*examples), examples[0], 16)
    with pytest.raises(ValueError, match="norm 'none' or 'bn', without dropout"):
        EvaluationMode(make_trainer(**change).spec, HeldOut(*examples), 16)


@pytest.mark.parametrize("sizes", [(90, 96), (96, 90)])
def test_refuses_batches_that_do_not_fit(make_trainer, examples, sizes):
    (x, labels), (n_held, n_many) = examples, sizes
    held_out = HeldOut(x[:n_held], labels[:n_held])
    with pytest.raises(ValueError, match="must divide 90 examples, got 16"):
        TrainingMode(make_trainer().spec, held_out, x[:n_many], 16)


@every_kind
def test_a_look_is_what_slower_ways_compute(make_trainer, examples, kind):
    trainer = make_trainer(n=16, **kind)
    trainer.advance(10)
    spec, p, (x, labels) = trainer.spec, trainer.parameters, examples
    held, many = x[:48], x[48:]
    held_out, batch = HeldOut(held, labels[:48], every=2), trainer.order[10]
    found = looked(trainer, held_out, many, n_units=5)
    looks = [(found.look, None)]
    if kind["norm"] == "bn":
        looks.append((evaluated(trainer, held_out, x[batch], labels[batch]), trainer.running_stats))
    for look, stats in looks:
        done = forward(spec, p, held, batch_size=16, running_stats=stats)
        scores = loss_and_accuracy(done.logits, labels[:48])
        np.testing.assert_allclose([look.loss, look.accuracy], scores, **EXACT)
        sites = [done.linear, done.normalized, done.activated]
        for k, site in enumerate(sites if len(looks) == 2 else sites[::2]):
            rows = np.stack([layer[::2].ravel() for layer in site])
            for ours, theirs in zip(look.summary, describe(rows), strict=True):
                np.testing.assert_allclose(ours[k], theirs, **EXACT)
        step = forward(spec, p, x[batch], running_stats=stats)
        gradient = backward(spec, p, step, cross_entropy(step.logits, labels[batch])[1])
        norms = [np.linalg.norm(w) for w in gradient.weights]
        np.testing.assert_allclose(look.gradient_norm, norms, **EXACT)
    done = forward(spec, p, held, batch_size=16)
    shares = flat_units(spec.activation, np.stack(done.activated))
    np.testing.assert_allclose([found.saturated, found.dead], shares, **EXACT)
    assert (found.statistics is None) == (kind["norm"] == "none")


def evaluated(trainer, held_out, x, labels):
    """Look at a network in evaluation mode after another one, which must not matter."""
    mode = EvaluationMode(trainer.spec, held_out, len(x), dtype=trainer.dtype)
    mode.look(trainer.parameters.flat + 0.1, trainer.running_stats + 0.5, x[::-1], labels[::-1])
    return mode.look(trainer.parameters.flat, trainer.running_stats, x, labels)


def looked(trainer, held_out, many, **more):
    """Look at a network in training mode after another one, which must not matter."""
    spec, n = trainer.spec, trainer.n
    mode = TrainingMode(spec, held_out, many, n, dtype=trainer.dtype, **more)
    start = mlp_weights(spec.sizes, spec.activation, 2.0, 9)
    mode.look(Trainer(spec, start, many, np.zeros(len(many), int), trainer.order % len(many)))
    return mode.look(trainer)


@pytest.mark.parametrize("placement", ["before", "after"])
def test_a_look_compares_the_statistics(make_trainer, examples, placement):
    trainer = make_trainer(n=16, norm="bn", placement=placement)
    trainer.advance(10)
    x, labels = examples
    held_out = HeldOut(x[:48], labels[:48])
    found = looked(trainer, held_out, x[48:], n_units=5).statistics
    site = "linear" if placement == "before" else "activated"
    batch = forward(trainer.spec, trainer.parameters, x[trainer.order[10]])
    many = forward(trainer.spec, trainer.parameters, x[48:], batch_size=16)
    read, seen = (np.stack(getattr(done, site))[..., :5] for done in (batch, many))
    np.testing.assert_allclose(found.batch, [read.mean(1), read.var(1, ddof=1)], **EXACT)
    np.testing.assert_allclose(found.true, [seen.mean(1), seen.var(1)], **EXACT)
    np.testing.assert_allclose(found.scatter[0], seen.std(1) / 4, **EXACT)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_look_changes_nothing(make_trainer, examples, optimizer):
    watched, alone = (make_trainer(n=16, norm="bn", optimizer=optimizer) for _ in range(2))
    held_out = HeldOut(*(part[:48] for part in examples))
    mode = TrainingMode(watched.spec, held_out, examples[0][48:], 16, dtype=np.float64)
    for _ in range(watched.n_steps):
        mode.look(watched)
        watched.advance(1)
    mode.look(watched)  # past the last step it is the last batch again
    alone.advance(alone.n_steps)
    assert np.array_equal(watched.parameters.flat, alone.parameters.flat)
    assert np.array_equal(watched.running_stats, alone.running_stats)


def test_a_vanishing_gradient_is_not_rounded_to_nothing(make_trainer, examples):
    """Norms whose squares are too small for float32 are not 0."""
    fields = {"norm": "none", "activation": "sigmoid", "depth": 16, "init_scale": 0.1, "n": 32}
    single, double = (
        looked(
            make_trainer(dtype=dtype, **fields), HeldOut(*examples), examples[0]
        ).look.gradient_norm
        for dtype in (np.float32, np.float64)
    )
    assert double[0] < 1e-22
    np.testing.assert_allclose(single, double, rtol=1e-4)
