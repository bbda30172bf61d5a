"""What is sent through in place equals the readable forward pass, and what an onlooker sees too."""

import numpy as np
import pytest

from bnviz.core.losses import cross_entropy
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.core.stats.summary import describe, flat_units
from bnviz.core.train.evaluation import Onlooker
from bnviz.core.train.passage import Passage

EXACT = {"rtol": 1e-10, "atol": 1e-10}
KINDS = [
    {"norm": norm, "placement": placement, "activation": activation}
    for norm, placement in (("none", "before"), ("bn", "before"), ("bn", "after"))
    for activation in ("relu", "tanh", "sigmoid")
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(kind.values()))


@every_kind
@pytest.mark.parametrize("training", [True, False])
def test_equals_the_readable_pass(make_trainer, examples, kind, training):
    trainer = make_trainer(**kind)
    trainer.advance(10)
    x = examples[0][:48]
    passage = Passage(trainer.spec, x, 16)
    stats = None if training else trainer.running_stats
    for _ in range(2):  # what stood there before does not matter
        passage.run(trainer.parameters, stats)
        done = forward(trainer.spec, trainer.parameters, x, batch_size=16, running_stats=stats)
        for site in ("linear", "normalized", "activated", "logits"):
            np.testing.assert_allclose(getattr(passage, site), getattr(done, site), **EXACT)
        trainer.advance(3)
    assert np.shares_memory(passage.normalized, passage.linear) == (kind["norm"] == "none")


@pytest.mark.parametrize(
    "change",
    [{"norm": "ln"}, {"skip": True}, {"dropout": 0.5}, {"weight_norm": "spectral"}],
    ids=str,
)
def test_refuses_what_it_cannot_do(make_trainer, examples, change):
    spec = make_trainer(**change).spec
    with pytest.raises(ValueError, match="norm 'none' or 'bn' and nothing else"):
        Passage(spec, examples[0], 16)


@pytest.mark.parametrize("size", [0, 5, 97])
def test_refuses_batches_that_do_not_fit(make_trainer, examples, size):
    with pytest.raises(ValueError, match=f"must divide the 96 examples, got {size}"):
        Passage(make_trainer().spec, examples[0], size)


@every_kind
def test_an_onlooker_sees_what_slower_ways_compute(make_trainer, examples, kind):
    trainer = make_trainer(n=16, **kind)
    trainer.advance(10)
    spec, p, (x, labels) = trainer.spec, trainer.parameters, examples
    held, many = x[:48], x[48:]
    look = Onlooker(trainer, held, labels[:48], many, every=2, n_units=5).look()
    batch = trainer.order[10]
    modes = [None, trainer.running_stats][: 2 if kind["norm"] == "bn" else 1]
    for mode, stats in enumerate(modes):
        done = forward(spec, p, held, batch_size=16, running_stats=stats)
        scores = loss_and_accuracy(done.logits, labels[:48])
        np.testing.assert_allclose([look.loss[mode], look.accuracy[mode]], scores, **EXACT)
        sites = [done.linear, done.normalized, done.activated]
        for k, site in enumerate(sites if stats is not None or len(modes) == 2 else sites[::2]):
            rows = np.stack([layer[::2].ravel() for layer in site])
            for ours, theirs in zip(look.summary, describe(rows), strict=True):
                np.testing.assert_allclose(ours[mode, k], theirs, **EXACT)
        step = forward(spec, p, x[batch], running_stats=stats)
        gradient = backward(spec, p, step, cross_entropy(step.logits, labels[batch])[1])
        norms = [np.linalg.norm(w) for w in gradient.weights]
        np.testing.assert_allclose(look.gradient_norm[mode], norms, **EXACT)
    done = forward(spec, p, held, batch_size=16)
    shares = flat_units(spec.activation, np.stack(done.activated))
    np.testing.assert_allclose([look.saturated, look.dead], shares, **EXACT)
    assert (look.statistics is None) == (kind["norm"] == "none")


@pytest.mark.parametrize("placement", ["before", "after"])
def test_an_onlooker_compares_the_statistics(make_trainer, examples, placement):
    trainer = make_trainer(n=16, norm="bn", placement=placement)
    trainer.advance(10)
    x, labels = examples
    found = Onlooker(trainer, x[:48], labels[:48], x[48:], n_units=5).look().statistics
    site = "linear" if placement == "before" else "activated"
    batch = forward(trainer.spec, trainer.parameters, x[trainer.order[10]])
    many = forward(trainer.spec, trainer.parameters, x[48:], batch_size=16)
    read, seen = (np.stack(getattr(done, site))[..., :5] for done in (batch, many))
    np.testing.assert_allclose(found.batch, [read.mean(1), read.var(1, ddof=1)], **EXACT)
    np.testing.assert_allclose(found.true, [seen.mean(1), seen.var(1)], **EXACT)
    np.testing.assert_allclose(found.scatter[0], seen.std(1) / 4, **EXACT)
    assert np.array_equal(found.running, trainer.running_stats[..., :5])


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_looking_changes_nothing(make_trainer, examples, optimizer):
    watched, alone = (make_trainer(n=16, norm="bn", optimizer=optimizer) for _ in range(2))
    onlooker = Onlooker(watched, examples[0][:48], examples[1][:48], examples[0][48:])
    for _ in range(watched.n_steps):
        onlooker.look()
        watched.advance(1)
    onlooker.look()  # past the last step it is the last batch again
    alone.advance(alone.n_steps)
    assert np.array_equal(watched.parameters.flat, alone.parameters.flat)
    assert np.array_equal(watched.running_stats, alone.running_stats)
