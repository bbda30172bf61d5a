"""The recurrent network with batch norm: against PyTorch, step by step and as a whole."""

import numpy as np
import pytest

from bnviz.core import nn
from tests.core.layers import assert_finite_differences, assert_leaves_inputs_alone_and_checks_dy
from tests.core.refused import refused

TIGHT = {"rtol": 1e-9, "atol": 1e-11}
T, N, D, H = 4, 5, 3, 2


def make(**options):
    given = {"n_steps": T, "rng": 0, "dtype": np.float64, "eps": 0.1} | options
    return nn.RNN(D, H, **given)


def sequences(rng, n_steps=T):
    return rng.normal(size=(n_steps, N, D)), rng.normal(size=(n_steps, N, H))


def in_pytorch(torch, rnn, x_TND, dy_TNH):
    """The same recurrence in tensors; changes the running statistics of ``stats`` only."""
    p = {n: torch.tensor(a, requires_grad=True) for n, a in rnn.parameters().items()}
    stats = {n: torch.tensor(a) for n, a in rnn.buffers().items()}
    leaf = torch.tensor(x_TND, requires_grad=True)

    def term(a, of, t):
        a = a @ p[f"weight_{of}"].T
        if rnn.norm == "none":
            return a
        row = min(t, rnn.n_steps - 1)
        running = (stats[f"running_{what}_{of}"][row] for what in ("mean", "var"))
        options = {"training": rnn.training, "momentum": rnn.momentum, "eps": rnn.eps}
        return torch.nn.functional.batch_norm(a, *running, p[f"gamma_{of}"], None, **options)

    h, states = torch.zeros(N, H, dtype=torch.float64), []
    for t, x in enumerate(leaf):
        h = torch.tanh(term(x, "ih", t) + term(h, "hh", t) + p["bias"])
        h.retain_grad()
        states.append(h)
    y = torch.stack(states)
    y.backward(torch.tensor(dy_TNH))
    dh = torch.stack([h.grad for h in states])
    found = {"y": y.detach(), "dx": leaf.grad, "dh": dh} | {n: a.grad for n, a in p.items()} | stats
    return {name: a.numpy() for name, a in found.items()}


def here(rnn, x_TND, dy_TNH):
    found = {"y": rnn(x_TND), "dx": rnn.backward(dy_TNH), "dh": rnn.dh}
    return found | rnn.grads | rnn.buffers()


@pytest.mark.parametrize("norm", ["bn", "none"])
@pytest.mark.parametrize("n_steps", [1, T, T + 2])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
@pytest.mark.checks(
    "recurrent batch norm: output, gradients, statistics of each time step",
    how="PyTorch, float64",
    tolerance=TIGHT,
)
def test_everything_is_as_in_pytorch(pytorch, rng, norm, n_steps, training):
    rnn = make(norm=norm, gamma=0.7).train(training)
    for _ in range(3):
        x, dy = sequences(rng, n_steps)
        wanted = in_pytorch(pytorch, rnn, x, dy)
        ours = here(rnn, x, dy)
        assert ours.keys() == wanted.keys()
        for name, a in wanted.items():
            np.testing.assert_allclose(ours[name], a, err_msg=name, **TIGHT)


def test_without_norm_it_is_the_rnn_of_pytorch(pytorch, rng):
    ours = make(norm="none")
    theirs = pytorch.nn.RNN(D, H, dtype=pytorch.float64)
    state = {"weight_ih_l0": ours.weight_ih, "weight_hh_l0": ours.weight_hh}
    state |= {"bias_ih_l0": ours.bias, "bias_hh_l0": np.zeros(H)}
    theirs.load_state_dict({name: pytorch.tensor(a) for name, a in state.items()})
    x, _ = sequences(rng)
    np.testing.assert_allclose(ours(x), theirs(pytorch.tensor(x))[0].detach().numpy(), **TIGHT)


