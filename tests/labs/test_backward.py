"""The lab of the backward pass: its gradients against PyTorch, theory and brute force; contract."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz import reference
from bnviz.labs.arm import Arm, finish
from bnviz.labs.backward import LAB, Settings
from bnviz.labs.backward.bias import CASES, WIDTH, Layer
from bnviz.labs.backward.check import check
from bnviz.labs.backward.check_view import checked
from bnviz.labs.backward.drift import CONSTANTS, LR, N_STEPS, RIGHT, drift
from bnviz.labs.backward.settings import CONSTANT, EVAL, ONE, PROPORTIONAL, RANDOM, TRAIN
from bnviz.labs.backward.training import BATCH, DEPTH, EPS, train
from bnviz.labs.backward.training import WIDTH as DIGITS_WIDTH
from bnviz.labs.backward.unit import MEAN, VAR, draw, from_above, unit

UPSTREAM = (CONSTANT, PROPORTIONAL, RANDOM, ONE)
TIGHT = {"rtol": 1e-9, "atol": 1e-13}
EACH = pytest.mark.parametrize("upstream", UPSTREAM)

settings_drawn = st.builds(
    Settings,
    upstream=st.sampled_from(UPSTREAM),
    batch_size=st.integers(2, 64),
    sample=st.integers(1, 64),
    gamma=st.floats(0, 3),
    eps=st.sampled_from([1e-8, 1e-5, 1e-2, 1.0]),
    seed=st.integers(0, 99),
)


def detached(torch, x, gamma, eps, *, dy):
    """PyTorch's gradient with the statistics cut out of the graph."""
    t = torch.tensor(x, requires_grad=True)
    mean, var = t.mean().detach(), t.var(unbiased=False).detach()
    y = gamma * (t - mean) / torch.sqrt(var + eps)
    (dx,) = torch.autograd.grad(y, t, torch.tensor(dy))
    return dx.numpy()


def measured(view, **settings):
    return LAB.run(view, Settings(**settings)).found


# The gradients


@pytest.mark.checks(
    "gradients of the lab of the backward pass, right, in eval mode and with constants",
    how="PyTorch, float64",
    tolerance=TIGHT,
)
@EACH
@pytest.mark.parametrize("mode", [TRAIN, EVAL])
def test_gradients_are_those_of_pytorch(pytorch, upstream, mode):
    for seed in range(5):
        s = Settings(upstream=upstream, mode=mode, gamma=1.5, batch_size=16, seed=seed, eps=1e-2)
        u = unit(s)
        gamma, dy = np.array([s.gamma]), u.dy_N[:, None]

        def ask(training, gamma=gamma, dy=dy, u=u, s=s):
            return reference.batch_norm(
                u.x_N[:, None], gamma=gamma, running_mean=np.array([MEAN]),
                running_var=np.array([VAR]), training=training, eps=s.eps, dy=dy,
            )["dx"][:, 0]  # fmt: skip

        np.testing.assert_allclose(u.dx_true_N, ask(s.training), **TIGHT)
        np.testing.assert_allclose(u.dx_eval_N, ask(False), **TIGHT)
        np.testing.assert_allclose(u.dx_N, u.dx_true_N, rtol=0)
        wrong = detached(pytorch, u.x_N, s.gamma, s.eps, dy=u.dy_N)
        if s.training:
            np.testing.assert_allclose(u.dx_constants_N, wrong, **TIGHT)
            asked = unit(replace(s, constants=True))
            np.testing.assert_array_equal(asked.dx_N, u.dx_constants_N)
        else:
            np.testing.assert_array_equal(u.dx_constants_N, u.dx_true_N)


@pytest.mark.checks(
    "the three terms of batch norm's dx add up to what the core gives",
    how="formula, random batches",
    tolerance=TIGHT,
)
@given(settings_drawn)
def test_three_parts_make_dx(settings):
    u = unit(settings)
    np.testing.assert_allclose(u.mean_part + u.x_hat_part_N + u.rest_N, u.dx_hat_N, atol=1e-13)
    np.testing.assert_allclose(u.inv_std * u.rest_N, u.dx_N, rtol=1e-9, atol=1e-12 * u.inv_std)
    assert u.inv_std == pytest.approx(1 / np.sqrt(u.x_N.var() + settings.eps))


