"""Precise batch norm of a trainer equals that of the same network in ``core/nn``."""

import numpy as np
import pytest

from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.nn import BatchNorm1d, Linear, Sequential, Tanh
from bnviz.core.stats.precise import precise_stats
from bnviz.core.stats.recalibration import MEANINGS, VARIANCES, precise_batch_norm

TIGHT = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture
def trained(make_trainer):
    """Give a function that makes a trainer after 10 steps."""

    def make(**fields):
        trainer = make_trainer(**{"activation": "tanh", "lr": 0.02} | fields)
        trainer.advance(10)
        return trainer

    return make


def copied(trainer):
    """Give the trainer's network as layers of ``core/nn``, and its norms."""
    spec, p, layers, norms = trainer.spec, trainer.parameters, [], []
    for layer in range(spec.depth):
        linear = Linear(*p.weights[layer].shape, dtype=np.float64)
        linear.weight[...] = p.weights[layer].T
        linear.bias[...] = 0 if p.biases[layer] is None else p.biases[layer]
        norm = BatchNorm1d(spec.width, eps=spec.eps, dtype=np.float64)
        norm.weight[...], norm.bias[...] = p.gamma[layer], p.beta[layer]
        pair = [norm, Tanh()] if spec.placement == "before" else [Tanh(), norm]
        layers += [linear, *pair]
        norms.append(norm)
    return Sequential(*layers), norms


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.checks(
    "precise batch norm of a trainer, in its three meanings",
    how="the network of core/nn, float64",
    tolerance=TIGHT,
)
def test_equals_that_of_layers(trained, examples, meaning, variance, placement):
    trainer, x = trained(placement=placement), examples[0]
    options = {"meaning": meaning, "variance": variance}
    found = precise_stats(trainer.spec, trainer.parameters, x, batch_size=16, **options)
    net, norms = copied(trainer)
    precise_batch_norm(net, list(x.reshape(6, 16, 5)), **options)
    for layer, norm in enumerate(norms):
        np.testing.assert_allclose(found[0, layer], norm.running_mean, **TIGHT)
        np.testing.assert_allclose(found[1, layer], norm.running_var, **TIGHT)
    assert np.abs(found - trainer.running_stats).max() > 0.01


def test_the_statistics_of_all_examples_give_what_one_batch_of_them_gives(trained, examples):
    trainer, x = trained(), examples[0]
    spec, p = trainer.spec, trainer.parameters
    stats = precise_stats(spec, p, x, batch_size=16, meaning="all at once")
    logits = forward(spec, p, x, running_stats=stats).logits
    np.testing.assert_allclose(logits, forward(spec, p, x).logits, **TIGHT)


def test_dropout_renorm_and_chunks_are_left_out(trained, examples):
    plain = trained(norm="bn")
    expected = precise_stats(plain.spec, plain.parameters, examples[0], batch_size=16)
    for fields in ({"norm": "renorm"}, {"norm": "ghost"}, {"norm": "bn", "dropout": 0.5}):
        other = trained(**fields)
        other.parameters.flat[...] = plain.parameters.flat
        found = precise_stats(other.spec, other.parameters, examples[0], batch_size=16)
        np.testing.assert_array_equal(found, expected)


def test_replicas_along_a_leading_axis(trained, examples):
    singles = [trained(seed=seed) for seed in (0, 1)]
    spec = singles[0].spec
    of_each = (single.parameters.weights for single in singles)
    weights = [np.stack(layer) for layer in zip(*of_each, strict=True)]
    together = Parameters.start(spec, weights, np.float32, (2,))
    for meaning in MEANINGS:
        options = {"batch_size": 16, "meaning": meaning}
        found = precise_stats(spec, together, examples[0], **options)
        assert found.shape == (2, 3, 2, 8)
        assert found.dtype == np.float32
        for r, single in enumerate(singles):
            alone = Parameters.start(spec, single.parameters.weights, np.float32)
            expected = precise_stats(spec, alone, examples[0], **options)
            np.testing.assert_allclose(found[:, :, r], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "options", "message"),
    [
        ({}, {"meaning": "best"}, "meaning must be one of .*'all at once'.*, got 'best'"),
        ({}, {"variance": "best"}, "variance must be one of .*'total'.*, got 'best'"),
        ({"norm": "ln"}, {}, "norm must have running statistics to replace, got 'ln'"),
        ({}, {"batch_size": 17}, "batch_size must divide the 96 examples, got 17"),
        (
            {},
            {"batch_size": 1, "variance": "mean of batches"},
            "batch_size must be at least 2 .* 1",
        ),
    ],
    ids=str,
)
def test_refuses(make_trainer, examples, fields, options, message):
    trainer = make_trainer(**fields)
    given = {"batch_size": 16} | options
    with pytest.raises(ValueError, match=message):
        precise_stats(trainer.spec, trainer.parameters, examples[0], **given)
