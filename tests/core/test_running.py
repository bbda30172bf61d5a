"""Running statistics in all conventions, and the closed forms against what is measured."""

import itertools

import numpy as np
import pytest

from bnviz.core import nn
from bnviz.core.stats.running import (
    AVERAGES,
    CONVENTIONS,
    VARIANCES,
    RunningStatistics,
    half_life,
    start_share,
    weight_of_new_batch,
)
from tests.core.refused import refused

WEIGHTS = [0.001, 0.01, 0.1, 0.5, 1.0]


def batches(rng, n_batches=12, n=5, c=3):
    return rng.normal(2.0, 3.0, (n_batches, n, c))


def feed(running, xs):
    for x in xs:
        running.update(x.mean(0), x.var(0), len(x))
    return running


# ----------------------------------------------------------------- conventions


@pytest.mark.parametrize("momentum", [0.0, 0.1, 0.7, 1.0])
def test_pytorch_s_choices_are_those_of_our_layer(rng, momentum):
    layer, xs = nn.BatchNorm1d(3, momentum=momentum, dtype=np.float64), batches(rng)
    for x in xs:
        layer(x)
    running = feed(RunningStatistics(3, momentum), xs)
    np.testing.assert_allclose(running.mean, layer.running_mean, rtol=1e-12)
    np.testing.assert_allclose(running.var, layer.running_var, rtol=1e-12)


def test_the_cumulative_average_is_that_of_our_layer(rng):
    layer, xs = nn.BatchNorm1d(3, momentum=None, dtype=np.float64), batches(rng)
    for x in xs:
        layer(x)
    running = feed(RunningStatistics(3, average="cumulative", start_var=7.0), xs)
    np.testing.assert_allclose(running.mean, layer.running_mean, rtol=1e-12)
    np.testing.assert_allclose(running.var, layer.running_var, rtol=1e-12)
    np.testing.assert_allclose(running.mean, xs.mean((0, 1)), rtol=1e-12)


