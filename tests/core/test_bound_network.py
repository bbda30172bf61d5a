"""The fast pass equals the readable one, forward and backward, in training and in evaluation."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import backward, forward
from bnviz.core.train.bound_network import BoundNetwork
from bnviz.core.train.kernels import batch
from tests.core.covering import KINDS, name_of

EXACT = {"rtol": 1e-9, "atol": 1e-10}


def largest_difference(make_trainer, examples, training, **fields):
    """Give how far the fast pass of a trained network is from the readable one, twice over."""
    trainer = make_trainer(activation="tanh", n=16, **fields)
    trainer.advance(10)
    spec, p, x = trainer.spec, trainer.parameters, examples[0][:24].copy()
    spec, target = replace(spec, dropout=0.0), np.eye(3)[examples[1][:24]]
    network = BoundNetwork(
        spec, p, Parameters(spec, np.float64), 24,
        running_stats=trainer.running_stats, training=training,
    )  # fmt: skip
    network.bind(x, target)
    worst = 0.0
    for _ in range(2):  # what was in the arrays before does not matter
        network.forward()
        done = forward(spec, p, x, running_stats=trainer.running_stats, training=training)
        sites = "linear", "normalized", "activated", "logits"
        pairs = [(getattr(network, site).copy(), np.array(getattr(done, site))) for site in sites]
        network.backward()
        dlogits = cross_entropy(done.logits, target.argmax(1))[1]
        gradient = backward(spec, p, done, dlogits)
        pairs.append((network.gradient.flat, gradient.flat))
        worst = max(worst, *(np.abs(fast - readable).max() for fast, readable in pairs))
        x += 0.1
        trainer.advance(1)
    return worst


@pytest.mark.parametrize("kind", [k for k in KINDS if k["activation"] == "tanh"], ids=name_of)
@pytest.mark.parametrize("training", [True, False])
def test_equals_the_readable_pass(make_trainer, examples, kind, training):
    fields = {key: value for key, value in kind.items() if key != "activation"}
    assert largest_difference(make_trainer, examples, training, **fields) < 1e-9


def test_evaluation_refines_no_singular_vector_and_moves_no_statistic(make_trainer, examples):
    trainer = make_trainer(weight_norm="spectral")
    before = [vector.copy() for pair in trainer.parameters.singular for vector in pair]
    network = BoundNetwork(
        trainer.spec, trainer.parameters, trainer.gradient, 24,
        running_stats=trainer.running_stats.copy(), training=False,
    )  # fmt: skip
    network.bind(examples[0][:24], np.zeros((24, 3)))
    network.forward()
    after = [vector for pair in trainer.parameters.singular for vector in pair]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert np.array_equal(network.running_stats, trainer.running_stats)


@pytest.mark.parametrize("wrong", ["biased statistics of the batch", "no eps"])
def test_a_wrong_evaluation_is_found_out(make_trainer, examples, monkeypatch, wrong):
    right = batch.bind_batch_norm_in_evaluation

    def bind(site, running, **options):
        if wrong == "no eps":
            return right(site._replace(eps=site.eps * 0), running, **options)
        return batch.bind_batch_norm(site, **options)

    monkeypatch.setattr("bnviz.core.train.kernels.norm.bind_batch_norm_in_evaluation", bind)
    assert largest_difference(make_trainer, examples, training=False, eps=1e-2) > 1e-4
