"""The lab on scale invariance: its numbers against PyTorch, its input, its run in pieces."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.theory import effective_lr
from bnviz.figures.smooth import WINDOW
from bnviz.labs.scale import LAB, Settings, balance_view, flat, flat_view, pace_view, spectral_view
from bnviz.labs.scale.balance import N_STEPS
from bnviz.labs.scale.learner import Learner, arm, hidden, turned
from bnviz.labs.scale.settings import SCALES
from tests.lessons import begun, named


@pytest.fixture(scope="module")
def traces():
    return {view.name: view.run(Settings()) for view in LAB.views}


def learner(n_steps, **parts):
    return Learner(*arm(Settings(), n_steps, **parts).needs)


@pytest.mark.checks(
    "lab Scale: loss and gradient norm at every weight scale",
    how="PyTorch",
    tolerance="relative 1e-9",
)
def test_loss_and_gradient_are_those_of_pytorch(pytorch):
    found = flat.measure(Settings())
    split = data.load("digits")
    x = pytorch.tensor(split.x_train[: flat.N_IMAGES].astype(np.float64))
    labels = pytorch.tensor(split.y_train[: flat.N_IMAGES].astype(np.int64))
    spec_weights = learner(1, lr=1.0).parameters
    for a, scale in enumerate(SCALES):
        h, leaves = x, []
        for weight in hidden(spec_weights):
            leaves.append(pytorch.tensor(scale * weight, requires_grad=True))
            z = h @ leaves[-1]
            h = pytorch.relu(pytorch.nn.functional.batch_norm(z, None, None, training=True))
        logits = h @ pytorch.tensor(spec_weights.weights[-1].copy())
        loss = pytorch.nn.functional.cross_entropy(logits, labels)
        loss.backward()
        norm = pytorch.cat([leaf.grad.ravel() for leaf in leaves]).norm()
        assert found.loss[0, a] == pytest.approx(loss.item(), rel=1e-9)
        assert found.gradient_norm[0, a] == pytest.approx(norm.item(), rel=1e-9)


def test_the_angle_is_that_between_the_weights(rng):
    before, after = rng.normal(size=(2, 6, 4))
    product = (before * after).sum(0)
    product /= np.linalg.norm(before, axis=0) * np.linalg.norm(after, axis=0)
    assert turned([before], [after]) == pytest.approx(np.sqrt((np.arccos(product) ** 2).mean()))


def test_decay_and_rate_reach_the_hidden_weights_only():
    plain, other = (
        learner(1, lr=0.5, lr_hidden=rate, weight_decay=decay)
        for rate, decay in ((None, 0.0), (2.0, 0.1))
    )
    start = [w.copy() for w in plain.parameters.weights]
    plain.advance(), other.advance()
    last = [one.parameters.weights[-1] for one in (plain, other)]
    np.testing.assert_array_equal(*last)
    for w, ours, theirs in zip(start[:-1], hidden(plain.parameters), hidden(other.parameters),
                               strict=True):  # fmt: skip
        gradient = (w - ours) / 0.5
        np.testing.assert_allclose(theirs, w - 2.0 * (gradient + 0.1 * w), atol=1e-12)


def test_noise_draws_that_share_of_the_labels_anew():
    quiet, noisy = (learner(60, lr=0.3, noise=noise) for noise in (0.0, 0.5))
    for one in (quiet, noisy):
        while not one.finished:
            one.advance()
    assert noisy.path.loss[-20:].mean() > quiet.path.loss[-20:].mean() + 0.5


def test_a_run_whose_numbers_overflow_ends():
    lost = learner(60, lr=0.3)
    lost.parameters.flat[...] = np.nan
    lost.advance()
    assert lost.finished
    assert lost.path.n_done == 0


def test_without_decay_the_run_on_digits_is_the_one_without_decay():
    trace = begun(LAB.view("balance"), Settings(weight_decay=0.0))
    found = trace.found
    assert 0 < found.digits.n_done == found.noise.n_done < N_STEPS
    np.testing.assert_array_equal(found.digits.loss, found.free.loss)


def test_the_effective_rate_is_the_closed_form_and_unknown_where_the_run_has_not_come_to(traces):
    found = traces["pace"].found
    for name, lr in (("plain", found.lr), ("scaled", found.lr), ("twin", found.twin_lr)):
        wanted = [effective_lr(lr, norm) for norm in getattr(found, name).norm[:-1]]
        np.testing.assert_array_equal(found.effective_lr[name], wanted)
    so_far = begun(LAB.view("pace"), Settings(seed=97)).found
    known = np.isfinite(so_far.effective_lr["twin"])
    assert known[: so_far.twin.n_done].all()
    assert not known[so_far.twin.n_done + 1 :].any()


def test_the_lines_are_the_numbers_of_the_trace(traces):
    found = traces["flat"].found
    np.testing.assert_array_equal(
        named(flat_view.loss(traces["flat"]), "with BN")["y"], found.loss[0]
    )
    slope = named(flat_view.gradient(traces["flat"]), "no norm")
    np.testing.assert_array_equal(slope["y"], found.gradient_norm[1])
    found = traces["pace"].found
    length = named(pace_view.length(traces["pace"]), "a = 1")
    np.testing.assert_array_equal(length["y"], found.plain.norm)
    logits = named(spectral_view.with_bn(traces["spectral"]), "logit")
    np.testing.assert_array_equal(logits["x"], traces["spectral"].found.plain[0].ravel())


def test_the_smoothed_angle_ends_with_the_mean_of_its_window(traces):
    found = traces["balance"].found
    angle = balance_view.smoothed(found.digits)
    last = found.digits.angle[-WINDOW:]
    assert angle[-1] == pytest.approx(np.sqrt(np.square(last).mean()))
    drawn = balance_view.angle(traces["balance"])
    assert drawn["layout"]["shapes"][0]["y0"] == found.expected


@pytest.mark.parametrize("name", ["pace", "balance", "spectral"])
def test_before_the_end_no_figure_claims_a_result(name):
    view = LAB.view(name)
    for chart in view.charts(begun(view, Settings(seed=97))):
        if chart.id not in ("with_bn", "without"):  # what does not wait for the training
            assert "learning" in chart.figure["layout"]["title"]["text"]


def test_all_lines_of_the_balance_go_to_the_end(traces):
    for chart in LAB.view("balance").charts(traces["balance"]):
        for name in ("with decay", "noisy labels", "no decay"):
            assert len(named(chart.figure, name)["y"]) == N_STEPS
