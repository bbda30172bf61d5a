"""The lab on learning rate and initialization: its numbers against the core, and its pieces."""

from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.train.trainer import Trainer
from bnviz.labs.arm import MEMORY, Arm, Work
from bnviz.labs.rates import LAB, Settings, draws, gradients, grid
from bnviz.labs.rates.groups import (
    BATCH_SIZE,
    FIXED,
    LAYER_STEPS,
    N_ASKED,
    NORMS,
    losses,
    order_of,
    spec_of,
    train,
    weights_of,
)
from bnviz.labs.rates.settings import SCALES

SMALL = Settings(depth=2, n_steps=40)
ALONE = {"rtol": 1e-3}
TIGHT = {"rtol": 1e-9}


def offered(work):
    """Yield what is offered after each piece of some work."""
    while not work.finished:
        work.advance()
        yield work.found()


def trained(spec, scale, lr, looks, seed=0, **more):
    """Train networks side by side, and give what is offered after each piece."""
    weights, order = weights_of(spec, scale, seed), order_of(looks[-1], seed)
    return [*offered(Work(Arm(lambda: train(spec, weights, order, lr, looks, **more))))]


# -------------------------------------------------------------------- numbers


@pytest.mark.checks(
    "a cell of the map of learning rates, trained among others", how="alone", tolerance=ALONE
)
@pytest.mark.parametrize("norm", NORMS)
def test_a_cell_is_the_network_that_trains_alone(norm):
    spec = spec_of(norm, depth=3, activation="relu")
    scale, lr, n_steps = (0.5, 1.0, 2.0), (0.01, 0.1, 0.03), 12
    *_, found = trained(spec, scale, lr, (n_steps,), seed=4, fixed=norm == FIXED)
    split = data.load("digits")
    for r in range(len(lr)):
        own = [w[0] for w in weights_of(spec, scale[r : r + 1], 4)]
        alone = Trainer(
            replace(spec, lr=lr[r]), own, split.x_train, split.y_train, order_of(n_steps, 4)
        )
        for _ in range(n_steps):
            alone.advance(1)
            if norm == FIXED:
                alone.parameters.affine[...] = np.array([1, 0])[:, None, None]
        done = forward(spec, alone.parameters, split.x_train[:N_ASKED], batch_size=BATCH_SIZE)
        loss, _ = cross_entropy(done.logits, split.y_train[:N_ASKED])
        np.testing.assert_allclose(found.loss_TR[-1, r], loss, **ALONE)


def test_losses_are_those_of_batches_with_their_own_statistics():
    spec = spec_of("bn", depth=2, activation="tanh")
    weights = weights_of(spec, (0.5, 2.0), 1)
    found = losses(spec, Parameters.start(spec, weights, np.float64, (2,)))
    split = data.load("digits")
    for r in range(2):
        own = Parameters.start(spec, [w[r] for w in weights], np.float64)
        one = []
        for k in range(0, N_ASKED, BATCH_SIZE):
            part = slice(k, k + BATCH_SIZE)
            done = forward(spec, own, split.x_train[part].astype(float))
            one.append(cross_entropy(done.logits, split.y_train[part])[0])
        np.testing.assert_allclose(found[r], np.mean(one), rtol=1e-6)


def test_the_scale_is_on_the_hidden_layers_alone():
    spec = spec_of("bn", depth=3, activation="relu")
    *hidden, last = weights_of(spec, (0.5, 5.0), 0)
    for w in hidden:
        np.testing.assert_allclose(w[1], 10 * w[0], rtol=1e-6)
    np.testing.assert_array_equal(last[0], last[1])


