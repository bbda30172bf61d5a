"""What the ledger says of runs, over seeds that were not used to choose any setting.

The card of a claim says in how many of them it holds. One seed of each runs always, the rest with
``pytest -m long``: ten minutes in all. The file is longer than others, as it has a check for each
such claim, in the order of the labs.
"""

from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bnviz.claims import ledger
from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward, loss_and_accuracy
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits, placement, rates, regularization, signal, why
from bnviz.labs.arm import Arm, finish
from bnviz.labs.epsilon import shift
from bnviz.labs.rates import grid
from bnviz.labs.rates.groups import BN, NONE
from bnviz.labs.regularization.memory import trained
from bnviz.labs.signal import training as signal_training
from bnviz.labs.train_eval.convention import Convention
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.training import kept, score, train
from bnviz.labs.why.learner import learn
from tests.held.share import TEN, TWENTY
from tests.lessons import over

FADED = (0.3, 0.0, False)


# Placement, statistics


@cache
def placed(seed):
    """Give accuracies of (sigmoid, ReLU), BN (before, after), rates; the mean of three starts."""
    return placement.LAB.run("placement", placement.Settings(seed=seed)).found.mean(-1)


def after_is_ahead_at_the_low_rate_and_both_are_near_at_their_best(seed):
    before, after = placed(seed).swapaxes(0, 1)
    best = after.max(-1) - before.max(-1)
    return (after[:, 0] > before[:, 0] + 0.02).all() and np.abs(best).max() < 0.05


@cache
def network(batch_size, seed):
    return finish(Arm(train, (batch_size, seed)))


def precise_statistics_pay_at_4_and_not_at_32(seed):
    running, anew = (
        [score(network(n, seed), of(network(n, seed)))[0] for n in (4, 32)]
        for of in (lambda net: kept(net, Convention()), lambda net: precise(net).total)
    )
    return anew[0] < running[0] and 0.9 < anew[1] / running[1] < 1.1


def the_biased_variance_gives_the_lower_loss(seed):
    losses = [
        [
            score(network(n, seed), kept(network(n, seed), Convention(variance=v)))[0]
            for n in (4, 8, 16)
        ]
        for v in ("biased", "unbiased")
    ]
    return np.less(*losses).all()


def at_batch_2_training_images_are_not_fitted(seed):
    net, split = network(2, seed), data.load("digits")
    logits = forward(
        net.spec, net.parameters, split.x_train[:512], running_stats=precise(net).total
    ).logits
    return loss_and_accuracy(logits, split.y_train[:512])[0] > 1.5


# Wrong labels


@cache
def memory(norm, batch_size, seed):
    return trained(regularization.Settings(seed=seed, batch_size=batch_size), norm)


def wrong_labels_are_learned_at_64_and_not_at_4(seed):
    few, many = memory("bn", 4, seed), memory("bn", 64, seed)
    return few.memorized[-1] < 0.25 and many.memorized[-1] > 0.95


def with_wrong_labels_batches_of_4_read_better(seed):
    few, many, none = (memory(*arm, seed) for arm in (("bn", 4), ("bn", 64), ("none", 4)))
    wanted = max(many.accuracy[-1], none.accuracy[-1]) + 0.1
    return few.accuracy[-1] > wanted and wrong_labels_are_learned_at_64_and_not_at_4(seed)


def small_batches_regularize_and_at_2_too_much(seed):
    return at_batch_2_training_images_are_not_fitted(
        seed
    ) and with_wrong_labels_batches_of_4_read_better(seed)


# Rates and gradients


def many_more_cells_train(seed):
    n = finish(Arm(grid.maps, (rates.Settings(seed=seed), grid.PAIR))).n_trained
    return n[BN] >= 20 and n[NONE] <= 5


def early(norm, seed):
    """Give the share of digits that the first paper's sigmoid network reads after 50 steps."""
    split, rng = data.load("digits"), np.random.default_rng([seed, 5])
    spec = Spec(
        n_inputs=64, width=100, depth=3, n_classes=10, activation="sigmoid", lr=1.0, norm=norm
    )
    weights = [rng.normal(0, 0.1, shape) for shape in pairwise(spec.sizes)]
    order = batch_order(len(split.x_train), 60, 50, seed)
    trainer = Trainer(spec, weights, split.x_train, split.y_train, order)
    trainer.advance(50)
    return right(trainer)


