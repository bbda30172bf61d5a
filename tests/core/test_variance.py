"""Four ways to a variance: three that are right, and what becomes of the fourth."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnviz.core.stats.variance import Moments, merge, one_pass, two_pass, welford

VALUES = st.floats(-100, 100, width=32)
PARTS = st.lists(
    hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.just(2)), elements=VALUES),
    min_size=1,
    max_size=5,
)
WAYS = {"two passes": two_pass, "Welford": welford, "one pass": one_pass}
RIGHT = {"two passes": two_pass, "Welford": welford}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("shape", [(7,), (7, 3), (7, 2, 3), (1, 3)], ids=str)
def test_all_are_numpy_s_on_easy_numbers(rng, way, shape):
    x = rng.normal(1.0, 2.0, shape)
    n, mean, m2 = way(x)
    assert n == len(x)
    np.testing.assert_allclose(mean, x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(m2, x.var(0) * n, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(way(x).var, x.var(0), rtol=1e-9, atol=1e-12)


@given(PARTS)
def test_merged_parts_are_the_whole(parts):
    whole, merged = two_pass(np.concatenate(parts)), reduce(merge, map(two_pass, parts))
    assert merged.n == whole.n
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(merged.m2, whole.m2, rtol=1e-9, atol=1e-7)


@given(PARTS)
def test_merging_single_values_is_welford(parts):
    x = np.concatenate(parts)
    nothing = Moments(0, np.zeros(2), np.zeros(2))
    merged = reduce(merge, [two_pass(row[None]) for row in x], nothing)
    np.testing.assert_allclose(merged.mean, welford(x).mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(merged.m2, welford(x).m2, rtol=1e-9, atol=1e-7)


def test_merging_counts_how_the_means_differ(rng):
    a, b = rng.normal(size=(2, 50))
    b += 10
    forgetful = (a.var() + b.var()) / 2
    assert merge(two_pass(a), two_pass(b)).var == pytest.approx(np.concatenate([a, b]).var())
    assert merge(two_pass(a), two_pass(b)).var > 10 * forgetful


@pytest.mark.parametrize("way", RIGHT.values(), ids=RIGHT)
@pytest.mark.parametrize("mean", [1e3, 1e4, 1e5])
def test_the_right_ways_keep_their_digits_in_float32(rng, way, mean):
    x = (rng.normal(size=512) + mean).astype(np.float32)
    exact = x.astype(np.float64).var()
    assert way(x).var == pytest.approx(exact, rel=0.02)
    assert way(x).var.dtype == np.float32


def typical_error(way, mean, dtype):
    """Median of the relative errors of 200 variances of 64 values each."""
    x = (np.random.default_rng(0).normal(size=(64, 200)) + mean).astype(dtype)
    exact = x.astype(np.longdouble).var(0)
    return np.median(np.abs(way(x).var / exact - 1))


LIMITS = {np.float32: (10, 3e3), np.float64: (1e4, 7e7)}


@pytest.mark.parametrize(("dtype", "means"), LIMITS.items(), ids=["float32", "float64"])
def test_the_one_pass_variance_loses_all_digits(dtype, means):
    """At 3000 and at 70 million standard deviations, as its docstring says."""
    assert typical_error(one_pass, means[0], dtype) < 1e-4
    assert typical_error(one_pass, means[1], dtype) > 0.9
    for way in RIGHT.values():
        assert typical_error(way, means[1], dtype) < 1e-3


def test_the_one_pass_variance_may_be_negative():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(64, 200)) + 1e4).astype(np.float32)
    assert (one_pass(x).var < 0).any()
    assert (two_pass(x).var > 0).all()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_has_no_variance_and_is_not_nan(way):
    moments = way(np.empty((0, 2)))
    assert moments.n == 0
    np.testing.assert_array_equal([moments.mean, moments.m2, moments.var], np.zeros((3, 2)))


def test_nothing_and_nothing_is_nothing():
    nothing = two_pass(np.empty((0, 2)))
    assert merge(nothing, nothing).n == 0


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("wrong", [np.ones(3, int), np.float64(1.0)], ids=["int", "no axis"])
def test_what_does_not_fit_is_refused(way, wrong):
    with pytest.raises(ValueError, match="x must be an array of floats with at least one axis"):
        way(wrong)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_inputs_are_never_modified(rng, way):
    x = rng.normal(size=(5, 2))
    x.flags.writeable = False
    way(x)
