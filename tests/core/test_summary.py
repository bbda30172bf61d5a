"""Summaries against NumPy's own mean, std, histogram and quantile."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bnviz.core.network.passes import activate, slope
from bnviz.core.stats.summary import (
    FLAT,
    N_BINS,
    describe,
    flat_shares,
    flat_units,
    is_flat,
    norm,
    quantiles,
)

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
ROWS = {
    "normal": lambda rng: rng.normal(size=(5, 700)),
    "relu": lambda rng: np.maximum(rng.normal(size=(5, 700)), 0),
    "skewed": lambda rng: rng.lognormal(3, 2, size=(5, 700)),
    "far away": lambda rng: rng.normal(1e4, 1, size=(5, 700)),
    "huge": lambda rng: rng.normal(size=(5, 700)) * 1e30,
    "tiny": lambda rng: rng.normal(size=(5, 700)) * 1e-30,
    "one outlier below": lambda rng: np.append(rng.normal(size=(5, 699)), [[-1e4]] * 5, 1),
    "many rows": lambda rng: rng.normal(size=(900, 40)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ROWS)
def test_mean_std_and_range_equal_numpys(rng, name, dtype):
    values = ROWS[name](rng).astype(dtype)
    summary, exact = describe(values), values.astype(np.float64)
    tolerance = 1e-4 if dtype == np.float32 else 1e-11
    np.testing.assert_allclose(summary.std, exact.std(1), rtol=tolerance)
    # A mean near 0 is right to within a small part of a standard deviation.
    off = np.abs(summary.mean - exact.mean(1)) / (exact.std(1) + np.abs(exact.mean(1)))
    assert off.max() < tolerance
    assert np.array_equal(summary.lo, values.min(1))
    assert np.array_equal(summary.hi, values.max(1))
    assert summary.mean.dtype == summary.std.dtype == dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ROWS)
def test_histograms_equal_numpys_off_the_edges(rng, name, dtype):
    """Except for values within a thousandth of a bin from an edge, which may count in either."""
    values = ROWS[name](rng).astype(dtype)
    for row, counts in zip(values.astype(np.float64), describe(values).counts, strict=True):
        expected, edges = np.histogram(row, N_BINS)
        on_an_edge = np.abs(row[:, None] - edges[1:-1]) < 0.001 * (edges[1] - edges[0])
        # Each such value moves one count from its bin to the next.
        assert np.abs(expected - counts).sum() <= 2 * on_an_edge.sum()
        assert counts.sum() == len(row)


def test_other_numbers_of_bins():
    summary = describe(np.array([[0.0, 1.1, 1.5, 4.0]]), n_bins=4)
    assert summary.counts.tolist() == [[1, 2, 0, 1]]


def test_a_collapsed_layer_keeps_its_standard_deviation(rng):
    """A one-pass variance in float32 would lose it: 1e-12 beside 0.25."""
    values = (0.5 + 1e-6 * rng.normal(size=(3, 2000))).astype(np.float32)
    summary, exact = describe(values), values.astype(np.float64)
    np.testing.assert_allclose(summary.std, exact.std(1), rtol=1e-4)
    np.testing.assert_allclose(summary.std, 1e-6, rtol=0.1)
    assert (summary.counts.sum(1) == 2000).all()
    assert (np.count_nonzero(summary.counts, axis=1) > 20).all()
    naive = np.square(values).mean(1) - np.square(values.mean(1))
    assert np.abs(np.sqrt(np.maximum(naive, 0)) / 1e-6 - 1).min() > 0.5


@pytest.mark.parametrize("value", [0.0, 0.1, -3e20, 1e-40])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_row(value, dtype):
    summary = describe(np.full((3, 100), value, dtype))
    assert np.array_equal(summary.mean, np.full(3, value, dtype))
    assert np.array_equal(summary.std, np.zeros(3))
    assert np.array_equal(summary.lo, summary.hi)
    assert (summary.counts[:, 0] == 100).all()
    assert (summary.counts.sum(1) == 100).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_not_finite_harms_no_other(rng, bad):
    values = rng.normal(size=(4, 50)).astype(np.float32)
    expected = describe(values)
    values[[0, 2], [7, 9]] = bad
    summary = describe(values)
    for part, right in zip(summary, expected, strict=True):
        assert np.array_equal(part[[1, 3]], right[[1, 3]])
    assert (summary.counts[[0, 2]] == 0).all()
    assert np.isnan(summary.mean[[0, 2]]).all()
    assert np.isnan(summary.std[[0, 2]]).all()
    assert np.isnan(quantiles(summary.lo, summary.hi, summary.counts, (0.5,))[[0, 2]]).all()


def test_a_range_that_overflows_counts_as_not_finite():
    values = np.array([[-3e38, 3e38, 0.0], [1.0, 2.0, 3.0]], np.float32)
    summary = describe(values)
    assert summary.counts.sum(1).tolist() == [0, 3]
    assert np.isnan(summary.std[0])


def test_denormal_differences_count_as_none():
    summary = describe(np.array([[0.0, 1e-45, 1e-40]], np.float32))
    assert summary.counts[0, 0] == summary.counts.sum() == 3


def test_describes_no_rows():
    summary = describe(np.zeros((0, 8), np.float32))
    assert [part.shape for part in summary] == [(0,)] * 4 + [(0, N_BINS)]


def test_leaves_its_input_alone(rng):
    values = rng.normal(size=(3, 20))
    values[1, 3] = np.nan
    kept = values.copy()
    describe(values)
    assert np.array_equal(values, kept, equal_nan=True)


some_values = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6, width=32))


@given(some_values)
def test_every_value_is_counted_between_the_ends(values):
    for dtype in (np.float32, np.float64):
        summary = describe(np.stack([values, values + 1, -values]).astype(dtype))
        assert (summary.counts >= 0).all()
        assert (summary.counts.sum(1) == len(values)).all()
        assert (summary.counts[:, 0] > 0).all()
        assert (summary.std >= 0).all()


@given(some_values)
def test_quantiles_are_right_to_within_a_bin(values):
    """Quantiles that are one of the values: NumPy's default interpolates between two of them."""
    summary = describe(values[None])
    found = quantiles(summary.lo, summary.hi, summary.counts, LEVELS)[0]
    exact = np.quantile(values, LEVELS, method="inverted_cdf")
    width = (values.max() - values.min()) / N_BINS
    assert np.abs(found - exact).max() <= 1.001 * width + 1e-12
    assert (np.diff(found) >= -1e-12).all()


