"""How the normalizers are related: identities, searched by hypothesis."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bnviz.core import functional as F

VALUES = st.floats(-100, 100, width=32)
IMAGES = hnp.array_shapes(min_dims=3, max_dims=4, min_side=1, max_side=3).filter(
    lambda shape: np.prod(shape[2:]) > 1
)
TABLES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6)
CLOSE = {"rtol": 1e-9, "atol": 1e-9}
EPS = 0.1


def arrays(shape):
    return hnp.arrays(np.float64, shape, elements=VALUES)


@st.composite
def inputs(draw, shapes=IMAGES):
    """An ``x``, gamma and beta of its channels, and a ``dy``."""
    shape = draw(shapes)
    return tuple(draw(arrays(s)) for s in (shape, shape[1], shape[1], shape))


def assert_same(ours, theirs, **tolerance):
    """The same output and gradients; ours and theirs are (y, dx, dgamma, dbeta)."""
    for a, wanted in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, wanted, **(CLOSE | tolerance))


def both(forward, backward, dy, *args, **options):
    """Output and gradients of a normalizer."""
    y, cache = forward(*args, **options)
    return (y, *backward(dy, cache))


def batch_norm(dy, *args, **options):
    return both(F.batch_norm, F.batch_norm_backward, dy, *args, **options)


def group_norm(dy, *args, **options):
    return both(F.group_norm, F.group_norm_backward, dy, *args, **options)


@given(inputs())
@pytest.mark.checks(
    "group norm with one group is layer norm",
    how="drawn examples (hypothesis)",
    tolerance=CLOSE,
)
def test_group_norm_with_one_group_is_layer_norm_without_its_gamma(drawn):
    x, _, _, dy = drawn
    y, cache = F.layer_norm(x, x.shape[1:], eps=EPS)
    dx, _, _ = F.layer_norm_backward(dy, cache)
    assert_same(group_norm(dy, x, 1, eps=EPS)[:2], (y, dx))


@given(inputs())
@pytest.mark.checks(
    "group norm with as many groups as channels is instance norm",
    how="drawn examples (hypothesis)",
    tolerance=CLOSE,
)
def test_group_norm_with_as_many_groups_as_channels_is_instance_norm(drawn):
    x, gamma, beta, dy = drawn
    instance = both(F.instance_norm, F.instance_norm_backward, dy, x, gamma, beta, eps=EPS)
    assert_same(group_norm(dy, x, x.shape[1], gamma, beta, eps=EPS), instance)


@given(inputs())
def test_instance_norm_is_batch_norm_of_each_sample_alone(drawn):
    x, gamma, beta, dy = drawn
    alone = [batch_norm(d[None], a[None], gamma, beta, eps=EPS) for a, d in zip(x, dy, strict=True)]
    y, dx, dgamma, dbeta = map(np.array, zip(*alone, strict=True))
    instance = both(F.instance_norm, F.instance_norm_backward, dy, x, gamma, beta, eps=EPS)
    assert_same(instance, (y[:, 0], dx[:, 0], dgamma.sum(0), dbeta.sum(0)), atol=1e-7)


@given(inputs())
def test_ghost_batch_norm_of_single_samples_is_instance_norm(drawn):
    x, gamma, beta, dy = drawn
    ghost = both(F.ghost_batch_norm, F.ghost_batch_norm_backward, dy, x, 1, gamma, beta, eps=EPS)
    instance = both(F.instance_norm, F.instance_norm_backward, dy, x, gamma, beta, eps=EPS)
    assert_same(ghost, instance, atol=1e-7)


@given(inputs(TABLES))
def test_layer_norm_is_batch_norm_with_the_axes_exchanged(drawn):
    x, _, _, dy = drawn
    y, cache = F.layer_norm(x, x.shape[1], eps=EPS)
    dx, _, _ = F.layer_norm_backward(dy, cache)
    assert_same((y.T, dx.T), batch_norm(dy.T, x.T, eps=EPS)[:2])


@given(inputs(TABLES))
def test_rms_norm_of_centred_samples_is_layer_norm(drawn):
    x, gamma, _, _ = drawn
    wanted, _ = F.layer_norm(x, x.shape[1], gamma, eps=EPS)
    y, _ = F.rms_norm(x - x.mean(1, keepdims=True), x.shape[1], gamma, eps=EPS)
    np.testing.assert_allclose(y, wanted, **CLOSE)


@given(inputs(TABLES), st.floats(0.1, 100))
def test_rms_norm_ignores_the_scale_of_a_sample_but_for_eps(drawn, scale):
    x, gamma, _, _ = drawn
    y, _ = F.rms_norm(scale * x, x.shape[1], gamma, eps=EPS)
    wanted, _ = F.rms_norm(x, x.shape[1], gamma, eps=EPS / scale**2)
    np.testing.assert_allclose(y, wanted, **CLOSE)


@given(inputs())
def test_ghost_batch_norm_of_one_chunk_is_batch_norm(drawn):
    x, gamma, beta, dy = drawn
    ghost, plain = np.ones((2, x.shape[1])), np.ones((2, x.shape[1]))
    ours = both(
        F.ghost_batch_norm, F.ghost_batch_norm_backward, dy, x, len(x), gamma, beta, *ghost, eps=EPS
    )
    assert_same(ours, batch_norm(dy, x, gamma, beta, *plain, eps=EPS))
    np.testing.assert_allclose(ghost, plain, rtol=1e-12)


@given(inputs(), st.lists(st.integers(0, 4), max_size=4))
def test_shards_of_any_sizes_are_the_whole_batch(drawn, ends):
    """Sync batch norm is exact: 1e-12 of the size of the numbers in float64."""
    x, gamma, beta, dy = drawn
    ends = sorted(min(end, len(x)) for end in ends)
    ours, theirs = np.ones((2, x.shape[1])), np.ones((2, x.shape[1]))
    ys, cache = F.sync_batch_norm(np.split(x, ends), gamma, beta, *ours, eps=EPS)
    dxs, dgamma, dbeta = F.sync_batch_norm_backward(np.split(dy, ends), cache)
    together = (np.concatenate(ys), np.concatenate(dxs), dgamma, dbeta, ours)
    whole = (*batch_norm(dy, x, gamma, beta, *theirs, eps=EPS), theirs)
    largest = max(np.abs(a).max() for a in (gamma / EPS**0.5, x, dy, np.ones(1)))
    for a, wanted in zip(together, whole, strict=True):
        np.testing.assert_allclose(a, wanted, rtol=1e-12, atol=1e-12 * largest**2)


@given(inputs())
def test_batch_renorm_without_room_is_batch_norm(drawn):
    x, gamma, beta, dy = drawn
    ours, theirs = np.ones((2, x.shape[1])), np.ones((2, x.shape[1]))
    y, cache = F.batch_renorm(x, gamma, beta, *ours, r_max=1.0, d_max=0.0, momentum=0.1, eps=EPS)
    renormed = (y, *F.batch_renorm_backward(dy, cache))
    assert_same(renormed, batch_norm(dy, x, gamma, beta, *theirs, eps=EPS))
    np.testing.assert_array_equal(ours, theirs)


@given(inputs(), st.floats(0.1, 10))
def test_batch_renorm_without_limits_answers_as_in_evaluation(drawn, spread):
    x, gamma, beta, _ = drawn
    c = x.shape[1]
    stats = np.linspace(-spread, spread, c), np.linspace(0.5, spread + 0.5, c)
    wanted, _ = F.batch_norm(x, gamma, beta, *stats, training=False, eps=EPS)
    y, _ = F.batch_renorm(x, gamma, beta, *stats, r_max=np.inf, d_max=np.inf, eps=EPS)
    np.testing.assert_allclose(y, wanted, rtol=1e-9, atol=1e-9 * (1 + np.abs(gamma).max()))


@given(inputs())
def test_conditions_that_are_the_same_for_all_are_batch_norm(drawn):
    x, gamma, beta, dy = drawn
    rows = (np.tile(gamma, (len(x), 1)), np.tile(beta, (len(x), 1)))
    y, cache = F.conditional_batch_norm(x, *rows, eps=EPS)
    dx, dgamma, dbeta = F.conditional_batch_norm_backward(dy, cache)
    plain = batch_norm(dy, x, gamma, beta, eps=EPS)
    assert_same((y, dx, dgamma.sum(0), dbeta.sum(0)), plain, atol=1e-7)


@given(inputs())
def test_a_picture_in_its_own_style_is_unchanged(drawn):
    x, _, _, _ = drawn
    y, _ = F.adain(x, x, eps=EPS)
    np.testing.assert_allclose(y, x, **CLOSE)


@given(inputs())
def test_adain_has_the_means_of_the_style(drawn):
    x, _, _, style = drawn
    y, _ = F.adain(x, style, eps=EPS)
    space = tuple(range(2, x.ndim))
    np.testing.assert_allclose(y.mean(space), style.mean(space), **CLOSE)


@given(arrays((4, 2)))
def test_two_values_become_minus_one_and_one(x):
    """In every normalizer that takes the mean out, where two values share their statistics."""
    assume((np.abs(x[:, 0] - x[:, 1]) > 1e-2).all() and (np.abs(x[::2] - x[1::2]) > 1e-2).all())
    by_row = np.sign(x - x.mean(1, keepdims=True))
    for y, _ in (
        F.layer_norm(x, 2, eps=0.0),
        F.group_norm(x, 1, eps=0.0),
        F.instance_norm(x[:, None], eps=0.0),
    ):
        np.testing.assert_allclose(y.reshape(x.shape), by_row, rtol=1e-9)
    pairs, _ = F.ghost_batch_norm(x, 2, eps=0.0)
    means = np.repeat((x[::2] + x[1::2]) / 2, 2, axis=0)
    np.testing.assert_allclose(pairs, np.sign(x - means), rtol=1e-9)


@given(inputs(), st.integers(0, 3))
def test_a_gradient_constant_where_the_statistics_are_shared_vanishes(drawn, seed):
    x, _, _, _ = drawn
    rng, n, c = np.random.default_rng(seed), len(x), x.shape[1]
    space = (1,) * (x.ndim - 2)
    per_sample, per_channel = rng.normal(size=(n, 1, *space)), rng.normal(size=(1, c, *space))
    stats = np.zeros(c), np.ones(c)
    dxs = [
        both(F.layer_norm, F.layer_norm_backward, per_sample + 0 * x, x, x.shape[1:], eps=EPS)[1],
        group_norm(per_sample + 0 * x, x, 1, eps=EPS)[1],
        group_norm(per_sample * per_channel + 0 * x, x, c, eps=EPS)[1],
        both(F.ghost_batch_norm, F.ghost_batch_norm_backward, per_sample + 0 * x, x, 1, eps=EPS)[1],
        both(F.batch_renorm, F.batch_renorm_backward, per_channel + 0 * x, x, None, None, *stats)[
            1
        ],
        batch_norm(per_channel + 0 * x, x, eps=EPS)[1],
        both(F.adain, F.adain_backward, per_channel + 0 * x, x, x, eps=EPS)[1],
    ]
    for dx in dxs:
        np.testing.assert_allclose(dx, 0, atol=1e-9)


@given(inputs(TABLES))
def test_rms_norm_lets_a_constant_gradient_through(drawn):
    """The mean does not leave its gradient; what leaves is the component along the sample."""
    x, _, _, dy = drawn
    assume((np.abs(x).max(axis=1) > 1e-2).all())
    _, cache = F.rms_norm(x, x.shape[1], eps=1e-12)
    dx, _ = F.rms_norm_backward(dy, cache)
    size = 1 + np.abs(dx).max() * np.abs(x).max()
    np.testing.assert_allclose((dx * x).sum(1), 0, atol=1e-9 * size)
    up, _ = F.rms_norm_backward(np.ones_like(x), cache)
    different = np.ptp(np.abs(x) / np.abs(x).max(1, keepdims=True), axis=1) > 1e-3
    assert (np.abs(up).max(axis=1)[different] > 0).all()
