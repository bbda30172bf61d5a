"""The lab on learning rate and initialization: its numbers against the core, and its contract."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.train.trainer import Trainer
from bnviz.labs.execution import finish
from bnviz.labs.rates import Experiment, Settings, curves, draws, findings, gradients, grid, run
from bnviz.labs.rates.groups import (
    BATCH_SIZE,
    FIXED,
    LAYER_STEPS,
    N_ASKED,
    NORMS,
    Group,
    losses,
    order_of,
    spec_of,
    weights_of,
)
from bnviz.labs.rates.lesson import LESSON
from bnviz.labs.rates.settings import RATES, SCALES

SMALL = Settings(depth=2, n_steps=40)
ALONE = {"rtol": 1e-3}
TIGHT = {"rtol": 1e-9}


def trained(group):
    while not group.finished:
        group.advance()
    return group


def forget():
    for function in (grid.row, curves.group, draws.group, gradients.measure):
        function.cache_clear()


# -------------------------------------------------------------------- numbers


@pytest.mark.checks(
    "a cell of the map of learning rates, trained among others", how="alone", tolerance=ALONE
)
@pytest.mark.parametrize("norm", NORMS)
def test_a_cell_is_the_network_that_trains_alone(norm):
    spec = spec_of(norm, depth=3, activation="relu")
    scale, lr, n_steps = (0.5, 1.0, 2.0), (0.01, 0.1, 0.03), 12
    group = trained(
        Group(
            spec,
            weights_of(spec, scale, 4),
            order_of(n_steps, 4),
            lr,
            (n_steps,),
            fixed=norm == FIXED,
        )
    )
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
        np.testing.assert_allclose(group.loss_TR[-1, r], loss, **ALONE)


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
    found = gradients.measure(5, "relu", seed)
    he = SCALES.index(1.0)
    np.testing.assert_allclose(found.gradient[1] * SCALES, found.gradient[1, he], rtol=0.01)
    np.testing.assert_allclose(found.weight, np.array(SCALES) * found.weight[he], **TIGHT)


def test_a_divergence_is_told_apart_from_what_is_not_trained_yet():
    spec = spec_of("none", depth=3, activation="relu")
    group = Group(spec, weights_of(spec, (5.0, 1.0), 0), order_of(90, 0), (10.0, 0.01), (0, 5, 90))
    group.advance()
    assert not group.finished
    assert np.isnan(group.loss_TR[-1]).all()
    trained(group)
    assert group.diverged_R.tolist() == [True, False]
    assert np.isnan(group.loss_TR[1:, 0]).all()
    assert np.isfinite(group.loss_TR[:, 1]).all()


def test_a_group_that_is_lost_ends_at_once():
    spec = spec_of("none", depth=5, activation="relu")
    group = Group(spec, weights_of(spec, (5.0,), 0), order_of(150, 0), (10.0,), (150,))
    group.advance()
    assert group.finished
    assert group.diverged_R.all()
    group.advance()


@pytest.mark.parametrize("depth", [2, 10])
def test_a_piece_of_work_is_short(depth):
    spec = spec_of("bn", depth=depth, activation="relu")
    group = Group(spec, weights_of(spec, (1.0,), 0), order_of(150, 0), (0.1,), (150,))
    n_pieces = 0
    while not group.finished:
        group.advance()
        n_pieces += 1
    assert n_pieces == -(-150 // (LAYER_STEPS // depth))


def test_random_settings_are_even_on_log_scales():
    lr, scale = (
        np.log10(np.concatenate(v)) for v in zip(*map(draws.drawn, range(50)), strict=True)
    )
    for values, low, high in ((lr, -3, 1), (scale, -1, 1)):
        assert low < values.min() < low + 0.05
        assert high - 0.05 < values.max() < high
        counts, _ = np.histogram(values, 4, (low, high))
        assert counts.min() > 0.9 * len(values) / 4


# ------------------------------------------------------------------- contract


@pytest.mark.slow
def test_a_run_in_pieces_fills_in_and_ends_as_the_whole():
    forget()
    experiment, rows = Experiment(SMALL), []
    while not experiment.finished:
        experiment.advance()
        trace = experiment.trace()
        rows.append(int(trace.grid.known.sum()))
        for view in LESSON.views:
            assert "nan" not in findings.takeaway(trace, view)
    assert rows == sorted(rows)
    assert set(range(1, 31)) <= set(rows)
    first = rows.index(12)
    assert first < len(rows) / 2  # the pair of maps is there first
    whole = pickle.dumps(experiment.trace())
    assert pickle.dumps(run(SMALL)) == whole
    forget()
    assert pickle.dumps(run(SMALL)) == whole


@pytest.mark.parametrize("view", LESSON.views)
def test_a_view_trains_what_it_shows_and_leaves_the_rest(view):
    trace = finish(Experiment(SMALL, view))
    known = {norm for norm, rows in zip(NORMS, trace.grid.known, strict=True) if rows.all()}
    shown = {"grid": {"none", "bn"}, "corner": {"none", "bn"}, "parts": set(NORMS)}
    assert known == shown.get(view, set())
    assert np.isfinite(trace.grid.loss).any() == bool(known)
    assert all(trace.curves.known) == (view == "corner")
    assert np.isnan(trace.draws.loss).all() == (view != "draws")
    assert "nan" not in findings.takeaway(trace, view)
    assert set(findings.table(trace)["norm"]) >= {NORMS[norm] for norm in known}


def test_a_row_counts_when_it_is_finished():
    experiment = Experiment(replace(SMALL, seed=77))  # which no other test has trained
    while not experiment.trace().grid.known.any():
        assert not any(experiment.trace().grid.n_trained.values())
        experiment.advance()
    found = experiment.trace().grid
    assert found.known.sum() == 1
    assert not found.complete("none")


@pytest.mark.slow
def test_another_cell_of_the_curves_does_not_train_the_maps_again():
    run(SMALL)
    trained_before = grid.row.cache_info().misses
    run(replace(SMALL, lr=1.0, init_scale=0.2))
    assert grid.row.cache_info().misses == trained_before


@pytest.mark.parametrize(
    ("field", "value"),
    [("lr", 0.02), ("init_scale", 3.0), ("depth", 11), ("n_steps", 10_000), ("activation", "gelu"),
     ("seed", -1)],
)  # fmt: skip
def test_bad_settings_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        Settings(**{field: value})


def test_the_table_has_every_number():
    trace = run(SMALL)
    table = findings.table(trace)
    n_cells, n_curves = len(NORMS) * len(SCALES) * len(RATES), 2 * curves.N_STARTS * curves.N_LOOKS
    assert len(table["value"]) == n_cells + 2 * draws.N_DRAWS + n_curves + 2 * len(SCALES)
    np.testing.assert_array_equal(table["value"][:n_cells], trace.grid.loss.ravel())
    assert not np.isinf(np.array(table["value"], float)).any()


def test_sentences_have_the_counts_of_the_trace():
    trace = run(SMALL)
    n = trace.grid.n_trained
    sentence = findings.takeaway(trace, "grid")
    assert f"**{n['none']}** train without norm and **{n['bn']}** with BN" in sentence
    sentence = findings.takeaway(trace, "parts")
    assert f"**{n['mean-only']}** with centring alone" in sentence
    assert f"**{n['std-only']}** with dividing alone" in sentence
    below = (trace.draws.loss < 0.5).sum(-1)
    assert f"**{below[0]}** train without norm and **{below[1]}**" in findings.takeaway(
        trace, "draws"
    )


def test_the_corner_says_slower_faster_or_level_as_the_medians_are():
    trace = run(SMALL)

    def told(none, bn):
        loss = np.stack([np.full((11, 6), none), np.full((11, 6), bn)])
        return findings.takeaway(
            replace(trace, curves=replace(trace.curves, loss=loss, n_diverged=(0, 0))), "corner"
        )

    assert "**slower**" in told(0.5, 1.0)
    assert "**faster**" in told(1.0, 0.5)
    assert "level" in told(1.0, 1.02)
    assert "starts diverge" in told(np.nan, 0.5)