@pytest.mark.parametrize("norm", ["bn", "none"])
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_finite_differences(rng, norm, training):
    rnn = make(norm=norm, gamma=0.7, momentum=0.0).train(training)
    assert_finite_differences(rnn, *sequences(rng, 3))


def test_every_step_has_statistics_of_its_own(rng):
    rnn = make(momentum=1.0)
    x, _ = sequences(rng)
    x *= np.arange(1, T + 1)[:, None, None]
    rnn(x)
    terms_TNH = x @ rnn.weight_ih.T
    np.testing.assert_allclose(rnn.running_mean_ih, terms_TNH.mean(1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(rnn.running_var_ih, terms_TNH.var(1, ddof=1), rtol=1e-9)


def test_the_past_of_the_first_step_does_not_scatter(rng):
    rnn = make(momentum=1.0)
    rnn(sequences(rng)[0])
    np.testing.assert_array_equal(rnn.running_var_hh[0], 0)
    assert (rnn.running_var_hh[1:] > 1e-6).all()


def test_longer_sequences_share_the_last_row(rng):
    rnn = make(n_steps=2, momentum=1.0)
    x, _ = sequences(rng)
    rnn(x)
    last = x[-1] @ rnn.weight_ih.T
    np.testing.assert_allclose(rnn.running_mean_ih[1], last.mean(0), rtol=1e-9, atol=1e-12)
    assert rnn.eval()(x).shape == (T, N, H)


@pytest.mark.parametrize("gamma", [0.1, 1.0, -2.0])
def test_gamma_starts_as_told_and_makes_the_scale_of_the_weights_irrelevant(rng, gamma):
    rnn = make(gamma=gamma, eps=1e-12)
    np.testing.assert_array_equal([rnn.gamma_ih, rnn.gamma_hh], gamma)
    x, _ = sequences(rng)
    y = rnn(x)
    rnn.weight_ih *= 7
    rnn.weight_hh *= 1 / 7
    np.testing.assert_allclose(rnn(x), y, rtol=1e-6)


def test_state_round_trip(rng):
    first, second = make(), make(rng=1)
    first(sequences(rng)[0])
    second.load_state_dict(first.state_dict())
    x, _ = sequences(rng)
    np.testing.assert_array_equal(first.eval()(x), second.eval()(x))
    names = {"weight_ih", "weight_hh", "bias", "gamma_ih", "gamma_hh"}
    assert first.parameters().keys() == names
    assert make(norm="none").state_dict().keys() == {"weight_ih", "weight_hh", "bias"}


def test_dtype_is_kept_and_inputs_are_left_alone(rng):
    x, dy = (a.astype(np.float32) for a in sequences(rng))
    assert_leaves_inputs_alone_and_checks_dy(make(), x, dy)


test_what_does_not_fit_is_refused = refused(
    (lambda: nn.RNN(0, 2, n_steps=3), "input_size must be a whole number of at least 1"),
    (lambda: nn.RNN(2, 0, n_steps=3), "hidden_size must be a whole number of at least 1"),
    (lambda: make(n_steps=0), "n_steps must be a whole number of at least 1"),
    (lambda: make(norm="ln"), r"norm must be one of \('bn', 'none'\), got 'ln'"),
    (lambda: make(eps=0.0), "eps must be a finite number above 0"),
    (lambda: make(gamma=np.nan), "gamma and momentum must be finite"),
    (lambda: make(momentum=np.inf), "gamma and momentum must be finite"),
    (lambda: make(momentum=None), "must be finite numbers, got 0.1 and None"),
    (lambda: make(gamma="1"), "must be finite numbers, got '1' and 0.1"),
    (lambda: make()(np.ones((T, N, D + 1))), r"x must have the shape \(T, N, 3\)"),
    (lambda: make()(np.ones((N, D))), r"x must have the shape \(T, N, 3\)"),
    (lambda: make()(np.ones((T, 1, D))), "Expected more than 1 value per channel when training"),
)