def test_keras_s_choices_written_out(rng):
    xs, mean, var = batches(rng), np.zeros(3), np.ones(3)
    for x in xs:
        mean = 0.99 * mean + 0.01 * x.mean(0)
        var = 0.99 * var + 0.01 * x.var(0)
    running = feed(RunningStatistics(3, 0.99, convention="keras", variance="biased"), xs)
    np.testing.assert_allclose(running.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(running.var, var, rtol=1e-12)


def test_the_two_meanings_of_momentum_are_one_minus_each_other(rng):
    xs = batches(rng)
    pytorch, keras = feed(RunningStatistics(3, 0.1), xs), RunningStatistics(3, 0.9)
    feed(keras, xs)
    assert np.abs(pytorch.mean - keras.mean).max() > 0.1
    keras = feed(RunningStatistics(3, 0.9, convention="keras"), xs)
    np.testing.assert_allclose(keras.var, pytorch.var, rtol=1e-12)


@pytest.mark.parametrize("n", [2, 5, 64])
def test_the_biased_variance_is_smaller_by_n_minus_one_over_n(rng, n):
    xs = batches(rng, n=n)
    by = {v: feed(RunningStatistics(3, 0.2, variance=v, start_var=0.0), xs) for v in VARIANCES}
    np.testing.assert_allclose(by["biased"].var, by["unbiased"].var * (n - 1) / n, rtol=1e-12)
    np.testing.assert_array_equal(by["biased"].mean, by["unbiased"].mean)


def test_the_unbiased_variance_is_right_on_average():
    """And the biased one is too small: at batches of two it is half."""
    xs = np.random.default_rng(0).normal(size=(20_000, 2, 4))
    unbiased = feed(RunningStatistics(4, average="cumulative"), xs)
    biased = feed(RunningStatistics(4, average="cumulative", variance="biased"), xs)
    np.testing.assert_allclose(unbiased.var, 1.0, rtol=0.05)
    np.testing.assert_allclose(biased.var, 0.5, rtol=0.05)


@pytest.mark.parametrize("p", [0.001, 0.1, 0.5])
def test_the_bias_correction_removes_the_start(p):
    """Equal batches give their own statistics from the first on, and not the start's."""
    mean, var = np.array([3.0]), np.array([4.0])
    corrected = RunningStatistics(1, p, average="bias-corrected", variance="biased", start_var=9.0)
    assert (corrected.mean, corrected.var) == (0.0, 9.0)
    for _ in range(5):
        corrected.update(mean, var, 8)
        np.testing.assert_allclose([corrected.mean, corrected.var], [mean, var], rtol=1e-12)


def test_the_bias_corrected_average_has_the_weights_of_the_batches_alone(rng):
    xs, p = batches(rng, n_batches=4), 0.3
    weights = p * (1 - p) ** np.arange(4)[::-1]
    wanted = (weights[:, None] * xs.mean(1)).sum(0) / weights.sum()
    running = feed(RunningStatistics(3, p, average="bias-corrected"), xs)
    np.testing.assert_allclose(running.mean, wanted, rtol=1e-12)


def test_every_combination_forgets_the_start_but_for_the_exponential_one(rng):
    xs = batches(rng, n_batches=3)
    for convention, variance, average in itertools.product(CONVENTIONS, VARIANCES, AVERAGES):
        options = {"convention": convention, "variance": variance, "average": average}
        low, high = (
            feed(RunningStatistics(3, 0.5, **options, start_var=v), xs).var for v in (0.0, 100.0)
        )
        assert (np.abs(high - low).max() > 1) == (average == "exponential")


def test_the_statistics_are_not_views(rng):
    running = feed(RunningStatistics(3), batches(rng))
    before = running.mean.copy()
    running.mean[...] = running.var[...] = np.nan
    np.testing.assert_array_equal(running.mean, before)


# ----------------------------------------------------------------- closed forms, measured


def weights_of_batches(p, n_updates):
    """The weight of each batch in the running mean: feature k sees a 1 in batch k only."""
    running = RunningStatistics(n_updates, p)
    for impulse in np.eye(n_updates):
        running.update(impulse, impulse, 2)
    return running.mean


@pytest.mark.parametrize("p", WEIGHTS)
def test_the_share_of_the_start_is_what_the_batches_leave(p):
    for n_updates in (0, 1, 7, 50):
        left = 1 - weights_of_batches(p, n_updates).sum() if n_updates else 1.0
        assert start_share(p, n_updates) == pytest.approx(left, abs=1e-12)


@pytest.mark.parametrize("p", [0.001, 0.01, 0.1, 0.5])
def test_the_half_life_halves_a_weight(p):
    steps = half_life(p)
    assert start_share(p, round(steps)) == pytest.approx(0.5, abs=p / 2)
    assert start_share(p, int(steps)) >= 0.5 > start_share(p, int(steps) + 1)


def test_half_lives_that_the_literature_quotes():
    assert [round(half_life(p), 1) for p in (0.1, 0.01, 0.001)] == [6.6, 69.0, 692.8]
    assert half_life(1.0) == 0.0


@pytest.mark.parametrize(("t", "times"), [(1, 3.16), (10, 1.24)])
def test_a_variance_that_starts_at_zero_inflates_the_output(t, times):
    """By 1 / sqrt(1 - 0.9^t): 3.2 times after one batch, 1.24 times after ten."""
    running = RunningStatistics(1, 0.9, convention="keras", variance="biased", start_var=0.0)
    for _ in range(t):
        running.update(np.zeros(1), np.ones(1), 8)
    assert 1 / np.sqrt(running.var[0]) == pytest.approx(times, rel=5e-3)
    assert running.var[0] == pytest.approx(1 - start_share(0.1, t))


# ----------------------------------------------------------------- bad input


test_what_does_not_fit_is_refused = refused(
    (lambda: RunningStatistics(0), "num_features must be a whole number of at least 1"),
    (lambda: RunningStatistics(1, 1.5), "momentum must be from 0 to 1, got 1.5"),
    (lambda: RunningStatistics(1, np.nan), "momentum must be from 0 to 1, got nan"),
    (lambda: RunningStatistics(1, "a"), "momentum must be from 0 to 1, got 'a'"),
    (lambda: RunningStatistics(1, None), "momentum must be from 0 to 1, got None"),
    (lambda: RunningStatistics(1, start_var="a"), "start_var must be a finite number of at .*'a'"),
    (lambda: half_life("a"), "p must be above 0 and at most 1, got 'a'"),
    (lambda: RunningStatistics(1, convention="tf"), "convention must be one of"),
    (lambda: RunningStatistics(1, variance="sample"), "variance must be one of"),
    (lambda: RunningStatistics(1, average="mean"), "average must be one of"),
    (lambda: RunningStatistics(1, start_var=-1.0), "start_var must be a finite number of at"),
    (lambda: RunningStatistics(1, start_var=np.inf), "start_var must be a finite number of at"),
    (lambda: RunningStatistics(2).update(np.ones(1), np.ones(2), 4), r"must have the shape \(2,\)"),
    (lambda: RunningStatistics(2).update(np.ones(2), np.ones(3), 4), r"must have the shape \(2,\)"),
    (lambda: RunningStatistics(1).update(np.ones(1), np.ones(1), 1), "at least 2 values per chan"),
    (lambda: RunningStatistics(1, variance="biased").update(np.ones(1), np.ones(1), 0), "at least"),
    (lambda: half_life(0.0), "p must be above 0 and at most 1, got 0.0"),
    (lambda: half_life(1.1), "p must be above 0 and at most 1, got 1.1"),
    (lambda: start_share(0.1, -1), "n_updates from 0 on, got 0.1, -1"),
    (lambda: weight_of_new_batch(-0.1), "momentum must be from 0 to 1, got -0.1"),
)
