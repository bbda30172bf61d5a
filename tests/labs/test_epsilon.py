"""The lab on epsilon, precision and shift: its numbers against theory, PyTorch and the core."""

from dataclasses import fields

import numpy as np
import pytest

from bnviz.core import data
from bnviz.labs.arm import Arm, Work, finish
from bnviz.labs.epsilon import LAB, Settings, gain, precision, shift
from bnviz.labs.epsilon import scales as inputs
from bnviz.labs.epsilon.networks import BN, LN, N_TEST, NONE, answer
from bnviz.labs.epsilon.settings import EPSILONS
from bnviz.labs.view import Trace
from tests.as_layers import as_layers

TIGHT = {"rtol": 1e-9, "atol": 1e-12}
FADED = (0.3, 0.5, False)


def trained(norm=BN, seed=0):
    return finish(Arm(shift.trained, (norm, seed)))


def measured(view, **settings):
    return LAB.run(view, Settings(**settings)).found


# ------------------------------------------------------------------- contract


@pytest.mark.parametrize("view", ["shift", "scales"])
def test_a_run_in_pieces_asks_one_network_after_the_other(view):
    work, n_known = Work(LAB.view(view).arm(Settings(seed=21))), []
    while not work.finished:
        work.advance()
        found = work.found()
        n_known.append(int(np.isfinite(found.accuracy).sum()))
        assert "nan" not in LAB.view(view).takeaway(Trace(Settings(seed=21), found))
    assert sorted(set(n_known)) == [0, 1, 2, 3, 4]
    assert n_known == sorted(n_known)


@pytest.mark.parametrize("view", ["shift", "gain", "scales"])
def test_what_is_measured_is_finite(view):
    found = measured(view)
    for field in fields(found):
        value = getattr(found, field.name)
        if isinstance(value, np.ndarray) and field.name != "loss":
            assert np.isfinite(value).all(), field.name


# ------------------------------------------------------------------ a shift


@pytest.mark.checks(
    "adapted statistics: the pictures as one batch",
    how="all of them as one batch of the layers of bnviz.nn (AdaBN)",
    tolerance=1e-3,
)
def test_the_two_arms_of_bn_are_those_of_the_core():
    network, (x_ND, _) = trained(), shift.held_out()
    changed_ND = shift.change(x_ND, FADED)
    net = as_layers(network.spec, network.parameters, network.running_stats).eval()
    np.testing.assert_allclose(answer(network, changed_ND).logits, net(changed_ND), atol=1e-3)
    adapted = answer(network, changed_ND, batch_size=N_TEST).logits
    np.testing.assert_allclose(adapted, net.train()(changed_ND), atol=1e-3)


def test_the_network_is_pytorch_s_in_evaluation(pytorch):
    torch, network = pytorch, trained()
    x_ND, labels_N = shift.held_out()
    h, p = torch.tensor(shift.change(x_ND, FADED)), network.parameters
    for k in range(network.spec.depth):
        mean, var = (torch.tensor(s[k]) for s in network.running_stats)
        scale = (torch.tensor(p.gamma[k]), torch.tensor(p.beta[k]))
        z = h @ torch.tensor(p.weights[k])
        h = torch.relu(torch.nn.functional.batch_norm(z, mean, var, *scale, eps=1e-5))
    logits = h @ torch.tensor(p.weights[-1]) + torch.tensor(p.biases[-1])
    right = (logits.argmax(-1).numpy() == labels_N).mean()
    assert shift.right(shift.RUNNING, network, FADED) == pytest.approx(right, abs=1 / N_TEST)


def test_a_change_is_affine_and_none_is_none(rng):
    x = rng.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_array_equal(shift.change(x, (1.0, 0.0, False)), x)
    np.testing.assert_array_equal(shift.change(x, (1.0, 0.0, True)), -x)
    np.testing.assert_allclose(shift.change(x, (0.5, 2.0, True)), 2 - 0.5 * x, rtol=1e-6)
    assert shift.change(x, FADED).dtype == x.dtype


def test_running_statistics_see_the_change_and_adapted_ones_do_not():
    found = measured("shift")
    running, adapted = found.spread
    assert running[0] == pytest.approx(0.3, abs=0.01)
    assert (running < 0.5).all()
    np.testing.assert_allclose(adapted, 1, atol=1e-3)
    assert found.offset[0, 1:].min() > 0.2
    assert found.offset[1].max() < 1e-3
    clean = measured("shift", contrast=1.0)
    assert np.abs(clean.spread - 1).max() < 0.1
    assert clean.offset.max() < 0.2


def test_the_curves_pass_through_the_setting():
    found = measured("shift", contrast=0.5)
    np.testing.assert_array_equal(found.over_contrast[:, 3], found.accuracy)
    both = measured("shift", contrast=0.5, brightness=1.0)
    np.testing.assert_array_equal(both.over_contrast, found.over_contrast)
    assert (both.accuracy != found.accuracy).any()


