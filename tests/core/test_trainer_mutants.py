"""Wrong trainers: after five steps each must differ from PyTorch, which a right one equals."""

import numpy as np
import pytest

from bnviz.core.functional import standardize, standardize_backward
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train import engine, kernels
from bnviz.core.train.engine import Engine
from bnviz.core.train.kernels import norm
from bnviz.core.train.kernels.batch import Correction, bind_batch_norm
from bnviz.reference.network import TorchTwin, numbers

FIELDS = {"activation": "tanh", "lr": 0.05}


@pytest.fixture
def distance(pytorch, make_trainer, examples):
    """Give a function: the largest difference from PyTorch after five steps."""
    assert pytorch

    def measure(**fields):
        trainer = make_trainer(**FIELDS | fields)
        twin = TorchTwin(trainer)
        twin.train(*examples, trainer.order[:5])
        trainer.advance(5)
        theirs = twin.numbers()
        return max(np.abs(ours - theirs[name]).max() for name, ours in numbers(trainer).items())

    return measure


def spoil(monkeypatch, name, wrong_backward):
    """Let a kernel run as it is, then have ``wrong_backward`` write over its gradients."""
    right = getattr(kernels, name)

    def bind(*args):
        forward, backward = right(*args)
        incoming = next((a.grad for a in args if isinstance(a, kernels.NormSite)), None)

        def wrong():
            before = None if incoming is None else incoming.copy()
            backward()
            wrong_backward(before, *args)

        return forward, wrong

    monkeypatch.setattr(kernels, name, bind)


def a_mean_taken_as_constant(monkeypatch):
    def wrong(dy, _spec, site, _running):
        site.grad[...] = dy * site.gamma

    spoil(monkeypatch, "bind_norm", wrong)


def a_deviation_taken_as_constant(monkeypatch):
    def wrong(dy, _spec, site, _running):
        site.grad[...] = dy * site.gamma / np.sqrt(site.var + site.eps)

    spoil(monkeypatch, "bind_norm", wrong)


def gamma_after_the_mean_over_the_row(monkeypatch):
    """Right for batch norm, where gamma is constant along the axes."""

    def wrong(dy, _spec, site, _running):
        s = standardize(site.x, (-1,), site.eps[0])
        site.grad[...] = standardize_backward(dy, s.x_hat, s.inv_std, (-1,))[0] * site.gamma

    spoil(monkeypatch, "bind_norm", wrong)


def groups_as_wide_as_the_layer(monkeypatch):
    monkeypatch.setattr(Spec, "group_width", property(lambda spec: spec.width))


def rms_with_the_mean_taken_out(monkeypatch):
    right = norm.bind_row_norm
    monkeypatch.setattr(norm, "bind_row_norm", lambda site, n, **_: right(site, n))


def corrections_without_limits(monkeypatch):
    def unlimited(site, running, _r_max, _d_max):
        return Correction(site, running, np.inf, np.inf)

    monkeypatch.setattr("bnviz.core.train.kernels.batch.Correction", unlimited)


def dgamma_without_the_corrections(monkeypatch):
    def wrong(site, running, r_max, d_max):
        return bind_batch_norm(site, correction=Correction(site, running, r_max, d_max))

    monkeypatch.setattr(norm, "bind_renorm", wrong)


def one_chunk_for_the_running_statistics(monkeypatch):
    right = Engine._track_statistics

    def wrong(self):
        self._stats_of_chunks = self._stats_of_chunks[-1:]
        right(self)

    monkeypatch.setattr(Engine, "_track_statistics", wrong)


def chunks_of_every_other_example(monkeypatch):
    """Neighbours must share a chunk: here the first half of the batch goes to other places."""
    right = norm.bind_ghost

    def wrong(site):
        shuffled = np.empty_like(site.x)
        forward, backward = right(site._replace(x=shuffled))
        half = len(shuffled) // 2

        def wrong_forward():
            shuffled[0::2], shuffled[1::2] = site.x[:half], site.x[half:]
            forward()

        return wrong_forward, backward

    monkeypatch.setattr(norm, "bind_ghost", wrong)


