"""Wrong backward passes of batch norm's kin: each must be found out by finite differences."""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.functional.affine import scale_and_shift_backward
from bnviz.core.gradcheck import gradient_errors
from tests.core.norm_cases import CASES

TOLERANCE = 1e-7


# ----------------------------------------------------------------- layer norm


def layer_norm_scaled_after_the_mean(dy, cache):
    """Batch norm's short cut, wrong here: gamma is not constant along the axes."""
    _, dgamma, dbeta = F.layer_norm_backward(dy, cache)
    dx, _, _ = F.standardize_backward(dy, cache.x_hat, cache.inv_std, cache.axes)
    return dx * cache.gamma, dgamma, dbeta


def layer_norm_with_constant_statistics(dy, cache):
    _, dgamma, dbeta = F.layer_norm_backward(dy, cache)
    return dy * cache.gamma * cache.inv_std, dgamma, dbeta


def layer_norm_over_the_batch(dy, cache):
    _, dgamma, dbeta = F.layer_norm_backward(dy, cache)
    dx_hat = dy * cache.gamma
    dx, _, _ = F.standardize_backward(dx_hat, cache.x_hat, cache.inv_std, (-2,))
    return dx, dgamma, dbeta


def layer_norm_with_dgamma_of_one_sample(dy, cache):
    dx, _, dbeta = F.layer_norm_backward(dy, cache)
    return dx, (dy * cache.x_hat)[0], dbeta


# ----------------------------------------------------------------- rms norm


def rms_norm_with_the_mean_taken_out(dy, cache):
    """Layer norm's gradient."""
    _, dgamma = F.rms_norm_backward(dy, cache)
    dx_hat = dy * cache.gamma
    dx, _, _ = F.standardize_backward(dx_hat, cache.x_hat, cache.inv_rms, cache.axes)
    return dx, dgamma


def rms_norm_with_a_constant_size(dy, cache):
    _, dgamma = F.rms_norm_backward(dy, cache)
    return dy * cache.gamma * cache.inv_rms, dgamma


# ----------------------------------------------------------------- group and instance norm


def group_norm_over_all_groups(dy, cache):
    _, dgamma, dbeta = F.group_norm_backward(dy, cache)
    dx_hat, _, _ = scale_and_shift_backward(dy, dy, cache.gamma, (-1,))
    s = cache.groups
    dx, _, _ = F.standardize_backward(dx_hat.reshape(s.x_hat.shape), s.x_hat, s.inv_std, (-2, -1))
    return dx.reshape(dy.shape), dgamma, dbeta


def group_norm_over_every_other_channel(dy, cache):
    """Groups of channels that do not lie side by side."""
    order = np.arange(dy.shape[1]).reshape(-1, cache.groups.x_hat.shape[1]).T.ravel()
    dx, dgamma, dbeta = F.group_norm_backward(dy[:, order], cache)
    return dx[:, np.argsort(order)], dgamma, dbeta


def group_norm_with_dgamma_of_the_group(dy, cache):
    dx, dgamma, dbeta = F.group_norm_backward(dy, cache)
    rows = dgamma.reshape(cache.groups.x_hat.shape[1], -1)
    return dx, np.repeat(rows.mean(1), rows.shape[1]), dbeta


# ----------------------------------------------------------------- adain


def adain_with_a_constant_style(dy, cache):
    dx, dstyle = F.adain_backward(dy, cache)
    return dx, 0 * dstyle


def adain_with_a_style_of_means_only(dy, cache):
    dx, dstyle = F.adain_backward(dy, cache)
    return dx, np.broadcast_to(dstyle.mean(-1, keepdims=True), dstyle.shape)


def adain_with_a_style_as_long_as_the_content(dy, cache):
    dx, dstyle = F.adain_backward(dy, cache)
    return dx, dstyle * dstyle.shape[-1] / dx.shape[-1]


def adain_without_the_style_in_dx(dy, cache):
    dx, dstyle = F.adain_backward(dy, cache)
    return dx * cache.style.inv_std, dstyle


# ----------------------------------------------------------------- ghost, sync, conditional


def ghost_batch_norm_over_the_whole_batch(dy, cache):
    _, dgamma, dbeta = F.ghost_batch_norm_backward(dy, cache)
    c = cache.chunks
    dx, _, _ = F.standardize_backward(dy.reshape(c.x_hat.shape), c.x_hat, c.gain, (-3, -2))
    return dx.reshape(dy.shape), dgamma, dbeta