def right(trainer):
    """Give the share of unseen digits that a trainer's network reads in evaluation."""
    split = data.load("digits")
    running = trainer.running_stats if trainer.spec.over_batch else None
    done = forward(trainer.spec, trainer.parameters, split.x_test, running_stats=running)
    return (done.logits.argmax(-1) == split.y_test).mean()


def bn_is_ahead_at_a_high_rate_and_behind_at_a_low_one(seed):
    none, bn = rates.LAB.run("corner", rates.Settings(seed=seed)).found.curves.final
    return bn > 1.1 * none and early("bn", seed) > 0.85 and early("none", seed) < 0.3


def a_random_setting_trains_more_often(seed):
    none, bn = rates.LAB.run("draws", rates.Settings(seed=seed)).found.share
    return bn > none + 0.15


def tuned_networks_end_close_and_bn_ahead(seed):
    """After 600 steps, each at the best of six rates."""
    best, split = [], data.load("digits")
    for norm in (NONE, BN):
        shares = []
        for lr in (0.03, 0.05, 0.1, 0.2, 0.3, 1.0):
            spec = digits.spec(width=32, depth=5, norm=norm, lr=lr)
            weights = mlp_weights(spec.sizes, "relu", 1.0, seed)
            order = batch_order(len(split.x_train), 64, 600, seed)
            trainer = Trainer(spec, weights, split.x_train, split.y_train, order)
            with np.errstate(all="ignore"):  # without a norm the highest rate diverges
                trainer.advance(600)
                shares.append(right(trainer))
        best.append(max(shares))
    return 0.95 < best[0] <= best[1] < best[0] + 0.03


def gradients_depend_on_the_scale_and_on_skips(seed):
    none, bn = rates.LAB.run("gradients", rates.Settings(seed=seed)).found.gradient
    plain = (bn / none)[[0, 3, 5]]
    times = []
    for depth in (10, 40):
        settings = signal.Settings(activation="relu", depth=depth, skips=True, seed=seed)
        gradient = signal.LAB.run("stream", settings).found.gradient
        times.append(gradient["none"][0] / gradient["bn"][0])
    return (
        plain[0] > 1000 and 0.4 < plain[1] < 2.5 and plain[2] < 0.01
        and 5 < times[0] < 9 and times[1] > 1e4
    )  # fmt: skip


def faded_pictures_are_read_worse_with_bn(seed):
    found = {
        arm: shift.right(arm, finish(Arm(shift.network, (arm, seed))), FADED) for arm in shift.ARMS
    }
    return (
        found[shift.RUNNING] < found["none"] - 0.2 and found[shift.ADAPTED] > found[shift.RUNNING]
    )


# Noise behind BN


@cache
def noisy(lr, seed):
    """Give the paths of noisy BN, no norm and BN."""
    arms = (("bn", "unit", why.Settings().noise), ("none", "unit", 0.0), ("bn", "unit", 0.0))
    return [finish(Arm(learn, (*arm, lr, 10, 64, seed))) for arm in arms]


def noise_brings_the_drift_back_and_costs_much(seed):
    noise, none, bn = noisy(0.2, seed)
    return noise.whole_drift > 0.8 * none.whole_drift and noise.last_loss > 1.5 * bn.last_loss


def losses_with_bn_lie_closer(seed):
    _, none, bn = noisy(0.2, seed)
    return 0.2 < bn.last_loss < 0.5 and max(0.4, bn.last_loss) < none.last_loss < 2.3


@pytest.mark.parametrize(("seed", "lr", "below"), [(33, 0.2, True), (38, 0.2, False)])
def test_noise_behind_bn_helps_for_one_seed_and_not_for_another(seed, lr, below):
    noise, none, _ = noisy(lr, seed)
    assert (noise.last_loss < none.last_loss) == below


@pytest.mark.long
def test_noisy_bn_ends_below_no_norm_in_some_seeds_and_not_in_others():
    for lr, wanted in ((0.2, 13), (0.1, 1)):
        n = sum(noisy(lr, s)[0].last_loss < noisy(lr, s)[1].last_loss for s in TWENTY)
        assert abs(n - wanted) <= 1, lr
    assert all(map(losses_with_bn_lie_closer, TWENTY))