def decay_of_everything(monkeypatch):
    right = Parameters.spread.__func__

    def spread(cls, *args, weights_only=False):
        del weights_only
        return right(cls, *args)

    monkeypatch.setattr(Parameters, "spread", classmethod(spread))


def decay_beside_the_optimizer(monkeypatch):
    """What AdamW does."""

    def move(self):
        p, spec = self.parameters, self.spec
        for weight in p.weights:
            weight *= 1 - spec.lr * spec.weight_decay
        self._optimizer.step(p.flat, self.gradient.flat)

    monkeypatch.setattr(Engine, "_move", move)


def dropout_that_loses_the_mean(monkeypatch):
    right = engine.dropout_masks
    monkeypatch.setattr(engine, "dropout_masks", lambda spec, *a: right(spec, *a) * 0.7)


def the_same_masks_in_every_step(monkeypatch):
    right = engine.dropout_masks
    monkeypatch.setattr(engine, "dropout_masks", lambda spec, n, _, *a: right(spec, n, 0, *a))


def no_gradient_past_the_layer(monkeypatch):
    right = kernels.bind_skip

    def wrong(*args):
        (fork, _), *blocks = right(*args)
        return [(fork, lambda: None), *blocks]

    monkeypatch.setattr(kernels, "bind_skip", wrong)


def directions_that_learn_their_length(monkeypatch):
    def wrong(_, direction, length, used):
        norms = np.linalg.norm(direction[0], axis=0)
        direction[1][...] = used[1] * length[0] / norms

    spoil(monkeypatch, "bind_weight_norm", wrong)


def a_spectral_norm_taken_as_constant(monkeypatch):
    def wrong(_, learned, _singular, used):
        learned[1][...] = used[1] * (used[0] / learned[0])

    spoil(monkeypatch, "bind_spectral_norm", wrong)


def two_steps_of_the_power_iteration(monkeypatch):
    right = kernels.bind_spectral_norm

    def wrong(*args):
        forward, backward = right(*args)
        return lambda: (forward(), forward()), backward

    monkeypatch.setattr(kernels, "bind_spectral_norm", wrong)


MUTANTS = [
    (a_mean_taken_as_constant, {"norm": "mean-only"}),
    (a_deviation_taken_as_constant, {"norm": "std-only"}),
    (gamma_after_the_mean_over_the_row, {"norm": "ln"}),
    (groups_as_wide_as_the_layer, {"norm": "gn"}),
    (rms_with_the_mean_taken_out, {"norm": "rms"}),
    (corrections_without_limits, {"norm": "renorm"}),
    (dgamma_without_the_corrections, {"norm": "renorm"}),
    (one_chunk_for_the_running_statistics, {"norm": "ghost"}),
    (chunks_of_every_other_example, {"norm": "ghost"}),
    (decay_of_everything, {"weight_decay": 0.1}),
    (decay_beside_the_optimizer, {"weight_decay": 0.1, "optimizer": "adam", "lr": 0.01}),
    (dropout_that_loses_the_mean, {"dropout": 0.3}),
    (the_same_masks_in_every_step, {"dropout": 0.3}),
    (no_gradient_past_the_layer, {"skip": True}),
    (directions_that_learn_their_length, {"weight_norm": "weight"}),
    (a_spectral_norm_taken_as_constant, {"weight_norm": "spectral"}),
    (two_steps_of_the_power_iteration, {"weight_norm": "spectral"}),
]


@pytest.mark.parametrize(("mutant", "fields"), MUTANTS, ids=lambda v: getattr(v, "__name__", ""))
@pytest.mark.checks(
    "training: what a wrong trainer would change is found out",
    how="mutants of kernels, decay, dropout and skip against PyTorch",
    tolerance="right 1e-10, wrong 1e-6 or more",
)
def test_a_mutant_is_found_out(monkeypatch, distance, mutant, fields):
    assert distance(**fields) < 1e-10
    mutant(monkeypatch)
    assert distance(**fields) > 1e-6