@pytest.mark.checks(
    "batch norm's dx adds up to 0, and along x_hat only a share of eps / (var + eps) is left",
    how="closed form, random batches",
    tolerance="relative 1e-9 of the terms",
)
@given(settings_drawn)
def test_dx_is_orthogonal_to_one_and_up_to_eps_to_x_hat(settings):
    u = unit(settings)
    size = u.inv_std * np.abs(u.dx_hat_N).sum()
    assert abs(u.dx_N.sum()) <= 1e-9 * size
    share = settings.eps / (u.var + settings.eps)
    left = u.inv_std * float(u.dx_hat_N @ u.x_hat_N) * share
    assert abs(float(u.dx_N @ u.x_hat_N) - left) <= 1e-9 * size


@given(settings_drawn)
def test_the_line_is_the_best_one_but_for_eps(settings):
    u = unit(replace(settings, eps=1e-8, batch_size=max(settings.batch_size, 3)))
    slope, level = np.polyfit(u.x_hat_N, u.dx_hat_N, 1)
    assert level == pytest.approx(u.mean_part, abs=1e-6)
    assert slope == pytest.approx(u.slope, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_keeps_its_value_in_a_larger_batch(seed):
    small, large = (Settings(batch_size=m, seed=seed, upstream=RANDOM) for m in (4, 64))
    for part in (draw, from_above):
        np.testing.assert_array_equal(part(small), part(large)[:4])


def test_no_seed_draws_a_batch_of_two_equal_samples():
    assert all(np.ptp(draw(Settings(batch_size=2, seed=seed))) > 0.05 for seed in range(100))


def test_what_a_reader_sees_is_all_there_is():
    settings = Settings(batch_size=64, upstream=RANDOM)
    for part in (draw(settings), from_above(settings)):
        assert [float(f"{value:.1f}") for value in part] == part.tolist()
        assert not (np.signbit(part) & (part == 0)).any()


def test_the_chosen_sample_of_a_small_batch_is_its_last():
    s = Settings(batch_size=4, sample=64, upstream=ONE)
    assert s.chosen == 3
    assert unit(s).dy_N.tolist() == [0, 0, 0, 1]


# Finite differences


@pytest.mark.checks(
    "finite differences agree with batch norm's dx, and not with constant statistics",
    how="central differences, random cotangent",
    tolerance="1e-8 of the largest slope",
)
@pytest.mark.parametrize("mode", [TRAIN, EVAL])
@pytest.mark.parametrize("m", [2, 8, 64])
def test_finite_differences_agree(m, mode):
    for seed in range(3):
        found = measured("check", batch_size=m, mode=mode, seed=seed)
        assert found.error < 1e-8
        assert (found.error_constants > 1e-2) is (mode == TRAIN)


@pytest.mark.usefixtures("pytorch")
def test_numeric_slopes_are_pytorchs_gradient():
    s = Settings(gamma=2.0)
    found = measured("check", gamma=2.0)
    wanted = reference.batch_norm(
        draw(s)[:, None], gamma=np.array([2.0]), eps=s.eps, dy=found.dy_N[:, None]
    )["dx"][:, 0]
    np.testing.assert_allclose(found.numeric_N, wanted, atol=1e-8)


def test_the_error_falls_with_the_square_of_the_step():
    for seed in range(5):
        coarse, fine = measured("check", seed=seed).error_S[1:3]
        assert 90 < coarse / fine < 110


@EACH
def test_the_button_checks_what_the_settings_ask_for(upstream):
    for change, passed in (({}, True), ({"constants": True}, False), ({"mode": EVAL}, True)):
        found = [check(Settings(upstream=upstream, **change), k) for k in range(2)]
        assert [one.passed for one in found] == [passed] * 2
        assert found[0].errors != found[1].errors
        assert ("**Pass.**" if passed else "**Fail.**") in checked(found[0])


# Trainings


@EACH
def test_the_drift_of_one_bias_has_its_closed_form(upstream):
    for seed in range(5):
        s = Settings(upstream=upstream, gamma=1.5, seed=seed)
        done, u = drift(s), unit(s)
        step = LR * s.gamma * u.dy_N.mean() * u.inv_std
        wanted = -step * np.arange(N_STEPS + 1)
        np.testing.assert_allclose(done.bias_T2[:, CONSTANTS], wanted, rtol=1e-9, atol=1e-12)
        assert np.abs(done.bias_T2[:, RIGHT]).max() < 1e-13
        assert done.change_of_loss < 1e-13


@pytest.mark.checks(
    "training on digits with and without gradients through batch norm's statistics",
    how="PyTorch autograd, float64",
    tolerance={"rtol": 1e-8},
)
@pytest.mark.parametrize("learned", [False, True])
@pytest.mark.parametrize("place", [RIGHT, CONSTANTS])
def test_training_on_digits_is_pytorchs(pytorch, learned, place):
    done, n_steps = finish(Arm(train, (1.0, learned, 3))), 12
    losses = torch_losses(pytorch, n_steps, learned=learned, detach=place == CONSTANTS)
    np.testing.assert_allclose(done.loss_TR[:n_steps, place], losses, rtol=1e-8)


def torch_losses(torch, n_steps, *, learned, detach, seed=3, lr=1.0):
    from bnviz.core import data
    from bnviz.core.network.init import mlp_weights
    from bnviz.core.train.batches import batch_order

    split = data.load("digits")
    sizes = (split.x_train.shape[1], *(DIGITS_WIDTH,) * DEPTH, split.n_classes)

    def leaf(array):
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    weights = [leaf(w) for w in mlp_weights(sizes, "relu", 1.0, seed)]
    biases = [leaf(np.zeros(c)) for c in sizes[1:]]
    gammas, betas = ([leaf(np.full(DIGITS_WIDTH, v)) for _ in range(DEPTH)] for v in (1.0, 0.0))
    moving = [*weights, *biases, *([*gammas, *betas] if learned else [])]
    losses = []
    for examples in batch_order(len(split.x_train), BATCH, n_steps, seed):
        h = torch.tensor(split.x_train[examples], dtype=torch.float64)
        for layer in range(DEPTH):
            z = h @ weights[layer] + biases[layer]
            mean, var = z.mean(0), z.var(0, unbiased=False)
            if detach:
                mean, var = mean.detach(), var.detach()
            x_hat = (z - mean) / torch.sqrt(var + EPS)
            h = torch.relu(gammas[layer] * x_hat + betas[layer])
        labels = torch.tensor(split.y_train[examples]).long()
        loss = torch.nn.functional.cross_entropy(h @ weights[-1] + biases[-1], labels)
        losses.append(loss.item())
        with torch.no_grad():
            for p, g in zip(moving, torch.autograd.grad(loss, moving), strict=True):
                p -= lr * g
    return losses


def test_both_trainings_start_alike_and_the_norms_start_at_the_drawn_weights():
    done = finish(Arm(train, (1.0, False, 0)))
    assert done.loss_TR[0, RIGHT] == done.loss_TR[0, CONSTANTS]
    assert done.weight_TR[0, RIGHT] == done.weight_TR[0, CONSTANTS]
    assert done.bias_TR[0].tolist() == [0, 0]
    assert done.smooth_TR[-1] == pytest.approx(done.loss_TR[-10:].mean(0))
    assert done.smooth_TR[0].tolist() == done.loss_TR[0].tolist()


# The bias


@pytest.mark.parametrize("seed", range(5))
def test_only_the_bias_under_batch_statistics_is_dead(seed):
    found = measured("bias", batch_size=32, seed=seed)
    train, single, constants, evaluated = found.bias_4 / found.weight_4
    assert train < 1e-14
    assert single < 1e-6
    assert constants > 0.01
    assert evaluated > 0.01
    assert found.weight_4[0] == pytest.approx(found.weight_4[1], rel=1e-4)
    assert np.ptp(found.loss_train_S) < 1e-13
    assert np.ptp(found.loss_eval_S) > 0.1


def test_gradients_of_the_layer_are_pytorchs(pytorch):
    """With the batch as the whole population both modes would agree; so they are asked apart."""
    s = Settings(batch_size=16, gamma=1.5)
    layer, found = Layer(s), measured("bias", batch_size=16, gamma=1.5)
    torch = pytorch
    for case in (CASES.index("train"), CASES.index("eval")):
        weight = torch.tensor(layer.weight_DC, requires_grad=True)
        b = torch.zeros(WIDTH, dtype=torch.float64, requires_grad=True)
        running = [torch.tensor(part) for part in layer.running]
        y = torch.nn.functional.batch_norm(
            torch.tensor(layer.x_ND) @ weight + b, *running, torch.tensor(layer.gamma_C),
            training=case == 0, eps=s.eps,
        )  # fmt: skip
        logits = torch.relu(y) @ torch.tensor(layer.weight_CK)
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor(layer.labels_N).long())
        norms = [float(g.norm()) for g in torch.autograd.grad(loss, [weight, b])]
        assert found.weight_4[case] == pytest.approx(norms[0], rel=1e-9)
        assert found.bias_4[case] == pytest.approx(norms[1], rel=1e-9, abs=1e-13)
