"""The front door, ``core/bn.py``, is PyTorch's batch norm and that of ``functional``."""

import inspect

import numpy as np
import pytest

from bnviz.core import bn
from bnviz.core import functional as F

EPS, MOMENTUM = 1e-5, 0.1
TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def train(x_SNC, gamma_C, beta_C, dy_NC):
    """Give y, dx, dgamma, dbeta of the last batch, the running statistics, and y in evaluation."""
    running = np.zeros_like(gamma_C), np.ones_like(gamma_C)
    for x_NC in x_SNC:
        y_NC, done = bn.forward(x_NC, gamma_C, beta_C, EPS)
        running = bn.update_running(*running, done, MOMENTUM)
    evaluated_NC = bn.evaluate(x_SNC[-1], gamma_C, beta_C, *running, EPS)
    return [y_NC, *bn.backward(dy_NC, done), *running, evaluated_NC]


def train_functional(x_SNC, gamma_C, beta_C, dy_NC):
    running = np.zeros_like(gamma_C), np.ones_like(gamma_C)
    for x_NC in x_SNC:
        y_NC, cache = F.batch_norm(x_NC, gamma_C, beta_C, *running, momentum=MOMENTUM, eps=EPS)
    evaluated_NC, _ = F.batch_norm(x_SNC[-1], gamma_C, beta_C, *running, training=False, eps=EPS)
    return [y_NC, *F.batch_norm_backward(dy_NC, cache), *running, evaluated_NC]


def train_pytorch(torch, x_SNC, gamma_C, beta_C, dy_NC):
    layer = torch.nn.BatchNorm1d(len(gamma_C), eps=EPS, momentum=MOMENTUM, dtype=torch.float64)
    layer.weight.data, layer.bias.data = torch.tensor(gamma_C), torch.tensor(beta_C)
    for x_NC in x_SNC:
        x = torch.tensor(x_NC, requires_grad=True)
        y = layer(x)
    y.backward(torch.tensor(dy_NC))
    running = layer.running_mean, layer.running_var
    evaluated = layer.eval()(x)
    found = y, x.grad, layer.weight.grad, layer.bias.grad, *running, evaluated
    return [value.detach().numpy() for value in found]


@pytest.fixture(params=[2, 5, 64], ids=lambda n: f"batch of {n}")
def given(rng, request):
    """Three batches of features of different means and scales; a random cotangent."""
    shape = (3, request.param, 4)
    x_SNC = rng.normal([0, 5, -100, 0], [1, 0.1, 20, 1], shape)
    x_SNC[..., 3] = 7  # a constant feature
    return x_SNC, rng.normal(size=4), rng.normal(size=4), rng.normal(size=shape[1:])


@pytest.mark.checks(
    "the front door: forward, backward, running statistics, evaluation",
    how="torch.nn, float64",
    tolerance=TIGHT,
)
def test_equals_pytorch_and_functional(pytorch, given):
    ours, theirs = train(*given), train_pytorch(pytorch, *given)
    for mine, functional, torch in zip(ours, train_functional(*given), theirs, strict=True):
        np.testing.assert_allclose(mine, functional, **TIGHT)
        np.testing.assert_allclose(mine, torch, **TIGHT)


MUTANTS = [
    ("forward", "(centred_NC**2).mean(axis=0)", "centred_NC.var(axis=0, ddof=1)"),
    ("forward", "np.sqrt(var_C + eps)", "(np.sqrt(var_C) + eps)"),
    ("backward", "dx_hat_NC = dy_NC * done.gamma_C", "dx_hat_NC = dy_NC"),
    ("backward", " - shared_C", ""),
    ("backward", " - done.x_hat_NC * along_C", ""),
    ("backward", "(dy_NC * done.x_hat_NC).sum", "(dy_NC * done.x_hat_NC).mean"),
    ("update_running", "* n / (n - 1)", ""),
    ("update_running", "(1 - momentum) * running_var_C", "momentum * running_var_C"),
    ("evaluate", "np.sqrt(var_C + eps)", "np.sqrt(var_C)"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), MUTANTS)
def test_a_mutant_is_found_out(monkeypatch, rng, name, right, wrong):
    source = inspect.getsource(getattr(bn, name))
    assert right in source
    namespace = dict(vars(bn))
    exec(source.replace(right, wrong), namespace)
    monkeypatch.setattr(bn, name, namespace[name])
    x_SNC, dy_NC = rng.normal(size=(3, 5, 4)) * 0.01, rng.normal(size=(5, 4))
    given = x_SNC, rng.normal(size=4), rng.normal(size=4), dy_NC
    pairs = zip(train(*given), train_functional(*given), strict=True)
    assert not all(np.allclose(mine, functional, **TIGHT) for mine, functional in pairs)


def test_the_gradient_is_right_by_finite_differences(rng):
    x_NC, dy_NC, direction_NC = rng.normal(size=(3, 6, 2))
    gamma_C, beta_C, step = np.array([2.0, -0.5]), np.zeros(2), 1e-5
    dx_NC, *_ = bn.backward(dy_NC, bn.forward(x_NC, gamma_C, beta_C, EPS)[1])

    def loss(x_NC):
        return (dy_NC * bn.forward(x_NC, gamma_C, beta_C, EPS)[0]).sum()

    moved = loss(x_NC + step * direction_NC) - loss(x_NC - step * direction_NC)
    assert (dx_NC * direction_NC).sum() == pytest.approx(moved / (2 * step), rel=1e-7)
    np.testing.assert_allclose(dx_NC.sum(axis=0), 0, atol=1e-12)