@pytest.mark.checks(
    "gradient of scaled weights before BN: 1/a of that before", how="3 seeds", tolerance="1%"
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_with_bn_the_gradient_is_inverse_to_the_scale(seed):
    """Exactly so for ε = 0; at scale 0.1 it counts a little."""
    found = gradients.measure(Settings(seed=seed))
    he = SCALES.index(1.0)
    np.testing.assert_allclose(found.gradient[1] * SCALES, found.gradient[1, he], rtol=0.01)
    np.testing.assert_allclose(found.weight, np.array(SCALES) * found.weight[he], **TIGHT)


def test_a_divergence_is_told_apart_from_what_is_not_trained_yet():
    spec = spec_of("none", depth=3, activation="relu")
    first, *_, last = trained(spec, (5.0, 1.0), (10.0, 0.01), (0, 5, 90))
    assert not first.finished
    assert np.isnan(first.loss_TR[-1]).all()
    assert last.finished
    assert last.diverged_R.tolist() == [True, False]
    assert np.isnan(last.loss_TR[1:, 0]).all()
    assert np.isfinite(last.loss_TR[:, 1]).all()


def test_a_group_that_is_lost_ends_at_once():
    spec = spec_of("none", depth=5, activation="relu")
    (found,) = trained(spec, (5.0,), (10.0,), (150,))
    assert found.finished
    assert found.diverged_R.all()


@pytest.mark.parametrize("depth", [2, 10])
def test_a_piece_of_work_is_short(depth):
    spec = spec_of("bn", depth=depth, activation="relu")
    assert len(trained(spec, (1.0,), (0.1,), (150,))) == -(-150 // (LAYER_STEPS // depth))


def test_random_settings_are_even_on_log_scales():
    lr, scale = (
        np.log10(np.concatenate(v)) for v in zip(*map(draws.drawn, range(50)), strict=True)
    )
    for values, low, high in ((lr, -3, 1), (scale, -1, 1)):
        assert low < values.min() < low + 0.05
        assert high - 0.05 < values.max() < high
        counts, _ = np.histogram(values, 4, (low, high))
        assert counts.min() > 0.9 * len(values) / 4


# -------------------------------------------------------------------- pieces


def pieces(name, settings):
    """Yield what a view offers after each piece of its work."""
    return offered(Work(LAB.view(name).arm(settings)))


def test_a_row_counts_when_it_is_finished():
    for found in pieces("grid", replace(SMALL, seed=77)):  # which no other test has trained
        if found.known.any():
            break
        assert not any(found.n_trained.values())
    assert found.known.sum() == 1
    assert not found.complete("none")


def test_the_maps_of_the_parts_go_on_from_those_without_and_with_bn():
    settings = replace(SMALL, seed=78)
    pair = LAB.run("grid", settings).found
    n_known = [int(found.known.sum()) for found in pieces("parts", settings)]
    assert n_known == sorted(n_known)
    assert n_known[1:13] == list(range(1, 13))  # a piece each: these rows are not trained again
    assert n_known[-1] == 30
    parts = LAB.run("parts", settings).found
    known = pair.known.nonzero()
    np.testing.assert_array_equal(parts.loss[known], pair.loss[known])


def test_another_cell_of_the_curves_does_not_train_the_maps_again():
    settings = replace(SMALL, seed=79)
    maps = LAB.view("grid").arm(settings)
    LAB.run("corner", replace(settings, lr=1.0, init_scale=0.2))
    assert maps in MEMORY
    first = next(pieces("corner", settings))
    assert first.grid.complete(*grid.PAIR)


def test_only_the_view_of_the_parts_trains_them():
    assert not LAB.run("grid", SMALL).found.known[2:].any()


def trace_of(name):
    return LAB.run(name, SMALL)


def test_the_tables_have_every_number():
    table = LAB.view("parts").table(trace_of("parts"))
    np.testing.assert_array_equal(table["value"], trace_of("parts").found.loss.ravel())
    loss = trace_of("draws").found.loss.ravel()
    table = LAB.view("draws").table(trace_of("draws"))
    np.testing.assert_array_equal(table["value"], np.where(np.isfinite(loss), loss, np.nan))
    table = LAB.view("corner").table(trace_of("corner"))
    curves = trace_of("corner").found.curves.loss
    np.testing.assert_array_equal(table["value"], np.swapaxes(curves, 1, 2).ravel())


def test_sentences_have_the_counts_of_the_trace():
    n = trace_of("parts").found.n_trained
    sentence = LAB.view("grid").takeaway(trace_of("grid"))
    assert f"**{n['none']}** train without norm and **{n['bn']}** with BN" in sentence
    sentence = LAB.view("parts").takeaway(trace_of("parts"))
    assert f"**{n['mean-only']}** with centring alone" in sentence
    assert f"**{n['std-only']}** with dividing alone" in sentence
    below = (trace_of("draws").found.loss < 0.5).sum(-1)
    sentence = LAB.view("draws").takeaway(trace_of("draws"))
    assert f"**{below[0]}** train without norm and **{below[1]}**" in sentence


def test_the_corner_says_slower_faster_or_level_as_the_medians_are():
    trace = trace_of("corner")

    def told(none, bn):
        loss = np.stack([np.full((11, 6), none), np.full((11, 6), bn)])
        curves = replace(trace.found.curves, loss=loss, n_diverged=(0, 0))
        return LAB.view("corner").takeaway(
            replace(trace, found=replace(trace.found, curves=curves))
        )

    assert "**slower**" in told(0.5, 1.0)
    assert "**faster**" in told(1.0, 0.5)
    assert "level" in told(1.0, 1.02)
    assert "starts diverge" in told(np.nan, 0.5)
