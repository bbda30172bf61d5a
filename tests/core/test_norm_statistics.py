"""What batch norm and its kin leave in the running statistics, and what they refuse."""

import numpy as np
import pytest

from bnviz.core import functional as F
from tests.core.norm_cases import beside, start

TIGHT = {"rtol": 1e-9, "atol": 1e-12}


# ----------------------------------------------------------------- running statistics


def in_pytorch(torch, normalize, xs):
    """Running statistics after all inputs; ``normalize(f, x, mean, var)`` is PyTorch's step."""
    stats = [torch.tensor(a) for a in start()]
    for x in xs:
        normalize(torch.nn.functional, torch.tensor(x), *stats)
    return [a.numpy() for a in stats]


def here(normalize, xs):
    stats = start()
    for x in xs:
        normalize(x, *stats)
    return stats


def ghost_in_pytorch(f, x, mean, var):
    for chunk in x.split(2):
        f.batch_norm(chunk, mean, var, None, None, True, 0.3)


STEPS = {
    "batch norm": (
        lambda x, *stats: F.batch_norm(x, None, None, *stats, momentum=0.3),
        lambda f, x, *stats: f.batch_norm(x, *stats, None, None, True, 0.3),
    ),
    "instance norm": (
        lambda x, *stats: F.instance_norm(x, None, None, *stats, momentum=0.3),
        lambda f, x, *stats: f.instance_norm(x, *stats, momentum=0.3),
    ),
    "batch renorm": (
        lambda x, *stats: F.batch_renorm(x, None, None, *stats, momentum=0.3),
        lambda f, x, *stats: f.batch_norm(x, *stats, None, None, True, 0.3),
    ),
    "ghost batch norm": (
        lambda x, *stats: F.ghost_batch_norm(x, 2, None, None, *stats, momentum=0.3),
        ghost_in_pytorch,
    ),
    "sync batch norm": (
        lambda x, *stats: F.sync_batch_norm(np.split(x, [1, 3]), None, None, *stats, momentum=0.3),
        lambda f, x, *stats: f.batch_norm(x, *stats, None, None, True, 0.3),
    ),
    "conditional batch norm": (
        lambda x, *stats: F.conditional_batch_norm(x, x[:, :, 0], x[:, :, 1], *stats, momentum=0.3),
        lambda f, x, *stats: f.batch_norm(x, *stats, None, None, True, 0.3),
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), STEPS.values(), ids=STEPS)
@pytest.mark.checks(
    "batch, instance, renorm, ghost, sync: running statistics after many steps",
    how="PyTorch, float64",
    tolerance=TIGHT,
)
def test_running_statistics_after_many_steps(pytorch, rng, ours, theirs):
    xs = rng.normal(1.0, 2.0, (12, 4, 3, 5))
    for a, wanted in zip(here(ours, xs), in_pytorch(pytorch, theirs, xs), strict=True):
        np.testing.assert_allclose(a, wanted, **TIGHT)


@pytest.mark.parametrize("ours", [step[0] for step in STEPS.values()], ids=STEPS)
def test_an_empty_batch_records_nothing(ours):
    stats = start()
    ours(np.empty((0, 3, 5)), *stats)
    np.testing.assert_array_equal(stats, start())


EVALUATIONS = {
    "instance norm": F.instance_norm,
    "batch renorm": F.batch_renorm,
    "ghost batch norm": lambda x, *args, **options: F.ghost_batch_norm(x, 5, *args, **options),
    "conditional batch norm": lambda x, gamma, beta, *args, **options: F.conditional_batch_norm(
        x, np.tile(gamma, (len(x), 1)), np.tile(beta, (len(x), 1)), *args, **options
    ),
}


@pytest.mark.parametrize("normalize", EVALUATIONS.values(), ids=EVALUATIONS)
@pytest.mark.parametrize("shape", [(1, 3, 1), (3, 3, 4)], ids=str)
def test_evaluation_is_that_of_batch_norm_and_changes_nothing(rng, normalize, shape):
    x, gamma, beta = rng.normal(size=shape), *rng.normal(size=(2, 3))
    stats = start()
    y, _ = normalize(x, gamma, beta, *stats, training=False, eps=0.1)
    wanted, _ = F.batch_norm(x, gamma, beta, *start(), training=False, eps=0.1)
    np.testing.assert_allclose(y, wanted, rtol=1e-12)
    np.testing.assert_array_equal(stats, start())


@pytest.mark.parametrize("n_shards", [1, 2, 3, 8, 64])
@pytest.mark.checks(
    "sync batch norm over 1 to 64 shards is batch norm of the whole batch",
    how="batch norm, float64",
    tolerance="absolute 1e-12",
)
def test_sync_batch_norm_is_exact(rng, n_shards):
    """At most 1e-12 from batch norm of the whole batch, in float64."""
    x, dy = rng.normal(3.0, 2.0, (2, 64, 3, 2))
    y, cache = F.batch_norm(x)
    ys, sync_cache = F.sync_batch_norm(np.array_split(x, n_shards))
    dxs, *sums = F.sync_batch_norm_backward(np.array_split(dy, n_shards), sync_cache)
    whole = (y, *F.batch_norm_backward(dy, cache))
    for a, wanted in zip((np.concatenate(ys), np.concatenate(dxs), *sums), whole, strict=True):
        assert np.abs(a - wanted).max() < 1e-12


def test_sync_batch_norm_is_not_the_mean_of_the_shards(rng):
    shards = [rng.normal(mean, 1.0, (8, 1)) for mean in (-5.0, 5.0)]
    ys, _ = F.sync_batch_norm(shards)
    assert abs(ys[0].mean()) > 0.9
    ghost, _ = F.ghost_batch_norm(np.concatenate(shards), 8)
    assert abs(ghost[:8].mean()) < 1e-12