# Depth


def deep(norm, depth, lr, looks, seed, *, skip=False):
    """Train a deep ReLU network; give its training loss on 1024 digits at some steps."""
    split = data.load("digits")
    spec = digits.spec(width=64, depth=depth, norm=norm, lr=lr, skip=skip)
    weights = mlp_weights(spec.sizes, "relu", 1.0, seed)
    order = batch_order(len(split.x_train), 64, looks[-1], seed)
    trainer, losses = Trainer(spec, weights, split.x_train, split.y_train, order), []
    for step in looks:
        trainer.advance(step - trainer.n_done)
        if trainer.diverged_at is not None:
            return [np.inf] * len(looks)
        x, labels = split.x_train[:1024], split.y_train[:1024]
        done = forward(spec, trainer.parameters, x, batch_size=64)
        losses.append(cross_entropy(done.logits, labels)[0])
    return losses


def sigmoid_is_rescued_at_the_start(seed):
    """Twenty layers: what is left in the first of the gradient of the last."""
    found = signal.LAB.run("layers", signal.Settings(seed=seed)).found
    none, bn = (net.gradient[0] / net.gradient[-1] for net in (found.none, found.bn))
    return none < 1e-9 and 0.3 < bn < 3


@cache
def skips_and_bn_go_deep(seed):
    """Sixty layers, 300 steps: BN at the better of two rates, no norm at each of five."""
    rates = signal_training.RATES
    bn = min(deep("bn", 60, lr, (300,), seed, skip=True)[0] for lr in rates[:2])
    with np.errstate(all="ignore"):
        none = [deep("none", 60, lr, (300,), seed, skip=True)[0] for lr in rates]
    return bn < 0.4 and not np.isfinite(none).any()


def sixty_layers_hardly_learn_without_skips(seed):
    at_300, at_1800 = deep("bn", 60, 0.1, (300, 1800), seed)
    return at_300 > 2 and at_1800 > 1.8 and skips_and_bn_go_deep(seed)


@pytest.mark.parametrize("seed", [30, 31])
def test_deep_sigmoid_networks_are_rescued_at_the_start(seed):
    assert sigmoid_is_rescued_at_the_start(seed)


@pytest.mark.slow
def test_forty_layers_go_on_learning_after_300_steps():
    at_300, at_900 = deep("bn", 40, 0.1, (300, 900), 30)
    assert at_300 > 1.3
    assert at_900 < at_300 - 0.15


# What holds in which seeds

CHECKS = {
    "C12": (after_is_ahead_at_the_low_rate_and_both_are_near_at_their_best, TEN),
    "C13": (after_is_ahead_at_the_low_rate_and_both_are_near_at_their_best, TEN),
    "C19": (precise_statistics_pay_at_4_and_not_at_32, TEN),
    "C21": (the_biased_variance_gives_the_lower_loss, TEN),
    "C26": (noise_brings_the_drift_back_and_costs_much, TWENTY),
    "C28": (noise_brings_the_drift_back_and_costs_much, TWENTY),
    "C38": (gradients_depend_on_the_scale_and_on_skips, TEN),
    "C39": (many_more_cells_train, TEN),
    "C40": (bn_is_ahead_at_a_high_rate_and_behind_at_a_low_one, TEN),
    "C45": (tuned_networks_end_close_and_bn_ahead, TEN),
    "C47": (faded_pictures_are_read_worse_with_bn, TEN),
    "C48": (a_random_setting_trains_more_often, TEN),
    "C51": (wrong_labels_are_learned_at_64_and_not_at_4, TEN),
    "C55": (with_wrong_labels_batches_of_4_read_better, TEN),
    "C59": (faded_pictures_are_read_worse_with_bn, TEN),
    "C60": (small_batches_regularize_and_at_2_too_much, TEN),
    "C65": (small_batches_regularize_and_at_2_too_much, TEN),
    "C86": (precise_statistics_pay_at_4_and_not_at_32, TEN),
    "C101": (tuned_networks_end_close_and_bn_ahead, TEN),
    "C102": (faded_pictures_are_read_worse_with_bn, TEN),
    "C104": (wrong_labels_are_learned_at_64_and_not_at_4, TEN),
    "C108": (losses_with_bn_lie_closer, TWENTY),
}
LONG = {
    "C103": (sixty_layers_hardly_learn_without_skips, TEN),
}
"""Claim -> what holds for a seed, and the seeds; the second takes minutes for each."""


