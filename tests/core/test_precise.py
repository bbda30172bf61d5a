"""Precise batch norm of a trainer equals that of the same network in ``core/nn``."""

import numpy as np
import pytest

from bnviz.core.network.passes import forward
from bnviz.core.nn import BatchNorm1d, Linear, Sequential, Tanh
from bnviz.core.stats.precise import precise_stats
from bnviz.core.stats.recalibration import VARIANCES, precise_batch_norm

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


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.checks(
    "precise batch norm of a trainer",
    how="the network of core/nn, float64",
    tolerance=TIGHT,
)
def test_equals_that_of_layers(trained, examples, variance, placement):
    trainer, x = trained(placement=placement), examples[0]
    for size, meaning in ((16, "training batches"), (96, "all at once")):
        done = forward(trainer.spec, trainer.parameters, x, batch_size=size)
        found = precise_stats(done, variance)
        net, norms = copied(trainer)
        precise_batch_norm(net, list(x.reshape(6, 16, 5)), meaning=meaning, variance=variance)
        for layer, norm in enumerate(norms):
            np.testing.assert_allclose(found[0, layer], norm.running_mean, **TIGHT)
            np.testing.assert_allclose(found[1, layer], norm.running_var, **TIGHT)
        assert np.abs(found - trainer.running_stats).max() > 0.01


def test_the_statistics_of_all_examples_give_what_one_batch_of_them_gives(trained, examples):
    trainer, x = trained(), examples[0]
    done = forward(trainer.spec, trainer.parameters, x)
    stats = precise_stats(done)
    logits = forward(trainer.spec, trainer.parameters, x, running_stats=stats).logits
    np.testing.assert_allclose(logits, done.logits, **TIGHT)


def test_refuses(trained, examples):
    trainer, x = trained(), examples[0]
    spec, p, running = trainer.spec, trainer.parameters, trainer.running_stats
    with pytest.raises(ValueError, match=r"variance must be one of .*, got 'best'"):
        precise_stats(forward(spec, p, x), "best")
    plain = trained(norm="none")
    for done in (
        forward(plain.spec, plain.parameters, x),
        forward(spec, p, x, running_stats=running),
    ):
        with pytest.raises(ValueError, match="a pass in training mode through layers of batch"):
            precise_stats(done)
