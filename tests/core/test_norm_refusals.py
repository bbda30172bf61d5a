"""What the normalizers refuse, and in which words."""

import re

import numpy as np
import pytest

from bnviz.core import functional as F
from tests.core.norm_cases import start
from tests.core.refused import refused

test_what_does_not_fit_is_refused = refused(
    (lambda: F.layer_norm(np.ones((2, 3)), ()), r"normalized_shape must name at least one axis"),
    (lambda: F.layer_norm(np.ones((2, 3)), 2), r"x must end in the normalized_shape \(2,\)"),
    (lambda: F.layer_norm(np.ones((2, 3)), (2, 3, 1)), r"must end in the normalized_shape"),
    (lambda: F.layer_norm(np.float64(1.0), 1), r"must end in the normalized_shape"),
    (lambda: F.layer_norm(np.ones((2, 3)), 3, np.ones(1)), r"gamma must have the normalized_shape"),
    (lambda: F.rms_norm(np.ones((2, 3)), ()), r"normalized_shape must name at least one axis"),
    (lambda: F.rms_norm(np.ones((2, 3)), (2,)), r"x must end in the normalized_shape"),
    (lambda: F.rms_norm(np.ones((2, 3)), 3, np.ones(2)), r"gamma must have the normalized_shape"),
    (lambda: F.group_norm(np.ones(6), 1), r"x must have the shape \(N, C\)"),
    (lambda: F.group_norm(np.ones((2, 6)), 4), "num_groups must divide the 6 channels, got 4"),
    (lambda: F.group_norm(np.ones((2, 6)), 12), "num_groups must divide the 6 channels, got 12"),
    (lambda: F.group_norm(np.ones((2, 6)), 0), "num_groups must be a whole number of at least 1"),
    (lambda: F.group_norm(np.ones((2, 6)), -2), "num_groups must be a whole number of at least 1"),
    (lambda: F.group_norm(np.ones((2, 6)), 2.0), "num_groups must be a whole number of at least 1"),
    (lambda: F.group_norm(np.ones((1, 6)), 6), "Expected more than 1 value per group"),
    (lambda: F.group_norm(np.ones((4, 6, 1)), 6), "Expected more than 1 value per group"),
    (lambda: F.instance_norm(np.ones((2, 3))), "Expected more than 1 spatial element"),
    (lambda: F.instance_norm(np.ones((2, 3, 1, 1))), "Expected more than 1 spatial element"),
    (lambda: F.instance_norm(np.ones((2, 3, 4)), training=False), "needs running_mean and running"),
    (lambda: F.instance_norm(np.ones((2, 3, 4)), None, None, np.ones(3)), "must either both be"),
    (lambda: F.instance_norm(np.ones((2, 3, 4)), momentum=np.inf), "momentum must be a finite"),
    (lambda: F.batch_renorm(np.ones((4, 3))), "batch renorm needs running_mean and running_var"),
    (lambda: F.batch_renorm(np.ones((1, 3)), None, None, *start()), "Expected more than 1 value"),
    (lambda: F.batch_renorm(np.ones((4, 3)), None, None, *start(), r_max=0.5), "r_max must be at"),
    (lambda: F.batch_renorm(np.ones((4, 3)), None, None, *start(), d_max=-1), "d_max must be at"),
    (lambda: F.batch_renorm(np.ones((4, 3)), None, None, *start(), d_max=np.nan), "d_max must be"),
    (lambda: F.ghost_batch_norm(np.ones((6, 3)), 4), "chunk_size must divide the 6 samples, got 4"),
    (lambda: F.ghost_batch_norm(np.ones((6, 3)), 0), "chunk_size must be a whole number"),
    (lambda: F.ghost_batch_norm(np.ones((6, 3)), 1), "Expected more than 1 value per channel"),
    (lambda: F.ghost_batch_norm(np.ones((6, 3)), 2, training=False), "needs running_mean"),
    (lambda: F.ghost_batch_norm(np.ones((6, 3)), 2, momentum=np.nan), "momentum must be a finite"),
    *(
        (
            lambda call=call, wrong=wrong: call(eps=wrong),
            f"eps must be a finite number .*got {re.escape(repr(wrong))}",
        )
        for wrong in ("a", None, [], 1j, -1e-5, np.nan, np.inf)
        for call in (
            lambda eps: F.batch_norm(np.ones((4, 3)), eps=eps),
            lambda eps: F.batch_renorm(np.ones((4, 3)), None, None, *start(), eps=eps),
            lambda eps: F.layer_norm(np.ones((4, 3)), 3, eps=eps),
            lambda eps: F.group_norm(np.ones((4, 4)), 2, eps=eps),
            lambda eps: F.adain(np.ones((1, 2, 3)), np.ones((1, 2, 3)), eps=eps),
            lambda eps: F.sync_batch_norm([np.ones((4, 3))], eps=eps),
        )
    ),
    *(
        (
            lambda wrong=wrong: F.batch_norm(np.ones((4, 3)), momentum=wrong),
            f"momentum must be a finite number, got {wrong!r}",
        )
        for wrong in ("a", None, np.nan, np.inf)
    ),
    (lambda: F.rms_norm(np.ones((2, 3)), 3, eps=np.nan), "eps must be a finite number of at least"),
    (lambda: F.batch_norm(np.ones((4, 3)), training=False), "training=False needs running_mean a"),
    *(
        (lambda x=x: F.batch_norm(x), r"x must have the shape \(N, C\)")
        for x in (np.ones(3), np.pi)
    ),
    (lambda: F.batch_renorm(np.ones((4, 3)), None, None, *start(), r_max="a"), "r_max must .*'a'"),
    (
        lambda: F.batch_renorm(np.ones((4, 3)), None, None, *start(), d_max=None),
        "d_max must .*None",
    ),
    (lambda: F.sync_batch_norm([]), "shards must hold at least one array, got none"),
    (lambda: F.sync_batch_norm([np.ones((2, 3)), np.ones((2, 4))]), "may differ in the number of"),
    (lambda: F.sync_batch_norm([np.ones((2, 3)), np.ones((2, 3), "f4")]), "may differ in the num"),
    (lambda: F.sync_batch_norm([np.ones((2, 3)), np.ones((2, 3, 1))]), "may differ in the num"),
    (lambda: F.sync_batch_norm([np.ones((1, 3)), np.ones((0, 3))]), "got 1 in all shards"),
    (lambda: F.sync_batch_norm([np.ones(3)]), r"x must have the shape \(N, C\)"),
    (lambda: F.sync_batch_norm([np.float64(3)]), r"x must have the shape \(N, C\)"),
    (lambda: F.conditional_batch_norm(np.ones((4, 3)), np.ones(3), np.ones(3)), "row for each sam"),
    (lambda: F.adain(np.ones((2, 3, 4)), np.ones((2, 2, 4))), "style must have the shape"),
    (lambda: F.adain(np.ones((2, 3, 4)), np.ones((2, 3, 4, 4))), "style must have the shape"),
    (
        lambda: F.adain(np.ones((2, 3, 4)), np.ones((2, 3, 1))),
        "Expected more than 1 spatial element",
    ),
    (
        lambda: F.adain(np.ones((2, 3, 1)), np.ones((2, 3, 4))),
        "Expected more than 1 spatial element",
    ),
    (lambda: F.adain(np.ones((2, 3)), np.ones((2, 3))), "Expected more than 1 spatial element"),
)


