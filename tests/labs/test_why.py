"""The lab on why batch norm works: its numbers, its input, its run in pieces."""

import numpy as np
import pytest

from bnviz.core.gradcheck import central_differences
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import Arm, finish
from bnviz.labs.why import LAB, Settings, correlation, learner
from bnviz.labs.why.correlation import zca
from bnviz.labs.why.learner import N_STEPS, drawn, drift, learn, noisy_gradient
from tests.lessons import begun


def network(norm):
    rng = np.random.default_rng(5)
    spec = Spec(n_inputs=4, width=5, depth=2, n_classes=3, norm=norm)
    parameters = Parameters(spec, np.float64)
    parameters.flat[...] = rng.normal(size=parameters.flat.shape)
    return spec, parameters, rng.normal(size=(8, 4)), rng.integers(3, size=8)


def by_hand(spec, parameters, x, stretch, shift):
    """Write the noisy forward pass out, step by step; give the logits and the unit means."""
    means = []
    for layer in range(spec.depth):
        y = x @ parameters.weights[layer]
        if spec.norm == "none":
            y = y + parameters.biases[layer]
        else:
            y = (y - y.mean(0)) / np.sqrt(y.var(0) + spec.eps)
            y = y * parameters.gamma[layer] + parameters.beta[layer]
        y = stretch[layer] * y + shift[layer]
        means.append(y.mean(0))
        x = np.maximum(y, 0)
    return x @ parameters.weights[-1] + parameters.biases[-1], np.array(means)


@pytest.mark.parametrize("kind", ["unit", "sample"])
@pytest.mark.parametrize("norm", ["bn", "none"])
def test_the_noise_is_added_behind_the_norm_and_the_gradient_knows_it(norm, kind, monkeypatch):
    spec, parameters, x, labels = network(norm)
    noise = drawn(np.random.default_rng(6), kind, 2.0, (2, 8, 5))
    loss, _, means = noisy_gradient(spec, parameters, x, labels, *noise)
    logits, wanted_means = by_hand(spec, parameters, x, *noise)
    assert loss == pytest.approx(cross_entropy(logits, labels)[0], rel=1e-12)
    np.testing.assert_allclose(means, wanted_means, rtol=1e-10)
    cotangent = np.random.default_rng(7).normal(size=logits.shape)
    monkeypatch.setattr(learner, "cross_entropy", lambda *_: (0.0, cotangent))
    _, gradient, _ = noisy_gradient(spec, parameters, x, labels, *noise)

    def moved(flat):
        parameters.flat[...] = flat
        return by_hand(spec, parameters, x, *noise)[0]

    numeric = central_differences(moved, parameters.flat.copy(), cotangent, 1e-6)
    np.testing.assert_allclose(gradient.flat, numeric, rtol=1e-6, atol=1e-7)


def test_the_noise_has_the_sizes_of_the_formula():
    """At 0.5 those of Santurkar et al. 2018: means up to 0.5 and from 1 to 1.25, scatter 0.1."""
    shape = (40, 500, 30)
    for kind in ("unit", "sample"):
        stretch, shift = drawn(np.random.default_rng(8), kind, 0.5, shape)
        middle, centre = stretch.mean(1), shift.mean(1)
        assert (middle.min(), middle.max()) == pytest.approx((1, 1.25), abs=0.02)
        assert (centre.min(), centre.max()) == pytest.approx((-0.5, 0.5), abs=0.02)
        assert (middle.mean(), centre.mean()) == pytest.approx((1.125, 0), abs=0.02)
        assert np.abs(np.corrcoef(middle.ravel(), centre.ravel())[0, 1]) < 0.1
    assert stretch.shape == shift.shape == shape
    around = shift - centre[:, None]
    assert around.std() == pytest.approx(0.1 / np.sqrt(3), rel=0.01)
    assert np.abs(around).max() < 0.12
    assert (stretch - middle[:, None]).std() == pytest.approx(0.1, rel=0.01)


def test_the_drift_is_a_standard_deviation_over_time():
    means = np.random.default_rng(0).normal(size=(6, 2, 3))
    each = [means[:, i, j].std() for i in range(2) for j in range(3)]
    assert drift(means) == pytest.approx(np.mean(each))
    assert drift(means[:1]) == 0


def paths(n_pieces, **settings):
    """Give the paths after the first pieces of the work."""
    return begun(LAB.view("noise"), Settings(**settings), n_pieces).found


def test_without_noise_the_noisy_runs_are_the_others():
    found = paths(5, noise=0.0, depth=3)
    np.testing.assert_array_equal(found["bn"].loss, found["noisy_bn"].loss)
    np.testing.assert_array_equal(found["none"].loss, found["noisy_none"].loss)


def test_a_run_is_unknown_until_it_has_come_there():
    path = paths(1, seed=97)["bn"]
    assert np.isfinite(path.loss[0])
    assert np.isnan(path.loss[1:]).all()
    assert path.n_done == 1 < N_STEPS
    assert not path.finished


def test_a_run_that_diverges_stops_and_keeps_finite_numbers():
    s = Settings()
    path = finish(Arm(learn, ("none", "unit", 2.0, s.lr, s.depth, s.batch_size, s.seed)))
    assert path.diverged
    assert path.finished
    assert path.n_done == path.diverged_at < N_STEPS
    assert np.isfinite(path.loss[: path.n_done]).all()
    assert np.isnan(path.loss[path.n_done :]).all()


@pytest.mark.parametrize("moved", [{"noise": 0.5}, {"kind": "sample"}])
def test_moved_noise_trains_only_the_noisy_networks(moved):
    LAB.run("noise", Settings(depth=3, noise=1.0))
    done = {name: path.n_done for name, path in paths(1, depth=3, **moved).items()}
    assert done == {"none": N_STEPS, "bn": N_STEPS, "noisy_bn": 1, "noisy_none": 1}


def test_whitening_is_that_of_the_covariance():
    x = np.random.default_rng(1).normal(size=(40, 3)) @ np.array([[1, 2, 0], [0, 1, 1], [0, 0, 3]])
    y = zca(x)
    np.testing.assert_allclose(np.cov(y.T, bias=True), np.eye(3), atol=1e-12)
    mixing = np.linalg.lstsq(x - x.mean(0), y, rcond=None)[0]
    np.testing.assert_allclose(mixing, mixing.T, atol=1e-12)  # which makes it ZCA
    with pytest.raises(np.linalg.LinAlgError, match="no inverse"):
        zca(x[:3])


def test_the_matrices_are_correlations():
    found = correlation.measure(Settings())
    for matrix in (found.before, found.after, found.whitened):
        assert matrix.shape == (32, 32)
        np.testing.assert_allclose(np.diag(matrix), 1)
