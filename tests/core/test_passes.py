"""The readable passes against the quick trainer, against PyTorch and against finite differences."""

import numpy as np
import pytest

from bnviz.core import activations
from bnviz.core.losses import cross_entropy
from bnviz.core.network import passes
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.network.spec import ACTIVATIONS
from bnviz.core.train.dropout import dropout_masks
from bnviz.reference.network import TorchTwin, named
from tests.core.covering import OPTIONS, name_of, pairwise

EXACT = {"rtol": 1e-10, "atol": 1e-10}
FIELDS = ("norm", "placement", "activation", "skip", "dropout", "dropout_position")
FIELDS += ("weight_norm",)
KINDS = pairwise(**{name: OPTIONS[name] for name in FIELDS})
every_kind = pytest.mark.parametrize("kind", KINDS, ids=name_of)


@pytest.fixture
def trained(make_trainer):
    """Give a function that makes a trainer after 10 steps: nothing is 0 or 1 any more.

    A mean that is left in and divided by a small deviation makes a network unsteady: eps helps.
    """

    def make(**fields):
        eps = 0.1 if fields.get("norm") == "std-only" else 1e-5
        trainer = make_trainer(**{"lr": 0.02, "eps": eps} | fields)
        trainer.advance(10)
        return trainer

    return make


def copy_of(parameters, spec, dtype=np.float64):
    copy = Parameters(spec, dtype)
    copy.flat[...] = parameters.flat
    copy.singular = parameters.singular
    return copy


@every_kind
def test_training_mode_equals_the_trainer(trained, examples, kind):
    trainer = trained(**kind)
    spec, before = trainer.spec, copy_of(trainer.parameters, trainer.spec)
    running, batch = trainer.running_stats.copy(), trainer.order[trainer.n_done]
    trainer.advance(1)
    masks = trainer.masks if spec.dropout else None
    done = forward(
        spec, before, examples[0][batch], running_stats=running, training=True, masks=masks
    )
    for site in ("linear", "normalized", "activated"):
        np.testing.assert_allclose(getattr(done, site), getattr(trainer, site), **EXACT)
    for layer, s in enumerate(done.statistics):
        if spec.over_batch:
            ours = np.array([s.mean[-1, 0], s.var[-1, 0]])
            np.testing.assert_allclose(ours, trainer.batch_stats[:, layer], **EXACT)
    assert len(done.statistics) == (0 if kind["norm"] == "none" else spec.depth)
    _, dlogits = cross_entropy(done.logits, examples[1][batch])
    gradient = backward(spec, before, done, dlogits)
    theirs = trainer.gradient.flat / trainer.gradient_scale
    np.testing.assert_allclose(gradient.flat, theirs, **EXACT)


@every_kind
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.checks(
    "a whole network in train and eval mode",
    how="torch.nn, float64",
    tolerance=EXACT,
)
def test_equals_pytorch_in_both_modes(trained, pytorch, examples, kind, training):
    assert pytorch
    trainer = trained(**kind)
    spec, p, (x, labels) = trainer.spec, trainer.parameters, examples
    twin = TorchTwin(trainer)
    logits = twin.look(x, labels, training=training)
    for layer, (u, v) in enumerate(p.singular):  # only training refines them
        theirs = twin.numbers()
        u[...], v[...] = (theirs[f"linears.{layer}.parametrizations.weight.0._{n}"] for n in "uv")
    done = forward(spec, p, x, running_stats=trainer.running_stats, training=training)
    gradient = backward(spec, p, done, cross_entropy(done.logits, labels)[1], training=training)
    np.testing.assert_allclose(done.logits, logits, **EXACT)
    theirs = twin.gradients()
    assert set(named(spec, gradient)) == set(theirs)
    for name, ours in named(spec, gradient).items():
        np.testing.assert_allclose(ours, theirs[name], **EXACT, err_msg=name)


@every_kind
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.checks(
    "a whole network: gradients of all weights",
    how="directional differences",
    tolerance="relative 1e-5",
)
def test_gradients_are_right_by_finite_differences(trained, examples, kind, training):
    """Central differences of ``(w * logits).sum()`` along random directions, in two batches.

    Batch renorm is left out in training mode: it takes its corrections as constants, so its
    gradient is not that of what it computes. Along the gradient of a ReLU network there are
    kinks: the step is small, and so is the network.
    """
    if kind["norm"] == "renorm" and training:
        return
    trainer = trained(**kind, depth=2)
    spec, p, x = trainer.spec, trainer.parameters, examples[0][:32]
    rng = np.random.default_rng(5)
    cotangent = rng.normal(size=(32, 3))
    masks = dropout_masks(spec, 32, 0, seed=0, dtype=np.float64) if spec.dropout else None
    options = {"batch_size": 16, "running_stats": trainer.running_stats, "training": training}
    options["masks"] = masks

    def value(parameters):
        return (cotangent * forward(spec, parameters, x, **options).logits).sum()

    done = forward(spec, p, x, **options)
    gradient = backward(spec, p, done, cotangent, training=training)
    for _ in range(5):
        direction, step = rng.normal(size=p.flat.shape), 1e-6
        ahead, behind = copy_of(p, spec), copy_of(p, spec)
        ahead.flat += step * direction
        behind.flat -= step * direction
        slope = (value(ahead) - value(behind)) / (2 * step)
        np.testing.assert_allclose(gradient.flat @ direction, slope, rtol=1e-5)


