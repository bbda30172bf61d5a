"""Weight norm and spectral norm, against PyTorch and the definition."""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.gradcheck import gradient_errors
from bnviz.core.weights import (
    spectral_norm,
    spectral_norm_backward,
    spectral_start,
    weight_norm,
    weight_norm_backward,
)
from tests.core.refused import refused

TIGHT = {"rtol": 1e-9, "atol": 1e-12}
TOLERANCE = 1e-7
SHAPES = [(4, 3), (2, 5), (3, 2, 2, 2), (1, 4)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def only(backward):
    """A backward pass that gives one gradient, for gradient_errors."""
    return lambda dw, cache: [backward(dw, cache)]


# ----------------------------------------------------------------- weight norm


@every_shape
def test_weight_norm_is_that_of_pytorch(pytorch, rng, shape):
    v, g, dw = rng.normal(size=shape), rng.normal(size=shape[0]), rng.normal(size=shape)
    w, cache = weight_norm(v, g)
    leaves = pytorch.tensor(v, requires_grad=True), pytorch.tensor(g, requires_grad=True)
    column = leaves[1].reshape(-1, *[1] * (len(shape) - 1))
    wanted = pytorch._weight_norm(leaves[0], column, 0)
    gradients = pytorch.autograd.grad(wanted, leaves, pytorch.tensor(dw))
    np.testing.assert_allclose(w, wanted.detach().numpy(), **TIGHT)
    for ours, theirs in zip(weight_norm_backward(dw, cache), gradients, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), **TIGHT)


@every_shape
def test_weight_norm_by_finite_differences(rng, shape):
    inputs = {"v": rng.normal(size=shape), "g": rng.normal(size=shape[0])}
    errors = gradient_errors(weight_norm, weight_norm_backward, inputs)
    assert max(errors.values()) < TOLERANCE, errors


def test_weight_norm_gives_each_row_its_length(rng):
    v, g = rng.normal(size=(3, 4)), np.array([1.0, 2.0, 5.0])
    w, cache = weight_norm(v, g)
    np.testing.assert_allclose(np.linalg.norm(w, axis=1), g)
    np.testing.assert_allclose(weight_norm(7 * v, g)[0], w)
    dv, _ = weight_norm_backward(rng.normal(size=(3, 4)), cache)
    np.testing.assert_allclose((dv * v).sum(1), 0, atol=1e-12)


def test_a_step_makes_the_directions_longer(rng):
    """By Pythagoras, since the gradient is orthogonal to them."""
    v, g = rng.normal(size=(3, 4)), np.ones(3)
    dv, _ = weight_norm_backward(rng.normal(size=(3, 4)), weight_norm(v, g)[1])
    after = np.linalg.norm(v - 0.5 * dv, axis=1) ** 2
    wanted = np.linalg.norm(v, axis=1) ** 2 + np.linalg.norm(0.5 * dv, axis=1) ** 2
    np.testing.assert_allclose(after, wanted)


# ----------------------------------------------------------------- spectral norm


@every_shape
def test_spectral_norm_is_that_of_pytorch(pytorch, rng, shape):
    """The parametrization of a layer: value, gradient and state over several steps."""
    kind = pytorch.nn.Linear if len(shape) == 2 else pytorch.nn.Conv2d
    sizes = shape[::-1] if len(shape) == 2 else (shape[1], shape[0], shape[2:])
    layer = kind(*sizes, bias=False, dtype=pytorch.float64)
    layer.weight.data = pytorch.tensor(rng.normal(size=shape))
    pytorch.nn.utils.parametrizations.spectral_norm(layer)
    state = layer.parametrizations.weight[0]
    original = layer.parametrizations.weight.original
    u, v = (a.numpy().copy() for a in (state._u, state._v))
    for training in (True, True, False, True):
        layer.train(training)
        w, dw = original.detach().numpy(), rng.normal(size=shape)
        ours, cache = spectral_norm(w, u, v, training=training)
        normed = layer.weight
        (wanted,) = pytorch.autograd.grad(normed, original, pytorch.tensor(dw))
        np.testing.assert_allclose(ours, normed.detach().numpy(), **TIGHT)
        np.testing.assert_allclose(spectral_norm_backward(dw, cache), wanted.numpy(), **TIGHT)
        np.testing.assert_allclose(u, state._u.numpy(), **TIGHT)
        np.testing.assert_allclose(v, state._v.numpy(), **TIGHT)
        original.data -= 0.1 * wanted


@every_shape
def test_spectral_norm_by_finite_differences(rng, shape):
    """With u and v held, as the docstring says."""
    w = rng.normal(size=shape)
    u, v = spectral_start(w, 0, n_steps=2)
    errors = gradient_errors(
        lambda w: spectral_norm(w, u, v, training=False), only(spectral_norm_backward), {"w": w}
    )
    assert errors["w"] < TOLERANCE


def test_at_the_true_singular_vectors_the_gradient_is_exact(rng):
    """Where the power iteration has arrived, moving u and v along makes no difference."""
    w = np.diag([3.0, 1.0, 0.5])[:, :3] + 0.1 * rng.normal(size=(3, 3))
    u, v = spectral_start(w, 0, n_steps=200)

    def forward(w):
        return spectral_norm(w, *spectral_start(w, 0, n_steps=200))

    _, cache = spectral_norm(w, u, v)
    errors = gradient_errors(
        lambda w: (forward(w)[0], cache), only(spectral_norm_backward), {"w": w}
    )
    assert errors["w"] < TOLERANCE