def test_quantiles_of_many_values_equal_numpys(rng):
    values = rng.normal(size=(6, 20000))
    summary = describe(values)
    found = quantiles(summary.lo, summary.hi, summary.counts, LEVELS)
    assert found.shape == (6, len(LEVELS))
    width = (summary.hi - summary.lo)[:, None] / N_BINS
    assert np.all(np.abs(found - np.quantile(values, LEVELS, axis=1).T) <= 1.001 * width)
    assert np.array_equal(found[:, 0], summary.lo)
    np.testing.assert_allclose(found[:, -1], summary.hi)


def test_quantiles_take_leading_axes(rng):
    summary = describe(rng.normal(size=(6, 50))).each(lambda a: a.reshape(2, 3, *a.shape[1:]))
    found = quantiles(summary.lo, summary.hi, summary.counts, (0.25, 0.5))
    assert found.shape == (2, 3, 2)
    last = quantiles(summary.lo[1, 2], summary.hi[1, 2], summary.counts[1, 2], (0.25, 0.5))
    assert np.array_equal(found[1, 2], last)


@pytest.mark.parametrize(
    ("activation", "steepest"), [("relu", 1.0), ("tanh", 1.0), ("sigmoid", 0.25)]
)
def test_flat_units_are_those_with_hardly_a_slope(rng, activation, steepest):
    activated = activate(activation, rng.normal(0, 3, (4, 30, 20)))
    activated[1, :, :7] = activate(activation, rng.uniform(-90, -80, (30, 7)))
    activated[2] = activate(activation, rng.uniform(0.1, 0.2, (30, 20)))
    flat = slope(activation, activated) < FLAT * steepest
    saturated, dead = flat_units(activation, activated)
    np.testing.assert_allclose(saturated, flat.mean((1, 2)), atol=1e-12)
    np.testing.assert_allclose(dead, flat.all(1).mean(1), atol=1e-12)
    assert dead[1] == 7 / 20
    assert saturated[2] == dead[2] == 0
    assert 0.1 < saturated[0] < 0.9


def test_a_saturated_tanh_is_beyond_97_hundredths():
    outputs = np.array([-0.98, -0.96, 0.0, 0.96, 0.98])
    assert is_flat("tanh", outputs).tolist() == [True, False, False, False, True]
    assert is_flat("sigmoid", 0.5 + outputs / 2).tolist() == [True, False, False, False, True]


def test_shares_along_any_leading_axis(rng):
    activated = activate("relu", rng.normal(size=(6, 30, 20)))
    flat = is_flat("relu", activated).reshape(2, 3, 30, 20)
    for ours, expected in zip(flat_shares(flat), flat_units("relu", activated), strict=True):
        assert ours.shape == (2, 3)
        assert np.array_equal(ours.ravel(), expected)


@pytest.mark.parametrize("scale", [1e-35, 1e-22, 1e-14, 1.0, 1e14, 1e22, 1e35])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norm_of_any_scale(rng, scale, dtype):
    vector = (scale * rng.normal(size=500)).astype(dtype)
    expected = np.sqrt(np.square(vector.astype(np.longdouble)).sum())
    with np.errstate(over="ignore"):
        assert norm(vector) == pytest.approx(float(expected), rel=1e-5)


def test_norm_of_nothing_and_of_no_numbers():
    assert norm(np.zeros(5, np.float32)) == 0
    assert np.isnan(norm(np.array([1.0, np.nan])))
    assert norm(np.array([1.0, -np.inf])) == np.inf
