"""Halves of claims that no lab shows: the rest is guarded by the tests of the labs."""

import time

import numpy as np
import pytest

from bnviz import functional as F
from bnviz import nn
from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.family.record import record
from bnviz.labs.family.settings import NORMS, SIZES
from bnviz.labs.systems import LAB, Settings
from tests.held.share import TEN
from tests.lessons import over

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)
LOOKS = (10, 200)
"""Steps between which a network has learned."""


@pytest.fixture(scope="module", params=SEEDS)
def learning(request):
    return learned(request.param)


def learned(seed):
    """Give a network with BN on digits after few and after many steps: its parameters, a pass."""
    split = data.load("digits")
    spec = Spec(n_inputs=64, width=32, depth=3, n_classes=10, norm="bn", lr=0.1)
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    order = batch_order(len(split.x_train), 32, LOOKS[-1], seed)
    trainer = Trainer(spec, weights, split.x_train, split.y_train, order, dtype=np.float64)
    found = []
    for step in LOOKS:
        trainer.advance(step - trainer.n_done)
        p = Parameters(spec, np.float64)
        p.flat[...] = trainer.parameters.flat
        found.append((p, forward(spec, p, split.x_test.astype(np.float64))))
    return spec, found


@EACH
def test_in_eval_mode_gamma_and_beta_can_undo_bn_for_every_input(seed):
    rng = np.random.default_rng(seed)
    mean, var = rng.normal(size=5), rng.uniform(0.1, 9, 5)
    gamma = np.sqrt(var + 1e-5)
    for spread in (1, 100):
        x = spread * rng.normal(size=(7, 5))
        y, _ = F.batch_norm(x, gamma, mean, mean, var, training=False)
        np.testing.assert_allclose(y, x, rtol=1e-12, atol=1e-12)


def test_the_next_weights_can_undo_a_gamma(learning):
    """One unit, its γ and β five times as large: ReLU passes the factor on, and W divides by it."""
    spec, (_, (p, before)) = learning
    q = Parameters(spec, np.float64)
    q.flat[...] = p.flat
    q.affine[:, 0, 3] *= 5
    x = data.load("digits").x_test.astype(np.float64)
    assert np.abs(forward(spec, q, x).logits - before.logits).max() > 0.1
    q.weights[1][3] /= 5
    np.testing.assert_allclose(forward(spec, q, x).logits, before.logits, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("width", "depth"), [(100, 3), (64, 10)])
def test_gamma_and_beta_are_two_numbers_for_each_unit_and_few_beside_the_weights(width, depth):
    shape = {"n_inputs": 64, "width": width, "depth": depth, "n_classes": 10}
    none, bn = (Parameters(Spec(norm=norm, **shape), np.float32) for norm in ("none", "bn"))
    assert bn.gamma.size + bn.beta.size == 2 * width * depth < 0.04 * none.flat.size
    assert bn.biases[:-1] == [None] * depth  # the bias before BN is gone
    assert bn.flat.size - none.flat.size == width * depth


def test_only_two_moments_stay_while_a_network_learns(learning):
    """Mean and variance before γ and β; not the correlations, the shape, nor what γ and β make."""
    _, ((_, early), (_, late)) = learning
    for then, now in zip(early.statistics, late.statistics, strict=True):
        values = [part.x_hat.reshape(-1, 32) for part in (then, now)]
        for x_hat in values:
            np.testing.assert_allclose(x_hat.mean(0), 0, atol=1e-9)
            np.testing.assert_allclose(x_hat.var(0), 1, atol=1e-3)
        correlations = [np.corrcoef(x_hat.T) for x_hat in values]
        assert np.abs(correlations[1] - correlations[0]).max() > 0.3
        skewness = [(x_hat**3).mean(0) for x_hat in values]
        assert np.abs(skewness[1] - skewness[0]).max() > 0.3
    assert np.abs(late.normalized[0].mean(0) - early.normalized[0].mean(0)).max() > 0.05


