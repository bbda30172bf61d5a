"""The lab on depth: its stack against the core and PyTorch, its pieces, its bad input."""

from dataclasses import replace
from itertools import pairwise
from time import process_time

import numpy as np
import pytest

from bnviz.core.network import passes
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import MEMORY, Work
from bnviz.labs.signal import LAB, Settings, growth, training
from bnviz.labs.signal.examples import PAIR, draw
from bnviz.labs.signal.layers_view import percent, power
from bnviz.labs.signal.stack import Stack, backward, forward
from bnviz.settings import fields

TIGHT = {"rtol": 1e-9, "atol": 1e-12}
ACTIVATIONS = ("sigmoid", "tanh", "relu")
EACH = pytest.mark.parametrize("activation", ACTIVATIONS)
BOTH = pytest.mark.parametrize("bn", [True, False], ids=["bn", "none"])
SMALL = Settings(width=64, depth=4)


@pytest.fixture
def problem(rng):
    """Weights of three layers, a batch, and a gradient from above."""
    sizes = (5, 7, 7, 7)
    weights = [rng.normal(size=(d, c)) for d, c in pairwise(sizes)]
    return weights, rng.normal(size=(9, 5)), rng.normal(size=(9, 7))


@pytest.mark.checks("depth lab: a stack of layers", how="the core's network", tolerance=TIGHT)
@EACH
@BOTH
def test_without_skips_it_is_the_cores_network(problem, activation, bn):
    weights, x, dlogits = problem
    head = np.eye(7)
    spec = Spec(n_inputs=5, width=7, depth=3, n_classes=7, activation=activation,
                norm="bn" if bn else "none")  # fmt: skip
    parameters = Parameters.start(spec, [*weights, head], np.float64)
    done = passes.forward(spec, parameters, x)
    gradient = passes.backward(spec, parameters, done, dlogits)
    stack = Stack(weights, activation, bn)
    ours = forward(stack, x)
    np.testing.assert_allclose(ours.out[-1], done.inputs[-1], **TIGHT)
    np.testing.assert_allclose(ours.entered, done.normalized, **TIGHT)
    norms = [np.linalg.norm(w) for w in gradient.weights[:3]]
    np.testing.assert_allclose(backward(stack, ours, dlogits).weights, norms, **TIGHT)


@pytest.mark.checks("depth lab: blocks with skips", how="PyTorch, float64", tolerance=TIGHT)
@EACH
@BOTH
def test_with_skips_it_is_pytorchs(pytorch, problem, activation, bn):
    torch = pytorch
    weights, x, dh = problem
    gain = 1.3
    params = [torch.tensor(w, requires_grad=True) for w in weights]
    h = torch.tensor(x) @ params[0] * gain
    seen = [h]
    for weight in params[1:]:
        u = torch.nn.functional.batch_norm(h, None, None, training=True) if bn else h
        h = h + getattr(torch, activation)(u) @ weight * gain
        seen.append(h)
    for part in seen:
        part.retain_grad()
    h.backward(torch.tensor(dh))
    stack = Stack(weights, activation, bn, skip=True, gain=gain)
    done = forward(stack, x)
    gradients = backward(stack, done, dh)
    np.testing.assert_allclose(done.out, [part.detach().numpy() for part in seen], **TIGHT)
    np.testing.assert_allclose(gradients.weights, [p.grad.norm().item() for p in params], **TIGHT)
    np.testing.assert_allclose(gradients.signal, [p.grad.norm().item() for p in seen], **TIGHT)


@pytest.mark.parametrize("skip", [False, True])
def test_several_sizes_of_the_weights_go_through_at_once(problem, skip):
    weights, x, dh = problem
    gains = np.array([0.5, 1.0, 4.0])
    stack = Stack(weights, "relu", True, skip, gains[:, None, None])
    above = np.broadcast_to(dh, (3, *dh.shape))
    together = backward(stack, forward(stack, x), above)
    for k, gain in enumerate(gains):
        one = Stack(weights, "relu", True, skip, gain)
        alone = backward(one, forward(one, x), dh)
        np.testing.assert_allclose(together.signal[k], alone.signal, **TIGHT)
        np.testing.assert_allclose(together.weights[k], alone.weights, **TIGHT)
    larger = Stack([4.0 * w for w in weights], "relu", True, skip)
    alone = backward(larger, forward(larger, x), dh)
    np.testing.assert_allclose(together.signal[2], alone.signal, **TIGHT)


def test_weights_gradients_are_left_out_where_nobody_wants_them(problem):
    weights, x, dh = problem
    stack = Stack(weights, "tanh", True)
    assert np.isnan(backward(stack, forward(stack, x), dh, weights=False).weights).all()


