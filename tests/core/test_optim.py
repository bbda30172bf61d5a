"""Optimizers against PyTorch's, over many steps."""

import tracemalloc

import numpy as np
import pytest

from bnviz.core.train import optim

PAIRS = {
    "sgd": (lambda: optim.SGD(0.1), lambda t, p: t.SGD(p, lr=0.1)),
    "momentum": (lambda: optim.Momentum(0.1), lambda t, p: t.SGD(p, lr=0.1, momentum=0.9)),
    "low momentum": (lambda: optim.Momentum(0.1, 0.3), lambda t, p: t.SGD(p, lr=0.1, momentum=0.3)),
    "adam": (lambda: optim.Adam(0.01), lambda t, p: t.Adam(p, lr=0.01)),
    "adam, default rate": (lambda: optim.Adam(), lambda t, p: t.Adam(p)),
    "adam, all set": (
        lambda: optim.Adam(0.01, betas=(0.5, 0.9), eps=0.1),
        lambda t, p: t.Adam(p, lr=0.01, betas=(0.5, 0.9), eps=0.1),
    ),
}


def gradients(n_steps, shape=(11,), seed=3):
    """Gradients of many sizes; one parameter never gets any."""
    g = np.random.default_rng(seed).normal(size=(n_steps, *shape))
    g *= np.logspace(-6, 3, shape[-1])
    g[..., 0] = 0
    return g


@pytest.mark.parametrize(("ours", "theirs"), PAIRS.values(), ids=PAIRS)
@pytest.mark.checks(
    "SGD, momentum, Adam: fifty steps",
    how="torch.optim, float64",
    tolerance="relative 1e-9, absolute 1e-12",
)
def test_fifty_steps_in_float64(pytorch, rng, ours, theirs):
    p = rng.normal(size=11)
    leaf = pytorch.tensor(p, requires_grad=True)
    optimizer, reference = ours(), theirs(pytorch.optim, [leaf])
    for g in gradients(50):
        optimizer.step(p, g)
        leaf.grad = pytorch.tensor(g)
        reference.step()
        np.testing.assert_allclose(p, leaf.detach().numpy(), rtol=1e-9, atol=1e-12)
    for name, theirs_too in reference.state[leaf].items():
        if name != "step" and theirs_too is not None:
            np.testing.assert_allclose(getattr(optimizer, name), theirs_too.numpy(), rtol=1e-9)
    assert optimizer.n_steps == 50


@pytest.mark.parametrize(("ours", "theirs"), PAIRS.values(), ids=PAIRS)
def test_float32_stays_float32(pytorch, rng, ours, theirs):
    p = rng.normal(size=11).astype(np.float32)
    leaf = pytorch.tensor(p, requires_grad=True)
    optimizer, reference = ours(), theirs(pytorch.optim, [leaf])
    for g in gradients(20).astype(np.float32):
        optimizer.step(p, g)
        leaf.grad = pytorch.tensor(g)
        reference.step()
    np.testing.assert_allclose(p, leaf.detach().numpy(), rtol=1e-4, atol=1e-5)
    arrays = [a for a in vars(optimizer).values() if isinstance(a, np.ndarray)]
    assert {a.dtype for a in (p, *arrays)} == {np.dtype(np.float32)}


def test_a_new_learning_rate_takes_effect(pytorch):
    p = np.zeros(2)
    leaf = pytorch.tensor(p, requires_grad=True)
    optimizer = optim.Momentum(1.0)
    reference = pytorch.optim.SGD([leaf], lr=1.0, momentum=0.9)
    for lr in (1.0, 0.1, 10.0):
        optimizer.lr = reference.param_groups[0]["lr"] = lr
        optimizer.step(p, np.ones(2))
        leaf.grad = pytorch.ones(2, dtype=pytorch.float64)
        reference.step()
    np.testing.assert_allclose(p, leaf.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_each_network_may_have_its_own_rate(rng, name):
    lr_R1 = np.array([[0.01], [0.1], [1.0]])
    start, steps = rng.normal(size=(3, 4)), rng.normal(size=(5, 3, 4))
    together, p_RP = optim.optimizer(name, lr_R1), start.copy()
    for g in steps:
        together.step(p_RP, g)
    for r, lr in enumerate(lr_R1[:, 0]):
        alone, p = optim.optimizer(name, float(lr)), start[r].copy()
        for g in steps:
            alone.step(p, g[r])
        np.testing.assert_allclose(p_RP[r], p, rtol=1e-12)


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_the_gradient_is_left_alone_and_the_step_is_in_place(name):
    p, g = np.ones(3), np.ones(3)
    view = p[:]
    g.flags.writeable = False
    optim.optimizer(name, 0.1).step(p, g)
    assert (view < 1).all()


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_a_step_allocates_no_vector(name):
    p, g = np.ones(100_000), np.ones(100_000)
    optimizer = optim.optimizer(name, 0.1)
    optimizer.step(p, g)
    tracemalloc.start()
    optimizer.step(p, g)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.1 * p.nbytes


def test_the_first_step_of_adam_is_the_rate_and_of_momentum_the_gradient():
    p = np.zeros(3)
    optim.Adam(0.1).step(p, np.array([1e-3, 1.0, -1e3]))
    np.testing.assert_allclose(p, [-0.1, -0.1, 0.1], rtol=1e-4)
    p = np.zeros(3)
    optim.Momentum(0.5).step(p, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(p, [-0.5, -1.0, -1.5])


BAD = [
    (lambda: optim.SGD(-0.1), "lr must be 0 or more, got -0.1"),
    (lambda: optim.SGD(float("nan")), "lr must be 0 or more, got nan"),
    (lambda: optim.SGD(np.array([0.1, -1.0])), "lr must be 0 or more"),
    (lambda: optim.Momentum(0.1, 1.0), "momentum must be from 0 to below 1, got 1.0"),
    (lambda: optim.Momentum(0.1, -0.1), "momentum must be from 0 to below 1, got -0.1"),
    (lambda: optim.Adam(0.1, betas=(0.9, 1.0)), "betas must be two numbers from 0 to below 1"),
    (lambda: optim.Adam(0.1, betas=(0.9,)), "betas must be two numbers from 0 to below 1"),
    (lambda: optim.Adam(0.1, eps=-1e-8), "eps must be 0 or more, got -1e-08"),
    (lambda: optim.Adam(0.1, eps=float("nan")), "eps must be 0 or more, got nan"),
    (lambda: optim.optimizer("rmsprop", 0.1), "optimizer must be one of .*'adam'.*got 'rmsprop'"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("p", "g"),
    [
        (np.ones(3), np.ones(1)),
        (np.ones(3), np.ones((3, 1))),
        (np.ones(4), np.ones(4)),
        (np.ones(3, np.float32), np.ones(3)),
    ],
)
def test_a_step_with_other_shapes_is_refused(p, g):
    optimizer = optim.Adam(0.1)
    optimizer.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=r"p and g must have the shape \(3,\)"):
        optimizer.step(p, g)
    assert optimizer.n_steps == 1


@pytest.mark.parametrize("p", [[1.0, 2.0], np.ones(2, int)])
def test_parameters_that_cannot_be_changed_in_place_are_refused(p):
    with pytest.raises(ValueError, match="p must be a NumPy array of floats"):
        optim.SGD(0.1).step(p, np.ones(2))