def test_examples_are_cut_into_batches_in_their_order(trained, examples):
    trainer = trained(activation="tanh")
    spec, p, x = trainer.spec, trainer.parameters, examples[0]
    whole = forward(spec, p, x, batch_size=16)
    parts = [forward(spec, p, batch) for batch in x.reshape(6, 16, 5)]
    np.testing.assert_allclose(whole.logits, np.concatenate([q.logits for q in parts]), **EXACT)
    assert whole.statistics[0].mean.shape == (6, 1, 8)
    assert not np.allclose(whole.logits, forward(spec, p, x).logits, atol=1e-3)


def test_a_batch_of_two_is_plus_and_minus_one(make_trainer, examples):
    """Whatever the two examples are: batch normalization keeps only which one is larger."""
    trainer = make_trainer(eps=1e-12)  # at the start: gamma is 1 and beta 0
    first = forward(trainer.spec, trainer.parameters, examples[0], batch_size=2).normalized[0]
    pairs = first.reshape(-1, 2, 8)
    np.testing.assert_allclose(np.abs(pairs), 1, atol=1e-6)
    np.testing.assert_allclose(pairs[:, 0], -pairs[:, 1], atol=1e-12)


def test_without_normalization_modes_and_batches_do_not_matter(trained, examples):
    trainer = trained(norm="none")
    spec, p, x = trainer.spec, trainer.parameters, examples[0]
    logits = forward(spec, p, x).logits
    np.testing.assert_allclose(forward(spec, p, x, batch_size=2).logits, logits, **EXACT)
    evaluated = forward(spec, p, x, running_stats=trainer.running_stats)
    np.testing.assert_allclose(evaluated.logits, logits, **EXACT)


def test_evaluation_mode_treats_each_example_by_itself(trained, examples):
    trainer = trained()
    spec, p, x = trainer.spec, trainer.parameters, examples[0]
    kept = trainer.running_stats.copy()
    whole = forward(spec, p, x, running_stats=trainer.running_stats)
    one = forward(spec, p, x[3:4], running_stats=trainer.running_stats)
    np.testing.assert_allclose(whole.logits[3:4], one.logits, **EXACT)
    assert np.array_equal(trainer.running_stats, kept)


@every_kind
def test_replicas_along_a_leading_axis(trained, examples, kind):
    singles = [trained(**kind, seed=seed) for seed in (0, 1)]
    spec, (x, _) = singles[0].spec, examples
    together = Parameters(spec, np.float64, (2,))
    for r, single in enumerate(singles):
        for ours, theirs in zip(views(together), views(single.parameters), strict=True):
            ours[r] = theirs
    for pairs in zip(*(single.parameters.singular for single in singles), strict=True):
        together.singular.append(tuple(np.stack(vectors) for vectors in zip(*pairs, strict=True)))
    stats = np.stack([single.running_stats for single in singles], 2)
    cotangent = np.random.default_rng(1).normal(size=(2, 96, 3))
    for training in (True, False):
        mode = {"batch_size": 16, "training": training}
        done = forward(spec, together, x, running_stats=stats, **mode)
        gradient = backward(spec, together, done, cotangent, training=training)
        for r, single in enumerate(singles):
            own = single.running_stats
            alone = forward(spec, single.parameters, x, running_stats=own, **mode)
            np.testing.assert_allclose(done.logits[r], alone.logits, **EXACT)
            expected = backward(spec, single.parameters, alone, cotangent[r], training=training)
            for ours, theirs in zip(views(gradient), views(expected), strict=True):
                np.testing.assert_allclose(ours[r], theirs, **EXACT)


def views(p):
    """Give all parameters, the replica axis first."""
    yield from p.weights
    yield from (bias for bias in p.biases if bias is not None)
    yield from (*p.gamma, *p.beta, *p.lengths)


@pytest.mark.parametrize("batch_size", [0, 5, 64, 97])
def test_refuses_a_batch_size_that_does_not_divide(trained, examples, batch_size):
    trainer = trained()
    message = f"batch_size must divide the 96 examples, got {batch_size}"
    with pytest.raises(ValueError, match=message):
        forward(trainer.spec, trainer.parameters, examples[0], batch_size=batch_size)


def test_keeps_float32(make_trainer, examples):
    trainer = make_trainer(dtype=np.float32)
    x = examples[0].astype(np.float32)
    for stats in (None, trainer.running_stats):
        done = forward(trainer.spec, trainer.parameters, x, running_stats=stats)
        assert done.logits.dtype == np.float32
        dlogits = cross_entropy(done.logits, examples[1])[1]
        gradient = backward(trainer.spec, trainer.parameters, done, dlogits)
        assert gradient.flat.dtype == np.float32


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_is_the_derivative(name):
    x, step = np.array([-3.0, -0.7, -1e-3, 1e-3, 0.4, 2.0]), 1e-6
    difference = activations.activate(name, x + step) - activations.activate(name, x - step)
    slope = activations.slope(name, activations.activate(name, x))
    np.testing.assert_allclose(slope, difference / (2 * step), atol=1e-8)


def test_loss_and_accuracy(examples):
    labels = examples[1]
    logits = np.random.default_rng(2).normal(size=(96, 3))
    loss, accuracy = passes.loss_and_accuracy(logits, labels)
    log_softmax = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    np.testing.assert_allclose(loss, -log_softmax[np.arange(96), labels].mean(), rtol=1e-12)
    assert accuracy == (logits.argmax(1) == labels).mean()
    assert 0 < accuracy < 1