@pytest.mark.parametrize("n", [8, 64])
def test_a_batch_begins_with_the_pair_and_holds_no_digit_twice(rng, n):
    x, labels = draw(rng, n)
    assert tuple(labels[:2]) == PAIR
    assert len(np.unique(x, axis=0)) == len(x) == n


def test_the_layers_are_those_of_the_reader():
    settings = replace(SMALL, activation="tanh", init_scale=2.0, seed=3)
    none = LAB.run("layers", settings).found.none
    x, _ = draw(np.random.default_rng([3, 2]), settings.batch_size)
    weights = mlp_weights((64, 64, 64, 64, 64, 10), "tanh", 2.0, seed=3)
    h = np.tanh(np.tanh(x @ weights[0]) @ weights[1])
    assert none.spread[1] == pytest.approx(np.sqrt(h.var(0).mean()))
    distance = np.linalg.norm(h[0] - h[1]) / np.sqrt((h[0] @ h[0] + h[1] @ h[1]) / 2)
    assert none.apart[1] == pytest.approx(distance)
    assert np.sqrt((none.pair[1] ** 2).mean()) == pytest.approx(1)  # all 64 units are shown
    assert none.size[1] == pytest.approx(np.sqrt((h * h).mean()))


def test_growth_is_the_root_of_the_mean_ratio_without_the_lowest_layer():
    squared = 2.0 ** np.arange(growth.DEPTH, 0, -1.0)
    squared[0] = 1e9
    part = np.broadcast_to(squared, (4, 3, growth.DEPTH))
    assert np.allclose(growth.gathered([part, part]).rate, np.sqrt(2))
    assert growth.gathered([part]).profile(8)[0, 0] == pytest.approx(2 ** (18 / 2))
    assert np.isnan(growth.gathered([]).rate).all()


def test_the_stream_starts_with_variance_one_on_average():
    starts = [
        LAB.run("stream", Settings(depth=2, seed=k)).found.variance["bn"][0] for k in range(5)
    ]
    assert np.mean(starts) == pytest.approx(1, abs=0.05)


def test_networks_of_the_growth_come_one_after_another():
    MEMORY.clear()
    work, counts = Work(LAB.view("growth").arm(SMALL)), []
    while not work.finished:
        work.advance()
        counts.append(work.found().n_networks)
    assert counts[0] == 0
    assert sorted(set(counts)) == list(range(growth.N_NETWORKS + 1))


def test_the_default_is_quick():
    LAB.run("trains")  # reads the digits and the recorded sweep
    MEMORY.clear()
    start = process_time()
    for view in LAB.views:
        LAB.run(view.name)
    assert process_time() - start < 3 * 0.4


def test_nothing_is_trained_unless_the_reader_wants_it():
    assert LAB.run("trains", SMALL).found.live is None


def test_training_looks_three_times_and_learns():
    MEMORY.clear()
    work = Work(LAB.view("trains").arm(Settings(depth=2, activation="relu", train=True)))
    seen = []
    while not work.finished:
        work.advance()
        live = work.found().live
        if live and (not seen or seen[-1].n_done != live.n_done):
            seen.append(live)
    assert [live.n_done for live in seen] == [100, 200, 300]
    assert (seen[-1].best < 0.05).all()
    assert (seen[0].best < training.CHANCE).all()
    assert seen[-1].loss.shape == (2, len(training.RATES))


def test_a_network_that_diverges_has_an_infinite_loss():
    well, lost = (training.start("relu", norm, 4, False, 0) for norm in training.NORMS)
    lost.parameters.flat[...] = np.nan
    assert np.isinf(training.loss(lost, 0)).all()
    assert np.isfinite(training.loss(well, 0)).all()


CORNERS = [
    Settings(activation=activation, depth=depth, init_scale=scale, skips=skips, width=64, seed=99)
    for activation in ACTIVATIONS
    for depth in (2, 60)
    for scale in (0.3, 3.0)
    for skips in (False, True)
]


@pytest.mark.parametrize("settings", CORNERS)
def test_every_corner_can_be_told(settings):
    networks = LAB.run("layers", settings).found
    for told in (networks.bn, networks.none):
        for part in (told.entered, told.spread, told.apart, told.gradient, told.pair):
            assert np.isfinite(part).all()
    assert np.isfinite(LAB.run("growth", settings).found.rate).all()
    assert np.isfinite(LAB.run("stream", settings).found.variance["none"]).all()


def test_the_growth_is_measured_at_all_batch_sizes_that_are_offered():
    assert set(growth.BATCH_SIZES) == set(fields(Settings)["batch_size"].offered)


def test_numbers_are_written_short():
    assert [percent(share) for share in (0.534, 0.0123, 2e-6)] == ["53%", "1.2%", "2×10⁻⁶"]
    assert (power(4.4e-13), power(0.0)) == ("10⁻¹³", "0")
