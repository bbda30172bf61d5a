"""What the lab on why batch norm works says, over several seeds."""

from functools import cache

import numpy as np
import pytest

from bnviz.labs.arm import Arm, finish
from bnviz.labs.why import LAB, Settings, correlation
from bnviz.labs.why.learner import learn

SEEDS = (0, 1, 2)
EACH = pytest.mark.parametrize("seed", SEEDS)


@cache
def trained(seed):
    return LAB.run("noise", Settings(seed=seed))


def last_loss(norm, *, noisy, **settings):
    s = Settings(**settings)
    noise = s.noise if noisy else 0.0
    return finish(Arm(learn, (norm, noise, s.lr, s.depth, s.batch_size, s.seed))).last_loss


@EACH
@pytest.mark.checks(
    "Noise after BN brings the drift of unit means back, and not the loss",
    how="four networks of ten layers, 100 steps, three seeds",
    tolerance="drift at least 0.8 of that without norm, loss at most 0.7 of it",
)
def test_noisy_bn_drifts_like_no_norm_and_learns_better(seed):
    trace = trained(seed)
    assert 0.8 < trace.found["noisy_bn"].whole_drift / trace.found["none"].whole_drift < 1.25
    assert trace.found["noisy_bn"].last_loss < 0.7 * trace.found["none"].last_loss
    assert "below no norm" in LAB.view("noise").takeaway(trace)
    assert "above BN" in LAB.view("noise").takeaway(trace)


@pytest.mark.parametrize("seed", [*SEEDS, 3])
def test_for_many_steps_noisy_bn_only_keeps_pace_with_no_norm(seed):
    """As the answer to the question says, which is about the first thirty steps of a hundred."""
    trace = trained(seed)
    noisy, none = (
        path.loss[:30].reshape(3, 10).mean(1) for path in map(trace.found.get, ("noisy_bn", "none"))
    )
    assert (np.abs(noisy / none - 1) < 0.25).all()


def test_for_one_seed_the_gap_is_narrow():
    trace = trained(3)
    assert 0.8 < trace.found["noisy_bn"].last_loss / trace.found["none"].last_loss < 1


@EACH
def test_the_noise_costs_something(seed):
    trace = trained(seed)
    assert trace.found["bn"].last_loss < 0.7 * trace.found["noisy_bn"].last_loss
    assert trace.found["bn"].whole_drift < 0.1 * trace.found["none"].whole_drift


@EACH
def test_the_same_noise_without_bn_diverges(seed):
    trace = trained(seed)
    assert trace.found["noisy_none"].diverged
    assert "diverges" in LAB.view("noise").takeaway(trace)


@pytest.mark.parametrize("settings", [{"depth": 3}, {"lr": 0.05}])
def test_with_few_layers_or_a_low_rate_noisy_bn_is_no_better(settings):
    for seed in SEEDS:
        noisy = last_loss("bn", noisy=True, seed=seed, **settings)
        assert noisy > last_loss("none", noisy=False, seed=seed, **settings)


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
