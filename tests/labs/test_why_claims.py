"""What the lab on why batch norm works says, over several seeds."""

from functools import cache

import numpy as np
import pytest

from bnviz.labs.arm import Arm, finish
from bnviz.labs.why import LAB, Settings, correlation
from bnviz.labs.why.learner import learn
from tests.held.share import TWENTY
from tests.lessons import over

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)
EACH_FRESH = over(TWENTY, always=2)
GUESSING = np.log(10)
FAST, NOISY = {"lr": 0.5}, {"noise": 1.0}
HALF, SAMPLE = {"noise": 0.5}, {"noise": 0.5, "kind": "sample"}
SLOW = {"lr": 0.1}


@cache
def trained(seed):
    return LAB.run("noise", Settings(seed=seed))


@cache
def path(norm, noise=0.0, kind="unit", **settings):
    s = Settings(**settings)
    return finish(Arm(learn, (norm, kind, noise, s.lr, s.depth, s.batch_size, s.seed)))


def last_loss(norm, **settings):
    return path(norm, **settings).last_loss


@EACH_FRESH
@pytest.mark.checks(
    "Noise after BN brings the drift of unit means back, and the network learns all the same",
    how="four networks of ten layers, rate 0.2, 100 steps, 20 seeds new to the settings",
    tolerance="drift 0.5 to 1.6 times that without norm, loss below 1.1 where guessing is at 2.3",
)
def test_noisy_bn_drifts_like_no_norm_and_learns_better(seed):
    """Better than guessing, and than no norm with the same noise; not always than without noise."""
    found = trained(seed).found
    assert 0.5 < found["noisy_bn"].whole_drift / found["none"].whole_drift < 1.6
    assert 0.6 < found["noisy_bn"].last_loss < 1.1 < GUESSING - 1
    assert found["noisy_none"].diverged
    assert path("none", 1.0, "sample", seed=seed).diverged
    takeaway = LAB.view("noise").takeaway(trained(seed))
    assert "above BN" in takeaway
    assert "diverges" in takeaway


@EACH_FRESH
def test_the_noise_costs_something(seed):
    found = trained(seed).found
    assert found["noisy_bn"].last_loss > 1.6 * found["bn"].last_loss
    assert found["bn"].whole_drift < 0.1 * found["none"].whole_drift


@EACH_FRESH
def test_noise_of_each_sample_costs_something_too(seed):
    """The paper reports almost no difference, in a large network."""
    noisy, bn = last_loss("bn", **SAMPLE, seed=seed), last_loss("bn", seed=seed)
    assert 0.2 < bn < 0.42
    assert max(0.4, bn) < noisy < 0.82


@EACH_FRESH
def test_half_the_noise_is_half_the_drift_and_costs_little_at_a_high_rate(seed):
    noisy, none = path("bn", **HALF, **FAST, seed=seed), path("none", **SLOW, seed=seed)
    assert 0.4 < noisy.whole_drift / none.whole_drift < 0.8
    assert 0.2 < noisy.last_loss < 0.47


@pytest.mark.long
@pytest.mark.parametrize(
    ("norm", "settings", "best"),
    [
        ("none", {}, 0.1),
        ("bn", {}, 0.5),
        ("bn", NOISY, 0.5),
        ("bn", HALF, 0.5),
        ("bn", SAMPLE, 0.5),
    ],
)
def test_the_best_rates_are_those_of_other_seeds(norm, settings, best):
    losses = {
        lr: np.nanmean([last_loss(norm, **settings, lr=lr, seed=seed) for seed in range(5, 25)])
        for lr in (0.05, 0.1, 0.2, 0.3, 0.5)
    }
    assert min(losses, key=losses.get) == best


@pytest.mark.parametrize("settings", [{"depth": 3}, {"lr": 0.05}])
def test_with_few_layers_or_a_low_rate_noisy_bn_is_no_better(settings):
    for seed in SEEDS:
        assert last_loss("bn", **NOISY, seed=seed, **settings) > last_loss(
            "none", seed=seed, **settings
        )


@EACH
@pytest.mark.checks(
    "BN leaves correlations as they are; whitening removes them",
    how="32 units of the first layer on 256 digits, three seeds",
    tolerance="1e-8",
)
def test_batch_norm_leaves_correlations_and_whitening_removes_them(seed):
    found = correlation.measure(Settings(seed=seed))
    assert np.abs(found.before - np.eye(32)).max() > 0.5
    assert found.changed < 1e-8
    assert found.left < 1e-8
