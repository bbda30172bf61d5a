"""Precise, adaptive and frozen batch norm: what each measures, and what it leaves alone."""

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core import nn
from bnviz.core.stats.recalibration import (
    MEANINGS,
    adapt_batch_norm,
    freeze_batch_norm,
    precise_batch_norm,
)

TIGHT = {"rtol": 1e-9, "atol": 1e-12}


def network(seed=0, **options):
    """Two hidden layers with batch norm, whose statistics have seen other data."""
    net = nn.Sequential(
        nn.Linear(4, 6, bias=False, rng=seed, dtype=np.float64),
        nn.BatchNorm1d(6, dtype=np.float64, **options),
        nn.Sequential(nn.ReLU(), nn.Linear(6, 5, bias=False, rng=seed + 1, dtype=np.float64)),
        nn.BatchNorm1d(5, dtype=np.float64, **options),
        nn.Tanh(),
    )
    rng = np.random.default_rng(seed)
    for p in net.parameters().values():
        if p.ndim == 1:
            p[...] = rng.normal(1.0, 0.5, p.shape)
    net(rng.normal(5.0, 3.0, (10, 4)))
    net.forget()
    return net


def norms(net):
    return net.layers[1], net.layers[3]


def batches(rng, n_batches=6, n=8):
    return rng.normal(0.0, 2.0, (n_batches, n, 4)) + rng.normal(size=(n_batches, 1, 4))


def inputs_of_norms(net, x):
    """What the two layers read in a training pass over ``x``."""
    first = net.layers[0](x)
    norm = net.layers[1]
    second = net.layers[2](F.batch_norm(first, norm.weight, norm.bias, eps=norm.eps)[0])
    return first, second


def running(net):
    return [np.array([norm.running_mean, norm.running_var]) for norm in norms(net)]


# ----------------------------------------------------------------- precise


def assert_measured(norm, mean, var):
    np.testing.assert_allclose(norm.running_mean, mean, **TIGHT)
    np.testing.assert_allclose(norm.running_var, var, **TIGHT)


def test_training_batches_give_the_statistics_of_what_each_layer_met(rng):
    net, xs = network(), batches(rng)
    met = [inputs_of_norms(net, x) for x in xs]
    precise_batch_norm(net, xs)
    for norm, values in zip(norms(net), map(np.concatenate, zip(*met, strict=True)), strict=True):
        assert_measured(norm, values.mean(0), values.var(0))


def test_the_mean_of_the_batches_is_that_of_the_first_paper(rng):
    net, xs = network(), batches(rng)
    met = [inputs_of_norms(net, x) for x in xs]
    precise_batch_norm(net, xs, variance="mean of batches")
    for norm, values in zip(norms(net), map(np.array, zip(*met, strict=True)), strict=True):
        assert_measured(norm, values.mean((0, 1)), values.var(1, ddof=1).mean(0))


def test_all_at_once_is_one_large_batch(rng):
    net, xs = network(), batches(rng)
    values = inputs_of_norms(net, np.concatenate(xs))
    precise_batch_norm(net, xs, meaning="all at once")
    for norm, a in zip(norms(net), values, strict=True):
        assert_measured(norm, a.mean(0), a.var(0))


def test_layer_by_layer_and_all_at_once_agree(rng):
    """With the total variance; the first layer agrees in all three meanings."""
    found, xs = {}, batches(rng)
    for meaning in MEANINGS:
        net = network()
        precise_batch_norm(net, xs, meaning=meaning)
        found[meaning] = running(net)
    for first, second in zip(found["all at once"], found["layer by layer"], strict=True):
        np.testing.assert_allclose(first, second, **TIGHT)
    np.testing.assert_allclose(found["training batches"][0], found["all at once"][0], **TIGHT)
    assert np.abs(found["training batches"][1] - found["all at once"][1]).max() > 0.01


def test_after_it_evaluation_is_training_on_all_examples(rng):
    net, xs = network(), batches(rng)
    precise_batch_norm(net, xs, meaning="all at once")
    x = np.concatenate(xs)
    np.testing.assert_allclose(net.eval()(x), net.train()(x), rtol=1e-9)


def test_the_mean_of_batches_forgets_how_the_batches_differ(rng):
    """Batches of one class each: the variance between them is most of it."""
    norm = nn.BatchNorm1d(1, dtype=np.float64)
    xs = rng.normal(size=(4, 50, 1)) + np.array([-30.0, -10.0, 10.0, 30.0])[:, None, None]
    precise_batch_norm(norm, xs, variance="mean of batches")
    assert norm.running_var[0] < 2
    precise_batch_norm(norm, xs)
    assert norm.running_var[0] == pytest.approx(xs.var(), rel=1e-12)