@pytest.mark.parametrize("name", ["gamma", "beta", "running_mean", "running_var"])
@pytest.mark.parametrize("size", [1, 2, 4, 0])
@pytest.mark.parametrize(
    "normalize",
    [
        F.batch_norm,
        F.instance_norm,
        F.batch_renorm,
        lambda x, **arrays: F.ghost_batch_norm(x, 2, **arrays),
        lambda x, **arrays: F.sync_batch_norm([x], **arrays),
    ],
    ids=["batch norm", "instance norm", "batch renorm", "ghost batch norm", "sync batch norm"],
)
def test_wrong_sizes_are_refused(normalize, name, size):
    arrays = dict(zip(("running_mean", "running_var"), start(), strict=True))
    with pytest.raises(ValueError, match=rf"{name} must have the shape \(3,\).*got \({size},\)"):
        normalize(np.ones((4, 3, 5)), **arrays | {name: np.ones(size)})


def test_sync_batch_norm_wants_a_dy_for_each_shard():
    _, cache = F.sync_batch_norm([np.ones((2, 3)), np.ones((2, 3))])
    with pytest.raises(ValueError, match="one dy for each of the 2 shards, got 1"):
        F.sync_batch_norm_backward([np.ones((2, 3))], cache)


@pytest.mark.parametrize("n", [1, 3])
def test_a_group_of_one_value_is_refused_in_pytorch_only_in_a_batch_of_one(pytorch, n):
    """The difference that the docstring of group_norm names."""
    f = pytorch.nn.functional
    with pytest.raises(ValueError, match="Expected more than 1 value per group"):
        F.group_norm(np.ones((n, 3)), 3)
    if n == 1:
        with pytest.raises(ValueError, match="Expected more than 1 value per channel"):
            f.group_norm(pytorch.ones(n, 3), 3)
    else:
        np.testing.assert_array_equal(f.group_norm(pytorch.ones(n, 3), 3).numpy(), 0)


@pytest.mark.parametrize("name", ["running_mean", "running_var"])
@pytest.mark.parametrize(
    "normalize",
    [
        F.batch_norm,
        F.instance_norm,
        F.batch_renorm,
        lambda x, *rest, **how: F.ghost_batch_norm(x, 2, *rest, **how),
    ],
    ids=["batch", "instance", "renorm", "ghost"],
)
def test_running_statistics_that_are_read_only_are_refused_in_training_alone(normalize, name):
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    running = {"running_mean": np.zeros(3), "running_var": np.ones(3)}
    running[name].flags.writeable = False
    with pytest.raises(ValueError, match=f"{name} is updated in place in training.*read-only"):
        normalize(x, None, None, **running)
    assert (running["running_mean"] == 0).all()
    assert (running["running_var"] == 1).all()
    y, _ = normalize(x, None, None, **running, training=False)
    np.testing.assert_allclose(y, x, rtol=1e-4)


def test_shards_do_not_write_where_it_is_forbidden():
    running = np.zeros(3), np.broadcast_to(1.0, 3)
    with pytest.raises(ValueError, match="running_var is updated in place in training"):
        F.sync_batch_norm([np.ones((2, 3)), np.ones((2, 3))], None, None, *running)