def test_pictures_are_shown_as_they_are_stored():
    images = data.digits.images()[0].reshape(-1, 64) / 16
    found = measured("shift", contrast=1.0)
    first = images[data.digits.N_TRAIN :][: len(found.before)]
    np.testing.assert_allclose(found.before, first, atol=1e-5)
    np.testing.assert_array_equal(found.after, found.before)


# -------------------------------------------------------------------- epsilon


@pytest.mark.checks(
    "output deviation s / √(s² + ε) and gain, s from 1e-5 to 10, ε from 1e-8 to 0.1",
    how="theory",
    tolerance=TIGHT,
)
def test_gain_and_output_are_those_of_theory():
    found = gain.measure(Settings())
    np.testing.assert_allclose(found.output_std, found.theory_std, **TIGHT)
    np.testing.assert_allclose(found.gain, found.theory_gain, **TIGHT)
    s = np.array(gain.STDS)
    for eps, row, most in zip(EPSILONS, found.theory_std, found.gain.max(1), strict=True):
        np.testing.assert_allclose(row, s / np.sqrt(s**2 + eps), **TIGHT)
        assert most < 1 / np.sqrt(eps)


def test_the_output_is_pytorch_s(pytorch):
    found = gain.measure(Settings(seed=2))
    values = np.random.default_rng([2, 16]).normal(size=gain.N)
    values = (values - values.mean()) / values.std()
    x = pytorch.tensor(values[:, None] * np.array(gain.STDS))
    for eps, measured in zip(EPSILONS, found.output_std, strict=True):
        y = pytorch.nn.functional.batch_norm(x, None, None, training=True, eps=eps)
        np.testing.assert_allclose(measured, y.std(0, correction=0).numpy(), **TIGHT)


def test_no_value_of_a_batch_exceeds_the_root_of_its_size_less_one():
    pixels = gain.constant_pixels(0)
    assert (pixels.within <= np.sqrt(gain.N_BATCH - 1)).all()


# ------------------------------------------------------------------ precision


def test_the_exact_variance_is_that_of_the_stored_numbers():
    found = measured("precision", offset=100.0, seed=1)
    for t, dtype in enumerate(precision.TYPES.values()):
        x = (
            precision.numbers(1)[:, precision.OFFSETS.index(100.0), 0]
            .astype(dtype)
            .astype(np.longdouble)
        )
        assert found.exact[t] == pytest.approx(float(x.var()), rel=1e-9)


def test_the_terms_are_those_of_the_one_pass_variance():
    for offset in (1.0, 100.0, 1e4):
        found = measured("precision", offset=offset)
        squares, square = np.float32(found.terms)
        assert squares - square == pytest.approx(found.found[1, 0], rel=1e-5, abs=1e-6)


def test_what_overflows_is_no_number_and_what_is_equal_has_no_error():
    found = measured("precision", offset=1e8)
    assert not np.isfinite(found.error[0, 0, 3:]).any()
    assert np.isnan(found.exact[1])  # neighbours in float32 lie 8 apart
    assert "their variance is gone" in LAB.view("precision").takeaway(
        LAB.run("precision", Settings(offset=1e8))
    )


# --------------------------------------------------------------------- scales


def test_standardized_inputs_forget_the_scales():
    clean, scaled = (measured("scales", spread=spread) for spread in (0.0, 1.5))
    places = [list(inputs.ARMS).index(arm) for arm in ("input", "both")]
    np.testing.assert_allclose(clean.accuracy[places], scaled.accuracy[places], atol=0.02)
    for found in (clean, scaled):
        shown = found.pixel_std[1]
        np.testing.assert_allclose(shown[shown > 0], 1, rtol=1e-4)


def test_the_spread_is_that_of_the_settings():
    clean_MD = inputs.scaled(0.0, 5)[0]
    scaled_MD = inputs.scaled(1.5, 5)[0]
    np.testing.assert_array_equal(clean_MD, data.load("digits").x_train)
    inked = clean_MD.std(0) > 0
    exponents = np.log10(scaled_MD.std(0)[inked] / clean_MD.std(0)[inked])
    assert exponents.std() == pytest.approx(1.5, rel=0.25)


def test_a_divergence_counts_as_guessing_and_is_named():
    trace = LAB.run("scales")
    place = list(inputs.ARMS).index("neither")
    step = trace.found.diverged_at[place]
    assert step is not None
    assert trace.found.accuracy[place] == inputs.GUESSING
    assert f"the plain network diverges at step {step}" in LAB.view("scales").takeaway(trace)


def test_every_arm_is_a_network_of_its_own_start():
    """The three networks of a seed share their weights at the start, and no two seeds do."""
    weights = [trained(norm).parameters.weights[0] for norm in (BN, LN, NONE)]
    assert len({w.tobytes() for w in weights}) == 3
    assert (measured("shift", seed=1).accuracy != measured("shift").accuracy).any()