def test_batches_of_different_sizes_are_weighed_by_them(rng):
    norm, x = nn.BatchNorm1d(2, dtype=np.float64), rng.normal(size=(20, 2))
    precise_batch_norm(norm, np.split(x, [3, 12]))
    assert_measured(norm, x.mean(0), x.var(0))


def test_images(rng):
    net = nn.Sequential(nn.Conv2d(1, 2, 3, rng=0, dtype=np.float64), nn.BatchNorm2d(2))
    xs = rng.normal(size=(3, 4, 1, 6, 6))
    precise_batch_norm(net, xs)
    values = net.layers[0](np.concatenate(xs))
    np.testing.assert_allclose(net.layers[1].running_mean, values.mean((0, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(net.layers[1].running_var, values.var((0, 2, 3)), rtol=1e-5)


@pytest.mark.parametrize("meaning", MEANINGS)
@pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
def test_weights_modes_and_inputs_stay(rng, meaning, training):
    net, xs = network().train(training), batches(rng)
    norms(net)[0].eval()
    for norm in norms(net):
        norm.num_batches_tracked[...] = 3
    before, modes = net.state_dict(), [layer.training for layer in net.layers]
    xs.flags.writeable = False
    precise_batch_norm(net, xs, meaning=meaning)
    assert [layer.training for layer in net.layers] == modes
    for name, a in net.state_dict().items():
        changed = name.endswith(("running_mean", "running_var", "num_batches_tracked"))
        assert np.array_equal(a, before[name]) == (not changed), name


@pytest.mark.parametrize(("meaning", "counted"), [*zip(MEANINGS, [2, 1, 2], strict=True)])
def test_a_cumulative_average_goes_on_from_the_batches_that_were_measured(meaning, counted):
    """[10, 12], [14, 16], then [0, 2] in training: (11 + 15 + 1) / 3, as after update_bn."""
    norm = nn.BatchNorm1d(1, momentum=None, dtype=np.float64)
    for _ in range(5):
        norm(np.array([[7.0], [9.0]]))
    precise_batch_norm(
        norm, [np.array([[10.0], [12.0]]), np.array([[14.0], [16.0]])], meaning=meaning
    )
    assert norm.num_batches_tracked == counted
    norm(np.array([[0.0], [2.0]]))
    np.testing.assert_allclose(norm.running_mean, (13 * counted + 1) / (counted + 1), **TIGHT)


@pytest.mark.parametrize("seed", range(3))
def test_a_layer_at_several_places_is_measured_as_update_bn_does(pytorch, seed):
    rng = np.random.default_rng(seed)
    norm = nn.BatchNorm1d(3, momentum=None, dtype=np.float64)
    linear = nn.Linear(3, 3, rng=seed, dtype=np.float64)
    net = nn.Sequential(norm, nn.Sequential(nn.ReLU(), norm), linear, nn.BatchNorm1d(3), norm)
    theirs = pytorch.nn.BatchNorm1d(3, momentum=None, dtype=pytorch.float64)
    other = pytorch.nn.Linear(3, 3, dtype=pytorch.float64)
    other.load_state_dict({name: pytorch.tensor(a) for name, a in linear.state_dict().items()})
    plain = pytorch.nn.BatchNorm1d(3, dtype=pytorch.float64)
    stack = pytorch.nn.Sequential(
        theirs, pytorch.nn.Sequential(pytorch.nn.ReLU(), theirs), other, plain, theirs
    )
    xs = [rng.normal(2.0, 3.0, (n, 3)) for n in (4, 7, 3)]
    loader = [pytorch.tensor(x) for x in xs]
    pytorch.optim.swa_utils.update_bn(loader, stack)
    precise_batch_norm(net, xs, variance="mean of batches")
    for name, wanted in theirs.state_dict().items():
        np.testing.assert_allclose(norm.state_dict()[name], wanted.numpy(), err_msg=name, **TIGHT)


def test_a_layer_at_two_places_meets_two_batches():
    norm, x = nn.BatchNorm1d(1, dtype=np.float64), np.array([[1.0], [3.0], [8.0]])
    net = nn.Sequential(norm, nn.ReLU(), norm)
    precise_batch_norm(net, [x], variance="mean of batches")
    np.testing.assert_allclose([norm.running_mean[0], norm.running_var[0]], [2.2265, 6.8077], 1e-4)
    read = np.concatenate([x, nn.ReLU()(nn.BatchNorm1d(1, dtype=np.float64)(x))])
    precise_batch_norm(net, [x], meaning="all at once")
    np.testing.assert_allclose(
        [norm.running_mean[0], norm.running_var[0]], [read.mean(), read.var()]
    )
    assert norm.num_batches_tracked == 2
    with pytest.raises(ValueError, match="needs each batch norm layer once in net"):
        precise_batch_norm(net, [x], meaning="layer by layer")


def test_a_backward_of_the_network_still_belongs_to_its_own_forward_pass(rng):
    net, x, dy = network(), rng.normal(size=(8, 4)), rng.normal(size=(8, 5))
    net(x)
    wanted = net.backward(dy)
    net(x)
    precise_batch_norm(net, batches(rng))
    np.testing.assert_array_equal(net.backward(dy), wanted)


def test_a_layer_without_running_statistics_is_passed_through(rng):
    net = nn.Sequential(
        nn.BatchNorm1d(4, track_running_stats=False), nn.BatchNorm1d(4, dtype=np.float64)
    )
    xs = rng.normal(3.0, 2.0, (2, 50, 4))
    precise_batch_norm(net, xs, meaning="layer by layer")
    np.testing.assert_allclose(net.layers[1].running_mean, 0, atol=1e-6)
    np.testing.assert_allclose(net.layers[1].running_var, 1, rtol=1e-3)


# ----------------------------------------------------------------- adaptive


def test_adabn_undoes_contrast_and_brightness(rng):
    net, x = network(), rng.normal(size=(200, 4))
    adapt_batch_norm(net, [x])
    wanted = net.eval()(x)
    shifted = 0.3 * x + 2.0
    assert np.abs(net(shifted) - wanted).max() > 0.5
    adapt_batch_norm(net, np.split(shifted, 10))  # how they are cut makes no difference
    np.testing.assert_allclose(net(shifted), wanted, atol=1e-3)


def test_adabn_does_not_undo_an_inversion(rng):
    net, x = network(), rng.normal(size=(200, 4))
    adapt_batch_norm(net, [x])
    wanted = net.eval()(x)
    adapt_batch_norm(net, [-x])
    assert np.abs(net(-x) - wanted).max() > 0.5


# ----------------------------------------------------------------- frozen


def test_frozen_statistics_stay_and_are_constants_to_the_gradient(rng):
    net, x, dy = network(), rng.normal(size=(8, 4)), rng.normal(size=(8, 5))
    freeze_batch_norm(net)
    before = {name: a.copy() for name, a in net.buffers().items()}
    net(x)
    net.backward(dy)
    for name, a in net.buffers().items():
        np.testing.assert_array_equal(a, before[name])
    norm = nn.BatchNorm1d(3, dtype=np.float64)
    x, dy = rng.normal(size=(2, 8, 3))
    freeze_batch_norm(norm)
    norm(x)
    np.testing.assert_allclose(norm.backward(dy), dy / np.sqrt(1 + norm.eps), rtol=1e-12)
    assert norm.grads.keys() == {"weight", "bias"}


def test_other_layers_keep_their_mode_and_training_thaws():
    net = network()
    freeze_batch_norm(net)
    assert [layer.training for layer in net.layers] == [True, False, True, False, True]
    net.train()
    assert all(norm.training for norm in norms(net))


# ----------------------------------------------------------------- bad input


X = np.ones((4, 4))
REFUSED = [
    (lambda: precise_batch_norm(network(), [X], meaning="sequential"), "meaning must be one of"),
    (lambda: precise_batch_norm(network(), [X], variance="biased"), "variance must be one of"),
    (lambda: precise_batch_norm(network(), []), "batches must hold at least one array, got none"),
    (lambda: precise_batch_norm(nn.ReLU(), [X]), "must have a batch norm layer with running stat"),
    (lambda: precise_batch_norm(nn.BatchNorm1d(4, track_running_stats=False), [X]), "it has none"),
    (lambda: precise_batch_norm(network(), [X[:1]]), "Expected more than 1 value per channel"),
    (lambda: precise_batch_norm(network(), [X.astype(int)]), "each batch must be an array of flo"),
    (
        lambda: precise_batch_norm(network(), [np.ones((4, 3))]),
        r"x must have the shape \(\.\.\., 4",
    ),
    (lambda: freeze_batch_norm(nn.ReLU()), "must have a batch norm layer with running statistics"),
    (lambda: adapt_batch_norm(nn.LayerNorm(4), [X]), "must have a batch norm layer with running"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_batch_of_one_has_no_variance_of_its_own_but_counts_in_the_total(rng):
    x = rng.normal(size=(5, 4))
    net = network()
    precise_batch_norm(net, np.split(x, 5), meaning="layer by layer")
    with pytest.raises(ValueError, match="each batch must have at least 2 values per channel"):
        precise_batch_norm(
            net, np.split(x, 5), meaning="layer by layer", variance="mean of batches"
        )
