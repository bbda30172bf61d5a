"""Initial weights: their scale, their bytes, and bad arguments."""

import numpy as np
import pytest

from bnviz.core import nn
from bnviz.core.network import init

FANS = [(50, 400), (400, 50), (200, 200)]


@pytest.mark.parametrize("fans", FANS)
@pytest.mark.parametrize(
    ("scheme", "variance"),
    [(init.he_normal, lambda i, _: 2 / i), (init.xavier_normal, lambda i, o: 2 / (i + o))],
)
def test_scale(rng, fans, scheme, variance):
    weight = scheme(rng, *fans)
    n = weight.size
    assert weight.shape == fans
    assert weight.dtype == np.float64
    std = variance(*fans) ** 0.5
    assert abs(weight.mean()) < 4 * std / n**0.5
    assert abs(weight.std() / std - 1) < 4 / (2 * n) ** 0.5
    kurtosis = ((weight / std) ** 4).mean()
    assert abs(kurtosis - 3) < 0.15  # normal, not uniform (1.8)


@pytest.mark.parametrize("fans", FANS)
def test_the_variances_are_pytorch_s(pytorch, fans):
    weight = pytorch.empty(fans[::-1], dtype=pytorch.float64)  # (out, in)
    generator = np.random.default_rng(0)
    pytorch.manual_seed(0)
    pytorch.nn.init.kaiming_normal_(weight, nonlinearity="relu")
    assert init.he_normal(generator, *fans).std() == pytest.approx(weight.numpy().std(), rel=0.02)
    pytorch.nn.init.xavier_normal_(weight)
    ours = init.xavier_normal(generator, *fans).std()
    assert ours == pytest.approx(weight.numpy().std(), rel=0.02)


@pytest.mark.parametrize("activation", init.SCHEMES)
def test_mlp_weights(activation):
    sizes, scale = (400, 300, 200, 100), 0.5
    weights = init.mlp_weights(sizes, activation, scale, seed=1)
    assert [w.shape for w in weights] == [(400, 300), (300, 200), (200, 100)]
    he, xavier = lambda i, _: (2 / i) ** 0.5, lambda i, o: (2 / (i + o)) ** 0.5
    rules = [he if activation == "relu" else xavier] * 2 + [xavier]
    for w, rule in zip(weights, rules, strict=True):
        assert w.dtype == np.float64
        assert w.std() == pytest.approx(scale * rule(*w.shape), rel=0.02)


def test_same_arguments_same_bytes_and_another_seed_other_bytes():
    first, again, other = (init.mlp_weights((8, 4, 3), "tanh", 1.0, seed=s) for s in (5, 5, 6))
    assert [w.tobytes() for w in first] == [w.tobytes() for w in again]
    assert not any(np.array_equal(w, v) for w, v in zip(first, other, strict=True))


def test_the_scale_multiplies_every_layer():
    ones, tens = (init.mlp_weights((8, 4, 3), "relu", scale, seed=0) for scale in (1.0, 10.0))
    for w, v in zip(ones, tens, strict=True):
        np.testing.assert_allclose(10 * w, v, rtol=1e-15)


def test_a_deeper_network_starts_with_the_same_layers():
    shallow = init.mlp_weights((8, 16, 16, 3), "relu", seed=2)
    deep = init.mlp_weights((8, 16, 16, 16, 3), "relu", seed=2)
    for w, v in zip(shallow[:-1], deep, strict=False):
        np.testing.assert_array_equal(w, v)


def test_he_keeps_the_second_moment_through_relu_and_xavier_loses_it(rng):
    def last_moment(activation_of_the_weights):
        h = rng.normal(size=(256, 256))
        for w in init.mlp_weights([256] * 21, activation_of_the_weights, seed=0)[:-1]:
            h = nn.ReLU()(h @ w)
        return (h**2).mean()

    assert 0.2 < last_moment("relu") < 5
    assert last_moment("tanh") < 1e-4


BAD = [
    ({"sizes": (3,)}, "sizes must hold at least an input and an output size"),
    ({"sizes": (3, 0)}, r"sizes must be whole numbers of at least 1, got \[3, 0\]"),
    ({"sizes": (3, 2.5)}, r"sizes must be whole numbers of at least 1, got \[3, 2.5\]"),
    ({"activation": "gelu"}, "activation must be one of .*'relu'.*, got 'gelu'"),
    ({"init_scale": 0.0}, "init_scale must be a finite number above 0, got 0.0"),
    ({"init_scale": -1.0}, "init_scale must be a finite number above 0, got -1.0"),
    ({"init_scale": float("inf")}, "init_scale must be a finite number above 0, got inf"),
    ({"seed": -1}, "seed must be at least 0, got -1"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        init.mlp_weights(**{"sizes": (3, 2), "activation": "relu"} | arguments)


@pytest.mark.parametrize("scheme", [init.he_normal, init.xavier_normal])
def test_bad_fans(rng, scheme):
    with pytest.raises(
        ValueError, match=r"sizes must be whole numbers of at least 1, got \[0, 3\]"
    ):
        scheme(rng, 0, 3)