@every_shape
def test_one_step_for_each_call_arrives_at_the_largest_singular_value(rng, shape):
    w = rng.normal(size=shape)
    u, v = spectral_start(w, 0, n_steps=0)
    largest = np.linalg.svd(w.reshape(len(w), -1), compute_uv=False)[0]
    estimates = [spectral_norm(w, u, v)[1].sigma for _ in range(300)]
    assert (np.diff(estimates) > -1e-9).all()
    assert max(estimates) <= largest * (1 + 1e-12)
    assert estimates[-1] == pytest.approx(largest, rel=1e-6)
    normed, _ = spectral_norm(w, u, v)
    assert np.linalg.svd(normed.reshape(len(w), -1), compute_uv=False)[0] == pytest.approx(1)


def test_evaluation_leaves_u_and_v_alone(rng):
    w = rng.normal(size=(4, 3))
    u, v = spectral_start(w, 0, n_steps=1)
    before = u.copy(), v.copy()
    spectral_norm(w, u, v, training=False)
    np.testing.assert_array_equal(u, before[0])
    np.testing.assert_array_equal(v, before[1])
    spectral_norm(w, u, v)
    assert not np.array_equal(u, before[0])


def test_the_gradient_of_a_pass_does_not_depend_on_the_steps_after_it(rng):
    """u and v are updated in place, and the cache must not move with them."""
    w, dw = rng.normal(size=(2, 4, 3))
    u, v = spectral_start(w, 0, n_steps=1)
    _, cache = spectral_norm(w, u, v)
    first = spectral_norm_backward(dw, cache)
    spectral_norm(w, u, v)
    np.testing.assert_array_equal(spectral_norm_backward(dw, cache), first)


def test_before_batch_norm_spectral_norm_does_nothing(rng):
    w, x = rng.normal(size=(4, 3)), rng.normal(size=(8, 3))
    normed, _ = spectral_norm(w, *spectral_start(w, 0))
    wanted, _ = F.batch_norm(x @ w.T, eps=0.0)
    np.testing.assert_allclose(F.batch_norm(x @ normed.T, eps=0.0)[0], wanted, rtol=1e-9)


# ----------------------------------------------------------------- what is changed, what refused


@every_shape
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weights_are_left_alone_and_keep_their_dtype(rng, shape, dtype):
    w, dw = (rng.normal(size=shape).astype(dtype) for _ in range(2))
    g, (u, v) = np.ones(shape[0], dtype), spectral_start(w, 0)
    for a in (w, dw, g):
        a.flags.writeable = False
    for normed, cache, backward in (
        (*weight_norm(w, g), weight_norm_backward),
        (*spectral_norm(w, u, v), spectral_norm_backward),
    ):
        assert normed.dtype == dtype
        assert normed.shape == shape
        first = np.array(np.ravel(backward(dw, cache)[0]))
        normed[...] = np.nan
        np.testing.assert_array_equal(np.ravel(backward(dw, cache)[0]), first)
        assert np.isfinite(first).all()
        with pytest.raises(ValueError, match="dw must have the shape of w"):
            backward(np.ones(3), cache)


def read_only(a):
    a.flags.writeable = False
    return a


W = np.ones((2, 3))
test_what_does_not_fit_is_refused = refused(
    (lambda: weight_norm(np.ones(3), np.ones(3)), r"v must have the shape \(O, I\)"),
    (lambda: weight_norm(W, np.ones(3)), r"g must have the shape \(2,\), got \(3,\)"),
    (lambda: weight_norm(W, np.ones(1)), r"g must have the shape \(2,\), got \(1,\)"),
    (lambda: weight_norm(np.array([[0.0, 0.0], [1.0, 0.0]]), np.ones(2)), "a row of zeros"),
    (lambda: weight_norm(np.ones((2, 3), int), np.ones(2)), "v must be an array of floats"),
    (lambda: spectral_norm(W, np.ones(3), np.ones(3)), r"u must be .* of the shape \(2,\)"),
    (lambda: spectral_norm(W, np.ones(2), np.ones(2)), r"v must be .* of the shape \(3,\)"),
    (lambda: spectral_norm(W, [1.0, 0.0], np.ones(3)), "u must be a NumPy array of floats"),
    (lambda: spectral_norm(0 * W, np.ones(2), np.ones(3)), "w must not be 0"),
    (lambda: spectral_start(0 * W, 0), "w must not be 0"),
    (lambda: spectral_norm(W, np.ones(3), np.ones(3)), r"shape \(2,\), got ndarray of \(3,\)"),
    (lambda: spectral_norm(W, read_only(np.ones(2)), np.ones(3)), "u is updated .* read-only"),
    (lambda: spectral_norm(W, np.ones(2), read_only(np.ones(3))), "v is updated .* read-only"),
    (lambda: spectral_start(np.nan * W, 0), "w must be finite"),
    (lambda: spectral_start(np.inf * W, 0), "w must be finite"),
    (lambda: spectral_start(np.ones((0, 3)), 0), r"w must hold at least one value, got .*\(0, 3\)"),
    (lambda: weight_norm(np.ones((0, 3)), np.ones(0)), "v must hold at least one value"),
    (lambda: spectral_start(W, 0, n_steps=1.5), "n_steps must be a whole number .* got 1.5"),
    (lambda: spectral_start(W, 0, n_steps=-1), "n_steps must be a whole number .* got -1"),
)


def test_evaluation_may_read_vectors_that_cannot_be_written():
    u, v = (read_only(a) for a in spectral_start(W, 0))
    normed, _ = spectral_norm(W, u, v, training=False)
    np.testing.assert_allclose(np.linalg.norm(normed, 2), 1, rtol=1e-9)