@EACH
def test_a_layer_does_not_feel_scale_and_bias_of_the_weights_below_but_their_direction(seed):
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(32, 6)), rng.normal(size=(6, 4))

    def layer(weight, bias=0.0):
        return F.batch_norm(x @ weight + bias, eps=1e-12)[0]

    np.testing.assert_allclose(layer(10 * weight, rng.normal(size=4)), layer(weight), atol=1e-9)
    turned = weight + rng.normal(size=weight.shape)
    assert np.abs(layer(turned) - layer(weight)).max() > 0.5


@pytest.mark.parametrize("shape", [(4,), (4, 5, 5)])
def test_what_bn_keeps_for_the_backward_pass_is_as_large_as_its_input(shape):
    for n in (2, 16, 128):
        x = np.random.default_rng(n).normal(size=(n, *shape))
        _, cache = F.batch_norm(x)
        assert cache.x_hat.nbytes == x.nbytes
        assert not np.shares_memory(cache.x_hat, x)


@pytest.mark.slow
@EACH
def test_a_convolution_with_bn_takes_longer_than_alone(seed):
    """A clock: the fastest of eleven calls, with work that is more than half as much again."""
    alone, train, *_ = LAB.run("cost", Settings(seed=seed)).found.time_ms
    assert train > alone


@EACH
def test_in_the_end_larger_batches_do_not_read_more_digits(seed):
    accuracy = record().sizes[list(NORMS).index("bn"), :, seed]
    at = {n: accuracy[SIZES.index(n)] for n in SIZES}
    assert at[2] < at[4] - 0.3
    assert at[4] < at[16]
    assert abs(at[128] - at[32]) < 0.02


@pytest.mark.parametrize("n", [16, 32, 64, 128])
def test_group_norm_is_a_little_behind_bn_in_large_batches(n):
    shares = record().sizes[:, SIZES.index(n)]
    group, batch = (shares[list(NORMS).index(norm)] for norm in ("gn", "bn"))
    assert 0 < batch.mean() - group.mean() < 0.04


@EACH
def test_a_network_without_its_running_statistics_is_another_one(seed):
    rng = np.random.default_rng(seed)
    trained, loaded = nn.BatchNorm1d(5), nn.BatchNorm1d(5)
    for _ in range(50):
        trained(3 + 2 * rng.normal(size=(32, 5)))
    x = 3 + 2 * rng.normal(size=(8, 5))
    wanted = trained.eval()(x)
    for name, value in trained.parameters().items():
        loaded.parameters()[name][...] = value
    assert np.abs(loaded.eval()(x) - wanted).max() > 1
    loaded.load_state_dict(trained.state_dict())
    np.testing.assert_array_equal(loaded(x), wanted)


@EACH
def test_decay_of_gamma_changes_the_function_and_that_of_the_weights_below_does_not(seed):
    rng = np.random.default_rng(seed)
    x, weight, gamma = rng.normal(size=(32, 6)), rng.normal(size=(6, 4)), rng.uniform(0.5, 2, 4)
    y, _ = F.batch_norm(x @ weight, gamma, eps=1e-12)
    decayed, _ = F.batch_norm(x @ (0.9 * weight), gamma, eps=1e-12)
    np.testing.assert_allclose(decayed, y, atol=1e-9)
    shrunk, _ = F.batch_norm(x @ weight, 0.9 * gamma, eps=1e-12)
    np.testing.assert_allclose(shrunk, 0.9 * y, atol=1e-9)


@EACH
def test_in_a_convolution_a_batch_of_two_leaves_more_than_the_sign(seed):
    """Behind a dense layer two values of each unit, behind a convolution all of 2 × 8 × 8."""
    rng = np.random.default_rng(seed)
    x_hat, _ = F.batch_norm(rng.normal(size=(2, 3, 8, 8)))
    assert len(np.unique(x_hat[:, 0])) == 128
    dense, _ = F.batch_norm(rng.normal(size=(2, 3)), eps=1e-12)
    np.testing.assert_allclose(np.abs(dense), 1, atol=1e-6)


