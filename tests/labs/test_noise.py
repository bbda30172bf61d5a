"""The lab on batch size and noise: its numbers against the core, PyTorch and brute force."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from bnviz.core import functional as F
from bnviz.core.losses import cross_entropy
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.figures.noise import charts
from bnviz.labs.noise import (
    LESSON,
    Experiment,
    Settings,
    draws,
    factor,
    findings,
    follow,
    gradient,
    influence,
    law,
    networks,
    run,
)
from bnviz.settings import from_query, to_query

TORCH = {"rtol": 0, "atol": 1e-5}
FORGET = (
    networks.trained, networks.layer_normed, networks.population, law._measure, law._curves,
    follow._strips, influence._logits, factor._normalized, gradient.squares,
)  # fmt: skip
SMALL = Settings(batch_size=4)


CORNERS = [
    Settings(batch_size=2, sample=32, unit=63, norm="ln", dropout=0.9, replacement=False),
    Settings(batch_size=256, sample=32, norm="eval", replacement=False, dropout=0.9),
    Settings(batch_size=3),
    Settings(batch_size=100, replacement=False),
]


# The contract of a lab


def test_the_same_settings_give_the_same_bytes():
    first = pickle.dumps(run(SMALL))
    for part in FORGET:
        part.cache_clear()
    assert pickle.dumps(run(SMALL)) == first


def test_a_run_in_pieces_is_the_run():
    experiment = Experiment(SMALL)
    while not experiment.finished:
        assert experiment.trace() is None
        experiment.advance()
    assert pickle.dumps(experiment.trace()) == pickle.dumps(run(SMALL))


def test_pieces_are_all_there_is_to_do():
    """What `run` finds done already is what takes time: else a reader waits behind another."""
    for part in FORGET:
        part.cache_clear()
    experiment = Experiment(SMALL)
    for _ in range(8):
        experiment.advance()
    before = {part: part.cache_info().misses for part in FORGET}
    experiment.advance()
    assert experiment.finished
    after = {part: part.cache_info().misses for part in FORGET}
    quick = {follow._strips}
    assert {part for part in FORGET if after[part] > before[part]} <= quick


@pytest.mark.parametrize("settings", CORNERS)
def test_every_corner_has_words_numbers_and_charts(settings):
    trace = run(settings)
    assert trace.steps.tolist() == [0]
    assert trace.n_steps == 0
    for view in LESSON.views:
        words = findings.takeaway(trace, view)
        assert words.endswith(".")
        for text in (words, findings.formula(trace, view)):
            assert "nan" not in text
            assert "inf" not in text
        assert len(charts(trace, view)) == 2
    columns = findings.table(trace)
    assert {len(column) for column in columns.values()} == {len(trace.law.sizes)}
    assert len(pickle.dumps(trace)) < 100_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batch_size", 1),
        ("batch_size", 512),
        ("sample", 0),
        ("sample", 33),
        ("unit", 64),
        ("norm", "bn"),
        ("dropout", 0.0),
        ("dropout", 1.0),
        ("dropout", float("nan")),
        ("replacement", "yes"),
        ("seed", 100),
    ],
)
def test_bad_values_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        Settings(**{name: value})


def test_a_link_brings_everything_back():
    settings = Settings(
        batch_size=8, replacement=False, sample=3, norm="ln", dropout=0.5, unit=9, seed=4
    )
    assert from_query(Settings, to_query(settings, "noise"), "noise") == (settings, [])


# Draws


def test_batches_without_replacement_are_an_epoch_cut_into_pieces():
    rows = draws.batches(10, 4, 5, replacement=False, rng=draws.stream(0, 0))
    assert rows.shape == (5, 4)
    assert len(np.unique(rows[:2])) == 8
    assert len(np.unique(rows[2:4])) == 8
    assert rows.min() >= 0
    assert rows.max() < 10


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("image", [0, 4, 9])
def test_a_batch_with_an_image_has_it_once_and_all_others_can_come(image, replacement):
    rng = draws.stream(0, 1)
    rows = draws.batches_with(image, 10, 5, 200, replacement=replacement, rng=rng)
    assert (rows[:, 0] == image).all()
    assert set(np.unique(rows[:, 1:])) == set(range(10)) - {image}
    if not replacement:
        assert all(len(set(row)) == 5 for row in rows.tolist())


# The networks


def test_all_three_networks_have_learned():
    split = networks.digits()
    for norm in (networks.BN, networks.PLAIN):
        network = networks.trained(norm, 0)
        running = network.running_stats if norm == networks.BN else None
        done = forward(network.spec, network.parameters, split.x_test, running_stats=running)
        assert loss_and_accuracy(done.logits, split.y_test)[1] > 0.9
    logits = networks.layer_normed(0)(split.x_test)
    assert loss_and_accuracy(logits, split.y_test)[1] > 0.9


@pytest.mark.checks(
    "training with layer norm: weights after 100 steps", how="PyTorch", tolerance="absolute 1e-4"
)
def test_the_network_with_layer_norm_is_that_of_pytorch(pytorch):
    torch, split = pytorch, networks.digits()
    spec = networks._spec(networks.BN)
    layers = []
    for weight in networks._start(spec, 0):
        last = weight.shape[1] == spec.n_classes
        linear = torch.nn.Linear(*weight.shape, bias=last)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weight.T.copy()))
            if last:
                linear.bias.zero_()
        layers += [linear] if last else [linear, torch.nn.LayerNorm(64), torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(net.parameters(), lr=networks.LR)
    x, y = torch.tensor(split.x_train.copy()), torch.tensor(split.y_train.copy())
    order = networks.batch_order(len(x), networks.BATCH_SIZE, networks.N_STEPS, 0)
    for batch in torch.tensor(order):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    ours = networks.layer_normed(0).parameters()
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(ours[name], parameter.detach().numpy(), rtol=0, atol=1e-4)


# The views, each against another way to compute it


def test_the_noise_of_the_mean_is_that_of_batches_one_by_one():
    values = networks.population(0)[:, 5]
    z = (values - values.mean()) / values.std()
    rows = z[draws.batches(len(z), 1024, 300, replacement=True, rng=draws.stream(0, draws.LAW))]
    found = law.measure(5, 8, replacement=True, seed=0)
    batches = rows.reshape(-1, 8)
    at = found.at(8)
    np.testing.assert_allclose(found.mean_noise[at], np.sqrt((batches.mean(1) ** 2).mean()))
    variances = batches.var(1)
    np.testing.assert_allclose(found.var_noise[at], variances.std() / variances.mean())
    np.testing.assert_allclose(found.var_mean[at], variances.mean())


def test_a_followed_image_has_the_output_of_batch_norm():
    settings = Settings(batch_size=16, sample=4, unit=2)
    found = follow.follow(settings)
    assert found.image == follow.order(0)[3]
    assert found.label == networks.digits().y_train[found.image]
    values, rng = networks.population(0)[:, 2], draws.stream(0, draws.SAMPLE)
    for row, size in zip(found.x_hat[:3], found.sizes[:3], strict=True):
        for dot, batch in zip(
            row,
            draws.batches_with(found.image, 1437, size, 120, replacement=True, rng=rng),
            strict=True,
        ):
            y, _ = F.batch_norm(values[batch][:, None])
            assert dot == pytest.approx(y[0, 0], rel=1e-9)
    y, _ = F.batch_norm(values[:, None])
    assert found.fixed == pytest.approx(y[found.image, 0], rel=1e-9)
    assert found.counts.sum() == follow.N_BATCHES


@pytest.mark.checks("influence of a replaced sample", how="PyTorch, float32", tolerance=TORCH)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_the_influence_is_that_of_pytorch(pytorch, mode):
    torch, network = pytorch, networks.trained(networks.BN, 0)
    layers, p = [], network.parameters
    for layer, weight in enumerate(p.weights):
        linear = torch.nn.Linear(*weight.shape, bias=p.biases[layer] is not None)
        linear.weight.data = torch.tensor(weight.T.copy())
        layers.append(linear)
        if p.biases[layer] is not None:
            linear.bias.data = torch.tensor(p.biases[layer].copy())
            continue
        norm = torch.nn.BatchNorm1d(64, momentum=0.0)
        norm.weight.data = torch.tensor(p.gamma[layer].copy())
        norm.bias.data = torch.tensor(p.beta[layer].copy())
        norm.running_mean.copy_(torch.tensor(network.running_stats[0, layer]))
        norm.running_var.copy_(torch.tensor(network.running_stats[1, layer]))
        layers += [norm, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers).train(mode == "train")
    found = influence.influence(replace(SMALL, batch_size=8, norm=mode))
    images, x = follow.order(0), networks.digits().x_train
    with torch.no_grad():
        before = net(torch.tensor(x[images[:8]])).numpy()
        for j in range(8):
            batch = x[images[:8]]
            batch[j] = x[images[influence.LARGEST + j]]
            moved = np.linalg.norm(net(torch.tensor(batch)).numpy() - before, axis=1)
            moved[j] = np.nan
            np.testing.assert_allclose(found.moved[mode][j], moved, **TORCH)


def test_the_replaced_sample_is_the_last_one_of_a_smaller_batch():
    found = influence.influence(Settings(batch_size=4, sample=32))
    assert found.replaced == 4
    assert np.isnan(found.before[3])
    assert np.isfinite(found.before[:3]).all()


def test_flips_and_distances_count_the_others_alone():
    for seed in range(4):
        settings = Settings(batch_size=64, sample=6, seed=seed)
        logits = influence._logits("train", 64, seed)
        others = np.delete(np.arange(64), 5)
        moved = logits[6] - logits[0]
        found = influence.influence(settings)
        flips = logits[6].argmax(1)[others] != logits[0].argmax(1)[others]
        assert found.n_flips == flips.sum()
        assert found.others_moved == pytest.approx(np.linalg.norm(moved[others], axis=1).mean())


def test_the_factor_is_the_output_over_that_with_the_statistics_of_all():
    settings = Settings(batch_size=16, unit=60)
    found = factor.factor(settings)
    units = [60, 61, 62, 63, *range(12)]
    assert found.units.tolist() == units
    values = networks.population(0)[:, units]
    rng = draws.stream(0, draws.FACTOR)
    rows = draws.batches_with(found.image, 1437, 16, 1000, replacement=True, rng=rng)
    y = np.array([F.batch_norm(values[row])[0][0] for row in rows])
    ratio = y[:, 0] / found.fixed
    assert found.fixed == pytest.approx(1, abs=0.02)
    assert found.mean == pytest.approx(ratio.mean(), rel=1e-9)
    assert found.std == pytest.approx(ratio.std(), rel=1e-9)
    np.testing.assert_allclose(found.correlation, np.corrcoef(y.T), atol=1e-9)


@pytest.mark.parametrize("norm", [networks.BN, networks.PLAIN])
def test_the_gradients_side_by_side_are_those_of_batches_one_by_one(norm):
    network, split = networks.trained(norm, 0), networks.digits()
    rows = np.random.default_rng(0).integers(1437, size=(5, 16))
    squares = []
    for row in rows:
        done = forward(network.spec, network.parameters, split.x_train[row])
        _, dlogits = cross_entropy(done.logits, split.y_train[row])
        one = backward(network.spec, network.parameters, done, dlogits)
        squares.append(float((one.flat.astype(float) ** 2).sum()))
    assert gradient._mean_square(network, rows) == pytest.approx(np.mean(squares), rel=1e-5)


def test_the_fit_finds_a_law_that_holds():
    left = 1 / np.array(gradient.SIZES)
    assert gradient._fitted(0.3 + 7.0 * left, 0.3, left) == pytest.approx(7.0)
