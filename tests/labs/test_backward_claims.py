"""What the lab of the backward pass says, over several seeds."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnviz.core import bn, nn
from bnviz.core import functional as F
from bnviz.labs.arm import Arm, finish
from bnviz.labs.backward import LAB, Settings, presets
from bnviz.labs.backward.drift import CONSTANTS, RIGHT, drift
from bnviz.labs.backward.settings import CONSTANT, EVAL, ONE, PROPORTIONAL, RANDOM, TRAIN
from bnviz.labs.backward.training import GUESSING, train
from bnviz.labs.backward.unit import unit, with_constants
from bnviz.labs.view import Trace

SEEDS = range(8)
ROUNDING = 1e-15


def of_unit(settings):
    """Give the sentence and the formula of the three terms."""
    view, trace = LAB.view("parts"), Trace(settings, unit(settings))
    return view.takeaway(trace), view.formula(trace)


def trained(lr, learned, seed):
    """Give both trainings on the digits."""
    return finish(Arm(train, (lr, learned, seed)))


@pytest.mark.checks(
    "a gradient of 1 for all samples becomes 0 below batch norm",
    how="20 seeds, float64",
    tolerance=ROUNDING,
)
def test_the_answer_is_zero():
    right = [answer.text for answer in LAB.question.answers if answer.right]
    assert right == ["0 for every sample"]
    for seed in range(20):
        assert np.abs(unit(Settings(seed=seed)).dx_N).max() < ROUNDING


@pytest.mark.parametrize("seed", SEEDS)
def test_a_batch_of_two_lets_nearly_nothing_through(seed):
    u = unit(replace(presets.TWO.settings, seed=seed))
    assert u.removed > 0.999
    assert np.abs(u.dx_N).max() < 0.01 * np.abs(u.dx_constants_N).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_large_eps_leaks_its_share(seed):
    s = replace(presets.LEAK.settings, seed=seed)
    u = unit(s)
    share = s.eps / (u.var + s.eps)
    along = u.dx_hat_N @ u.x_hat_N * u.inv_std
    assert u.dx_N @ u.x_hat_N == pytest.approx(along * share, rel=1e-9)
    assert 0.02 < share < 0.6
    small = unit(Settings(upstream=PROPORTIONAL, seed=seed))
    assert np.abs(small.dx_N).max() < 1e-4 * np.abs(small.dx_constants_N).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_forgotten_statistics_give_gamma_over_std_to_all(seed):
    u = unit(replace(presets.FORGOTTEN.settings, seed=seed))
    np.testing.assert_allclose(u.dx_N, u.inv_std, rtol=1e-12)
    assert np.abs(u.dx_true_N).max() < ROUNDING


@pytest.mark.checks(
    "batch norm takes 2/m of the squared length of a random gradient",
    how="4000 random gradients for each m",
    tolerance="four standard errors",
)
@pytest.mark.parametrize("m", [2, 4, 8, 64])
def test_of_a_random_gradient_two_directions_go(m, rng):
    x_NC, dy_NC = rng.normal(size=(2, m, 4000))
    _, cache = F.batch_norm(x_NC, eps=0.0)
    dx_NC, _, _ = F.batch_norm_backward(dy_NC, cache)
    rest_NC = dx_NC / cache.gain
    removed_C = 1 - (rest_NC**2).sum(0) / (dy_NC**2).sum(0)
    error = removed_C.std() / np.sqrt(removed_C.size) + 1e-9
    assert abs(removed_C.mean() - 2 / m) < 4 * error


@pytest.mark.parametrize("scale", [0.1, 10.0])
def test_batch_norm_does_not_normalize_gradients(scale):
    """Values a times as large give gradients 1/a times as large; gamma multiplies them."""
    x_NC, dy_NC = np.random.default_rng(0).normal(size=(2, 16, 3))

    def size(scale, gamma):
        _, cache = F.batch_norm(scale * x_NC, np.full(3, gamma), eps=0.0)
        return np.linalg.norm(F.batch_norm_backward(dy_NC, cache)[0])

    assert size(scale, 1.0) == pytest.approx(size(1.0, 1.0) / scale)
    assert size(1.0, 3.0) == pytest.approx(3 * size(1.0, 1.0))


@pytest.mark.parametrize("scale", [0.01, 100.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_scale_of_weights_reaches_only_their_own_gradient(seed, scale):
    rng = np.random.default_rng(seed)
    x_ND, weight_DC, dy_NC = (rng.normal(size=s) for s in ((16, 6), (6, 4), (16, 4)))

    def gradients(a):
        y_NC, cache = F.batch_norm(x_ND @ (a * weight_DC), eps=0.0)
        dz_NC, _, _ = F.batch_norm_backward(dy_NC, cache)
        return y_NC, dz_NC @ (a * weight_DC).T, x_ND.T @ dz_NC

    (y, dx, dweight), (y_a, dx_a, dweight_a) = gradients(1.0), gradients(scale)
    np.testing.assert_allclose(y_a, y, rtol=1e-9)
    np.testing.assert_allclose(dx_a, dx, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(scale * dweight_a, dweight, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_the_bias_of_a_convolution_gets_rounding_only(seed):
    rng = np.random.default_rng(seed)
    conv, norm = nn.Conv2d(3, 64, 3, padding=1, rng=seed), nn.BatchNorm2d(64)
    y = norm(conv(rng.normal(size=(8, 3, 32, 32)).astype(np.float32)))
    conv.backward(norm.backward(rng.normal(size=y.shape).astype(np.float32)))
    bias, weight = (np.linalg.norm(conv.grads[name]) for name in ("bias", "weight"))
    assert weight > 100
    assert bias < 1e-4 * weight


@pytest.mark.parametrize("seed", SEEDS)
def test_at_a_high_rate_the_wrong_gradient_blows_up(seed):
    done = trained(presets.BLOW_UP.settings.lr, False, seed)
    right, wrong = done.last_loss_R
    assert wrong > 2 * GUESSING
    assert right < GUESSING / 3
    assert done.weight_TR[-1, CONSTANTS] > 4 * done.weight_TR[-1, RIGHT]


@pytest.mark.parametrize("seed", SEEDS)
def test_at_the_default_rate_it_learns_less_well_and_weights_grow_twice_as_large(seed):
    done = trained(1.0, False, seed)
    right, wrong = done.last_loss_R
    assert 1.25 * right < wrong < 0.3 * GUESSING
    assert 1.7 < done.weight_TR[-1, CONSTANTS] / done.weight_TR[-1, RIGHT] < 2.5
    assert done.bias_TR[-1, RIGHT] < 1e-13
    assert done.bias_TR[-1, CONSTANTS] > 5


def test_with_learned_gamma_and_beta_it_learns_about_as_well():
    losses = np.array([trained(1.0, True, seed).last_loss_R for seed in SEEDS])
    right, wrong = losses.mean(0)
    assert 0.8 < wrong / right < 1.25
    done = trained(1.0, True, 0)
    assert done.weight_TR[-1, CONSTANTS] > 1.1 * done.weight_TR[-1, RIGHT]


@pytest.mark.parametrize("seed", range(4))
def test_one_bias_drifts_for_ever_and_the_loss_stays(seed):
    done = drift(Settings(seed=seed))
    moved = np.abs(done.bias_T2[:, CONSTANTS])
    assert (np.diff(moved) > 0).all()
    assert done.change_of_loss < ROUNDING


def test_constants_change_dx_alone():
    x_NC, dy_NC = np.random.default_rng(0).normal(size=(8, 2)), np.ones((8, 2))
    _, done = bn.forward(x_NC, np.ones(2), np.zeros(2), 1e-5)
    (right, *rest), (wrong, *same) = bn.backward(dy_NC, done), with_constants(dy_NC, done)
    assert np.abs(right).max() < ROUNDING
    np.testing.assert_allclose(wrong, np.broadcast_to(done.inv_std_C, wrong.shape))
    np.testing.assert_allclose(rest, same)


@pytest.mark.parametrize(
    ("view", "settings", "words"),
    [
        ("parts", Settings(), "Nothing arrives"),
        ("parts", presets.TWO.settings, "Nearly nothing arrives"),
        ("parts", presets.LEAK.settings, "of the squared length"),
        ("parts", presets.FORGOTTEN.settings, "**Wrong:**"),
        ("check", Settings(), "Finite differences agree"),
        ("constants", Settings(), "at a rate of 1, it learns, but less well"),
        ("constants", presets.BLOW_UP.settings, "worse than guessing"),
        ("bias", Settings(), "it is dead"),
    ],
)
def test_views_and_presets_say_their_sentence(view, settings, words):
    assert words in LAB.view(view).takeaway(LAB.run(view, settings))


@given(
    st.sampled_from([CONSTANT, PROPORTIONAL, RANDOM, ONE]),
    st.integers(2, 64),
    st.floats(0, 3),
    st.booleans(),
    st.sampled_from([TRAIN, EVAL]),
    st.integers(0, 99),
)
def test_every_corner_of_the_unit_has_a_true_sentence(upstream, m, gamma, constants, mode, seed):
    settings = Settings(
        upstream=upstream, batch_size=m, gamma=gamma, constants=constants, mode=mode, seed=seed
    )
    said, _ = of_unit(settings)
    assert ("Eval mode" in said) is (mode == EVAL and settings.gamma > 0)
    assert ("**Wrong:**" in said) is (mode == TRAIN and constants and settings.gamma > 0)
    if "Nothing arrives" in said:
        assert settings.upstream == CONSTANT
        assert np.abs(unit(settings).dx_N).max() < 1e-10


def test_the_formula_holds_the_numbers_of_the_chosen_sample():
    settings = Settings(upstream=RANDOM, sample=3, gamma=2.0)
    u, (_, text) = unit(settings), of_unit(settings)
    for value in (u.dx_hat_N[2], u.mean_part, u.x_hat_N[2], u.slope, u.dx_N[2]):
        assert f"{abs(value):.3f}".rstrip("0").rstrip(".") in text
    assert f"{u.var:.6f}".rstrip("0") in text
    assert "dx_{3}" in text
    assert "nearly equal" not in text


def test_the_formula_says_where_its_printed_digits_do_not_give_the_result():
    _, text = of_unit(Settings(upstream="x"))
    assert "nearly equal" in text
    assert "2.7525" in text


def test_the_formula_does_not_explain_what_is_rounding_alone():
    for seed in range(20):
        assert "nearly equal" not in of_unit(Settings(seed=seed))[1]


def test_two_rates_and_two_objects_are_told_apart():
    words = LAB.view("constants").takeaway(LAB.run("constants"))
    assert "goes from 0 to −6 in 100 steps at a rate of 0.1" in words
    assert "On the digits, at a rate of 1," in words
    assert "layer of 16 units" in LAB.view("bias").takeaway(LAB.run("bias"))
    assert "one unit" in LAB.view("bias").formula(LAB.run("bias"))