@pytest.mark.parametrize("space", [[(1, 2), (1, 3)], [(2, 2), (4, 5), (1, 1)], [(0, 3), (3, 2)]])
def test_shards_of_different_space_weigh_by_their_count(pytorch, rng, space):
    """As all their values in rows, each with its channel, in one batch norm of PyTorch."""
    shards = [rng.normal(i, 2.0, (2, 3, *size)) for i, size in enumerate(space)]
    dys, (gamma, beta), stats = (
        [rng.normal(size=x.shape) for x in shards],
        rng.normal(size=(2, 3)),
        start(),
    )
    ys, cache = F.sync_batch_norm(shards, gamma, beta, *stats)
    dxs, *sums = F.sync_batch_norm_backward(dys, cache)
    rows, dy = (
        np.concatenate([np.moveaxis(a, 1, -1).reshape(-1, 3) for a in each])
        for each in (shards, dys)
    )
    wanted_stats = [pytorch.tensor(a) for a in start()]
    leaves = [pytorch.tensor(a, requires_grad=True) for a in (rows, gamma, beta)]
    wanted = pytorch.nn.functional.batch_norm(leaves[0], *wanted_stats, *leaves[1:], training=True)
    wanted.backward(pytorch.tensor(dy))
    pairs = [(ys, wanted.detach()), (dxs, leaves[0].grad)]
    for ours, theirs in pairs:
        found = np.concatenate([np.moveaxis(a, 1, -1).reshape(-1, 3) for a in ours])
        np.testing.assert_allclose(found, theirs.numpy(), **TIGHT)
    for ours, theirs in zip(
        (*stats, *sums), (*wanted_stats, leaves[1].grad, leaves[2].grad), strict=True
    ):
        np.testing.assert_allclose(ours, theirs.numpy(), **TIGHT)


def test_shards_of_two_and_three_values():
    """[1, 3] and [5, 7, 9]: mean 5, unbiased variance 10."""
    mean, var = np.zeros(1), np.ones(1)
    shards = [np.array([[[1.0, 3.0]]]), np.array([[[5.0, 7.0, 9.0]]])]
    ys, _ = F.sync_batch_norm(shards, None, None, mean, var, eps=0.0)
    np.testing.assert_allclose((mean[0], var[0]), (0.5, 1.9), rtol=1e-12)
    np.testing.assert_allclose(
        np.concatenate(ys, axis=2).ravel() * 8**0.5, [-4, -2, 0, 2, 4], atol=1e-12
    )


# ----------------------------------------------------------------- infinity


INFINITE = [[1.0, np.inf], [-np.inf, 2.0], [np.inf, np.inf], [np.inf, -np.inf], [np.nan, np.inf]]


@pytest.mark.parametrize("bad", INFINITE, ids=str)
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_infinite_value_leaves_the_running_mean_of_pytorch(pytorch, rng, name, bad):
    """Infinite, not NaN, where the mean is; the channels beside it stay as they are."""
    if name == "batch renorm":
        pytest.skip("PyTorch has none")
    x = rng.normal(size=(4, 3, 5))
    x[0, 1, :2] = bad
    ours, theirs = STEPS[name]
    for a, wanted in zip(here(ours, [x]), in_pytorch(pytorch, theirs, [x]), strict=True):
        np.testing.assert_allclose(a, wanted, **TIGHT)


# ----------------------------------------------------------------- single cases


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_default_eps_of_rms_norm_is_that_of_pytorch(pytorch, dtype):
    x = np.array([[1e-3, 2e-3, -1e-3]], dtype)
    wanted = pytorch.nn.functional.rms_norm(pytorch.tensor(x), (3,)).numpy()
    np.testing.assert_allclose(
        F.rms_norm(x, 3)[0], wanted, rtol=2e-3 if dtype == np.float16 else 1e-6
    )


def test_one_value_is_enough_for_layer_norm():
    y, cache = F.layer_norm(np.array([[5.0], [7.0]]), 1, np.array([2.0]), np.array([3.0]))
    np.testing.assert_array_equal(y, 3.0)
    np.testing.assert_array_equal(F.layer_norm_backward(np.ones((2, 1)), cache)[0], 0.0)


@pytest.mark.parametrize("normalize", [F.layer_norm, F.rms_norm])
def test_samples_without_features_are_empty_and_not_nan(normalize):
    assert normalize(np.empty((2, 0)), 0)[0].shape == (2, 0)


def test_eps_zero_is_exact():
    np.testing.assert_allclose(F.layer_norm(np.array([[1e-9, 3e-9]]), 2, eps=0.0)[0], [[-1, 1]])
    np.testing.assert_allclose(F.rms_norm(np.full((2, 3), 1e-9), 3, eps=0.0)[0], 1)


def test_a_table_of_conditions_has_its_gradient_by_add_at(pytorch, rng):
    """As the docstring of conditional_batch_norm says, against PyTorch's embedding."""
    x, dy, labels = *rng.normal(size=(2, 5, 3, 2)), np.array([0, 2, 0, 2, 2])
    table, beta = rng.normal(size=(3, 3)), np.zeros((5, 3))
    _, cache = F.conditional_batch_norm(x, table[labels], beta)
    dtable = np.zeros_like(table)
    np.add.at(dtable, labels, F.conditional_batch_norm_backward(dy, cache)[1])
    leaf = pytorch.tensor(table, requires_grad=True)
    normed = pytorch.nn.functional.batch_norm(pytorch.tensor(x), None, None, training=True)
    y = normed * beside(leaf[labels], normed)
    (wanted,) = pytorch.autograd.grad(y, leaf, pytorch.tensor(dy))
    np.testing.assert_allclose(dtable, wanted.numpy(), **TIGHT)
