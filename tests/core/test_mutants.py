"""One place of a backward pass made wrong: the checks that the right one passes must reject it.

The cotangent of the checks is random. Under the sum of the outputs, the true gradient of batch norm
with respect to ``x`` is zero, and most of its mutants give zero too: the last test shows it.
"""

import inspect
import sys
import textwrap

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.gradcheck import gradient_errors
from tests.core.norm_cases import CASES

TOLERANCE = 1e-7

OF_BATCH_NORM = [
    (F.batch_norm_backward, "if batch_statistics:", "if False:"),
    (F.standardize_backward, "dx -= sum_dx_hat / n", "pass"),
    (F.standardize_backward, "np.subtract(dx_hat, along_x_hat, out", "np.add(dx_hat, 0, out"),
    (F.standardize_backward, "sum_dx_hat_x_hat / n", "sum_dx_hat_x_hat / (n - 1)"),
    (F.standardize_backward, "count_over(dx_hat.shape, axes) or 1", "1"),
    (F.standardize_backward, "np.subtract", "np.add"),
    (F.batch_norm, "BatchNormCache(s.x_hat, gain", "BatchNormCache(s.x_hat, s.inv_std"),
    (F.standardize_backward, "dx *= inv_std", "dx *= inv_std**2"),
    (F.standardize, "var, inv_std)", "var, 1 / np.sqrt(var))"),
    (F.standardize_backward, "dx -= sum_dx_hat / n", "dx -= sum_dx_hat.mean() / n"),
    (F.batch_norm_backward, "dgamma.reshape(-1)", "(dgamma + dbeta).reshape(-1)"),
    (F.batch_norm_backward, "dbeta.reshape(-1)", "dbeta.reshape(-1) / len(dy)"),
]
# By case and function: what stands there, and what is put there.
OF_THE_OTHERS = {
    ("batch norm, evaluation", F.batch_norm_backward): [("if batch_statistics:", "if True:")],
    ("layer norm", F.layer_norm_backward): [
        # Batch norm's short cut, but here gamma is not constant along the axes.
        ("(dx_hat, x_hat, inv_std,", "(dy, x_hat, inv_std * gamma,"),
        ("= standardize_backward(", "= dx_hat * inv_std, 0, ("),
        ("inv_std, axes)", "inv_std, samples)"),
        ("dgamma.reshape(shape)", "(dy * x_hat)[0]"),
    ],
    ("rms norm", F.rms_norm_backward): [
        ("dx *=", "dx -= dx_hat.mean(axes, keepdims=True); dx *="),  # layer norm's gradient
        ("x_hat * mean_of", "0 * x_hat * mean_of"),
    ],
    ("group norm, image", F.group_norm_backward): [
        ("s.inv_std, WITHIN", "s.inv_std, (-2, -1)"),
        ("dx_hat.reshape", "dx_hat[:, ::2].repeat(2, 1).reshape"),
        ("dgamma.reshape(-1)", "dgamma.reshape(-1)[::-1]"),
    ],
    ("adain", F.adain_backward): [
        ("= (dmean", "= 0 * (dmean"),
        ("dstd * style.x_hat", "0 * style.x_hat"),
        ("count_over(style.", "count_over(content."),
        ("content.inv_std / style.inv_std", "content.inv_std"),
    ],
    ("ghost batch norm", F.ghost_batch_norm_backward): [
        (", chunks)", ", chunks._replace(axes=(-3, -2)))"),
        ("sum(axis=0)", "mean(axis=0)"),
    ],
    ("sync batch norm", F.sync_batch_norm_backward): [
        ("dy - mean", "dy - dy.mean(0)"),  # each device with its own mean
        ("axes) for dy, x in pairs]", "axes) for dy, x in pairs[:1]]"),
    ],
    ("conditional batch norm", F.conditional_batch_norm_backward): [
        ("(dx_hat, cache.batch)", "(dy, cache.batch._replace(gain=cache.batch.gain * gamma))"),
        ("dgamma.reshape(", "(0 * dgamma + dgamma.mean(0)).reshape("),
    ],
    ("batch renorm, table", F.batch_renorm): [("s.inv_std * r * gamma", "s.inv_std * gamma")],
    ("batch renorm, table", F.batch_renorm_backward): [
        ("sum_dy_x_hat * r + dbeta * d", "sum_dy_x_hat"),
        ("sum_dy_x_hat * r + dbeta * d", "sum_dy_x_hat * r"),
    ],
}
MUTANTS = [
    *(("batch norm", *mutant) for mutant in OF_BATCH_NORM),
    *((*place, *change) for place, changes in OF_THE_OTHERS.items() for change in changes),
]


def mutate(monkeypatch, function, right, wrong):
    """Change one place in the source of a function, for all who call it."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(right) == 1, (
        f"{function.__name__} has {source.count(right)} times {right!r}"
    )
    names = dict(vars(sys.modules[function.__module__]))
    exec(source.replace(right, wrong), names)
    monkeypatch.setattr(function, "__code__", names[function.__name__].__code__)


def error(case, torch):
    """Give the largest error of a gradient: against central differences, or else PyTorch's."""
    inputs = case.draw()
    if case.differentiable:
        return max(gradient_errors(case.forward, case.backward, inputs).values())
    y, cache = case.forward(**inputs)
    dy = np.random.default_rng(9).normal(size=y.shape)
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in inputs.items()}
    outputs = case.pytorch(torch, **leaves)
    theirs = torch.autograd.grad(outputs, list(leaves.values()), torch.tensor(dy))
    ours = case.backward(dy, cache)
    return max(np.abs(a - b.numpy()).max() for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize(("case", "function", "right", "wrong"), MUTANTS)
@pytest.mark.checks(
    "wrong backward passes of every normalizer are found out",
    how="central differences and PyTorch must reject each",
    tolerance="right 1e-7, wrong 1e-4 or more",
)
def test_a_mutant_is_found_out(monkeypatch, pytorch, case, function, right, wrong):
    assert error(CASES[case], pytorch) < TOLERANCE
    mutate(monkeypatch, function, right, wrong)
    assert error(CASES[case], pytorch) > 1000 * TOLERANCE


def test_the_sum_of_the_outputs_would_hide_most_mutants(monkeypatch):
    """Why the cotangent is random."""
    case, dy = CASES["batch norm"], np.ones((5, 3))
    right = case.run(case.draw(), dy)
    np.testing.assert_allclose(right["dx"], 0, atol=1e-12)
    hidden = []
    for mutant in OF_BATCH_NORM:
        with monkeypatch.context() as patch:
            mutate(patch, *mutant)
            found = case.run(case.draw(), dy)
        if all(np.allclose(found[name], right[name], atol=1e-9) for name in right):
            hidden.append(mutant)
    assert len(hidden) == 7
