"""Precise batch norm: what each layer met in training mode, as layers of ``core/nn`` measure it."""

import numpy as np
import pytest

from bnviz.core.network.passes import forward
from bnviz.core.stats.precise import VARIANCES, precise_stats
from tests.as_layers import as_layers, statistics

TIGHT = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture
def trained(make_trainer):
    """Give a function that makes a trainer after 10 steps."""

    def make(**fields):
        trainer = make_trainer(**{"activation": "tanh", "lr": 0.02} | fields)
        trainer.advance(10)
        return trainer

    return make


@pytest.mark.parametrize("variance", VARIANCES)
@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.checks(
    "precise batch norm of a trainer",
    how="the network of core/nn, float64",
    tolerance=TIGHT,
)
def test_equals_what_layers_meet(trained, examples, variance, placement):
    trainer, x = trained(placement=placement), examples[0]
    for size in (16, 96):
        done = forward(trainer.spec, trainer.parameters, x, batch_size=size)
        found = precise_stats(done, variance)
        net = as_layers(trainer.spec, trainer.parameters, momentum=None)
        met = []
        for batch in x.reshape(-1, size, 5):
            h = batch
            for layer in net.layers:
                met.append(h)
                h = layer(h)
        wanted = statistics(net)
        if variance == "total":
            place = 1 if placement == "before" else 2  # of the norm, in each three layers
            all_LMC = [
                np.concatenate(met[3 * k + place :: len(net.layers)]) for k in range(found.shape[1])
            ]
            np.testing.assert_allclose(wanted[0], np.mean(all_LMC, axis=1), **TIGHT)
            wanted[1] = np.var(all_LMC, axis=1)
        np.testing.assert_allclose(found, wanted, **TIGHT)
        assert np.abs(found - trainer.running_stats).max() > 0.01


def test_the_mean_of_batches_forgets_how_the_batches_differ(trained, examples):
    """Batches of sorted examples: much of the variance is between them."""
    trainer, x = trained(depth=1), examples[0]
    done = forward(trainer.spec, trainer.parameters, x[x[:, 2].argsort()], batch_size=16)
    total, paper = precise_stats(done)[1], precise_stats(done, "mean of batches")[1]
    assert paper.mean() < 0.9 * total.mean()


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