def test_batch_means_are_right_on_average_and_variances_too_small_by_a_known_factor():
    """All batches that can be drawn, with replacement, from five numbers."""
    numbers = np.array([0.0, 1.0, 1.0, 4.0, 9.0])
    for m in (2, 4):
        batches = np.stack(np.meshgrid(*[numbers] * m), -1).reshape(-1, m)
        assert batches.mean(1).mean() == pytest.approx(numbers.mean())
        assert batches.var(1).mean() == pytest.approx((m - 1) / m * numbers.var())


@EACH
def test_bn_behind_a_sum_does_not_fold_into_the_branch_alone(seed):
    """BN(x + W x): folded into W the branch is right, and the skip keeps its own scale."""
    rng = np.random.default_rng(seed)
    x, weight = rng.normal(size=(16, 4)), rng.normal(size=(4, 4))
    mean, var = rng.normal(size=4), rng.uniform(0.5, 2, 4)
    wanted, _ = F.batch_norm(x + x @ weight, None, None, mean, var, training=False)
    scale = 1 / np.sqrt(var + 1e-5)
    branch = x @ (weight * scale) - mean * scale
    assert np.abs(x + branch - wanted).max() > 0.1
    np.testing.assert_allclose(x * scale + branch, wanted, rtol=1e-9, atol=1e-9)


def share_of_time(channels, seed, n_rounds=9):
    """Give BN's share of forward and backward beside a convolution: processor time, the fastest."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, channels, 32, 32)).astype(np.float32)
    conv, norm = nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
    rounds = []
    for _ in range(n_rounds):
        clock, passed = [time.process_time()], x
        for call in (conv, norm, norm.backward, conv.backward):
            passed = call(passed)
            clock.append(time.process_time())
        rounds.append(np.diff(clock))
    conv_forward, bn_forward, bn_backward, conv_backward = np.min(rounds, axis=0)
    bn = bn_forward + bn_backward
    return bn / (bn + conv_forward + conv_backward)


@pytest.mark.slow
@over(TEN, always=1)
def test_timed_bn_costs_a_smaller_share_beside_wider_convolutions(seed):
    narrow, wide = share_of_time(4, seed), share_of_time(64, seed)
    assert wide < 0.75 * narrow
    assert wide < 0.12


def test_the_share_of_bn_beside_a_convolution_falls_with_the_channels():
    """A 3 × 3 convolution, C to C channels: 9 C² weights, each used at every pixel."""
    shares = []
    for c in (4, 16, 64):
        conv, norm = nn.Conv2d(c, c, 3, bias=False), nn.BatchNorm2d(c)
        weights, own = (sum(p.size for p in part.parameters().values()) for part in (conv, norm))
        assert (weights, own) == (9 * c * c, 2 * c)
        shares.append(own / weights)
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.01


@EACH
@pytest.mark.parametrize("norm", ["bn", "none"])
def test_a_fixed_seed_makes_a_run_repeat_with_bn_and_without(norm, seed):
    split, ends = data.load("digits"), []
    spec = Spec(n_inputs=64, width=16, depth=3, n_classes=10, norm=norm)
    order = batch_order(len(split.x_train), 32, 20, seed)
    for start in (seed, seed, seed + 1):
        weights = mlp_weights(spec.sizes, "relu", 1.0, start)
        trainer = Trainer(spec, weights, split.x_train, split.y_train, order)
        trainer.advance(20)
        ends.append(trainer.parameters.flat.tobytes())
    assert ends[0] == ends[1] != ends[2]


@EACH
def test_neither_bn_nor_instance_norm_looks_at_the_batch_in_evaluation(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 3, 5, 5))
    bn, instance = nn.BatchNorm2d(3), nn.InstanceNorm2d(3)
    bn(x)
    instance(x)
    alone = {}
    for mode in ("train", "eval"):
        for norm in (bn, instance):
            getattr(norm, mode)()
            alone[mode, norm] = np.abs(norm(x)[:1] - norm(x[:1])).max()
    assert alone["train", bn] > 0.01
    assert max(alone["eval", bn], alone["eval", instance], alone["train", instance]) < 1e-6