def ghost_batch_norm_with_the_mean_over_chunks(dy, cache):
    dx, dgamma, dbeta = F.ghost_batch_norm_backward(dy, cache)
    return dx, dgamma / len(cache.chunks.x_hat), dbeta / len(cache.chunks.x_hat)


def sync_batch_norm_with_its_own_sums(dy, cache):
    """Every device takes the means of its own shard out."""
    ends = np.cumsum([len(x) for x in cache.x_hats])[:-1]
    _, dgamma, dbeta = CASES["sync batch norm"].backward(dy, cache)
    parts = [
        F.standardize_backward(d, x, cache.gain, cache.axes)[0]
        for d, x in zip(np.split(dy, ends), cache.x_hats, strict=True)
    ]
    return np.concatenate(parts), dgamma, dbeta


def sync_batch_norm_with_a_local_dgamma(dy, cache):
    dx, _, dbeta = CASES["sync batch norm"].backward(dy, cache)
    n = len(cache.x_hats[0])
    return dx, (dy[:n] * cache.x_hats[0]).sum(0), dbeta


def conditional_batch_norm_scaled_after_the_mean(dy, cache):
    _, dgamma, dbeta = F.conditional_batch_norm_backward(dy, cache)
    dx, _, _ = F.batch_norm_backward(dy, cache.batch)
    return dx * cache.gamma, dgamma, dbeta


def conditional_batch_norm_with_shared_conditions(dy, cache):
    dx, dgamma, dbeta = F.conditional_batch_norm_backward(dy, cache)
    return dx, np.broadcast_to(dgamma.mean(0), dgamma.shape), dbeta


MUTANTS = {
    "layer norm": [
        layer_norm_scaled_after_the_mean,
        layer_norm_with_constant_statistics,
        layer_norm_over_the_batch,
        layer_norm_with_dgamma_of_one_sample,
    ],
    "rms norm": [rms_norm_with_the_mean_taken_out, rms_norm_with_a_constant_size],
    "group norm, image": [
        group_norm_over_all_groups,
        group_norm_over_every_other_channel,
        group_norm_with_dgamma_of_the_group,
    ],
    "adain": [
        adain_with_a_constant_style,
        adain_with_a_style_of_means_only,
        adain_with_a_style_as_long_as_the_content,
        adain_without_the_style_in_dx,
    ],
    "ghost batch norm": [
        ghost_batch_norm_over_the_whole_batch,
        ghost_batch_norm_with_the_mean_over_chunks,
    ],
    "sync batch norm": [sync_batch_norm_with_its_own_sums, sync_batch_norm_with_a_local_dgamma],
    "conditional batch norm": [
        conditional_batch_norm_scaled_after_the_mean,
        conditional_batch_norm_with_shared_conditions,
    ],
}
PAIRS = [pytest.param(CASES[name], m, id=m.__name__) for name, ms in MUTANTS.items() for m in ms]


@pytest.mark.parametrize(("case", "mutant"), PAIRS)
@pytest.mark.checks(
    "wrong backward passes of the other normalizers are found out",
    how="central differences must reject each",
    tolerance="errors above 1e-4 wanted",
)
def test_a_wrong_pass_is_found_out(case, mutant):
    errors = gradient_errors(case.forward, mutant, case.draw())
    assert max(errors.values()) > 1000 * TOLERANCE, errors


# ----------------------------------------------------------------- batch renorm
# Its gradient is not the derivative of its output, so it is compared with PyTorch's.


def renorm_without_r(cache):
    return cache._replace(gain=cache.gain / cache.r)


def renorm_with_dgamma_of_x_hat(cache):
    return cache._replace(r=np.ones_like(cache.r), d=np.zeros_like(cache.d))


def renorm_without_d(cache):
    return cache._replace(d=np.zeros_like(cache.d))


@pytest.mark.parametrize("spoil", [renorm_without_r, renorm_with_dgamma_of_x_hat, renorm_without_d])
def test_a_wrong_renorm_is_found_out(pytorch, spoil):
    case, dy = CASES["batch renorm, table"], np.random.default_rng(9).normal(size=(5, 3))
    inputs = case.draw()
    leaves = {name: pytorch.tensor(a, requires_grad=True) for name, a in inputs.items()}
    y = case.pytorch(pytorch, **leaves)
    wanted = pytorch.autograd.grad(y, list(leaves.values()), pytorch.tensor(dy))
    _, cache = case.forward(**inputs)
    errors = [
        np.abs(ours - theirs.numpy()).max()
        for ours, theirs in zip(case.backward(dy, spoil(cache)), wanted, strict=True)
    ]
    assert max(errors) > 0.01