def cases():
    """Yield each check once with each of its seeds; all but the first seed are long."""
    for check, seeds in dict.fromkeys([*CHECKS.values(), *LONG.values()]):
        for seed in seeds:
            fast = seed == seeds[0] and (check, seeds) not in LONG.values()
            marks = () if fast else pytest.mark.long
            yield pytest.param(check, seed, marks=marks, id=f"{check.__name__}-{seed}")


@pytest.mark.slow
@pytest.mark.parametrize(("check", "seed"), list(cases()))
def test_it_holds_in_seeds_that_chose_nothing(check, seed):
    assert check(seed)


def test_the_card_says_in_how_many_seeds_it_holds():
    said = {claim.name: claim.held for claim in ledger() if claim.held}
    wanted = {name: f"{len(seeds)} of {len(seeds)}" for name, (_, seeds) in (CHECKS | LONG).items()}
    files = (Path(__file__).parent / "held").glob("*.py")
    parts = [getattr(import_module(f"tests.held.{file.stem}"), "HELD", ()) for file in files]
    elsewhere = {held.begin for part in parts for held in part}
    assert {name: share for name, share in said.items() if name not in elsewhere} == wanted | {
        "C73": "10 of 10"
    }


# A discriminator with batches of one kind


def discriminators(nn):
    """Give five of them, and the shape of a sample."""

    def dense(first):
        norm = [nn.BatchNorm1d(16)] if first else []
        return nn.Sequential(
            nn.Linear(8, 16), *norm, nn.LeakyReLU(0.2),
            nn.Linear(16, 16), nn.BatchNorm1d(16), nn.LeakyReLU(0.2), nn.Linear(16, 1),
        )  # fmt: skip

    def convolutional(padding):
        layers = [
            part
            for n in (1, 4)
            for part in (nn.Conv2d(n, 4, 3, padding=padding), nn.BatchNorm2d(4), nn.LeakyReLU(0.2))
        ]
        last = nn.Linear(4 * (2 + 4 * padding) ** 2, 1)
        return nn.Sequential(*layers, nn.Flatten(), last)

    return {
        "linear": (nn.Sequential(nn.BatchNorm1d(8), nn.Linear(8, 1)), (8,)),
        "dense, BN throughout": (dense(True), (8,)),
        "dense, no BN in the first layer": (dense(False), (8,)),
        "convolutions, unpadded": (convolutional(0), (1, 6, 6)),
        "convolutions, zero padding": (convolutional(1), (1, 6, 6)),
    }


def told_apart(torch, kind, seed, shift):
    """Train on pure batches; give the share of new samples told apart, in train mode."""
    torch.manual_seed(seed)
    net, shape = discriminators(torch.nn)[kind]
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    softplus = torch.nn.functional.softplus

    def logits():
        return net(torch.randn(32, *shape)), net(torch.randn(32, *shape) + shift)

    for _ in range(150):
        optimizer.zero_grad()
        real, generated = logits()
        (softplus(real).mean() + softplus(-generated).mean()).backward()
        optimizer.step()
    with torch.no_grad():
        tests = [torch.cat([a < 0, b > 0]).float().mean() for a, b in (logits() for _ in range(40))]
    return float(torch.stack(tests).mean())


@pytest.mark.slow
@over(TEN, always=1)
def test_pure_batches_hide_a_shift_or_leak_it(pytorch, seed):
    found = {kind: told_apart(pytorch, kind, seed, 0.5) for kind in discriminators(pytorch.nn)}
    blind = ("linear", "dense, BN throughout", "convolutions, unpadded")
    assert all(abs(found[kind] - 0.5) < 0.05 for kind in blind)
    assert found["dense, no BN in the first layer"] > 0.6
    assert found["convolutions, zero padding"] > 0.95
    control = told_apart(pytorch, "convolutions, zero padding", seed, 0.0)
    assert abs(control - 0.5) < 0.05
