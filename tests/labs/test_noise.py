"""The lab on batch size and noise: its numbers against the core, PyTorch and brute force."""

import numpy as np
import pytest

from bnviz.core import data
from bnviz.core import functional as F
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.core.train.batches import batch_order
from bnviz.labs.arm import Arm, finish
from bnviz.labs.noise import LAB, Settings, draws, gradient, influence, networks, sample
from tests.told import check_told

TORCH = {"rtol": 0, "atol": 1e-5}
DIGITS = data.load("digits")


def measured(view, **settings):
    return LAB.run(view, Settings(**settings)).found


def trained(norm):
    """Give a network of the lab, trained from seed 0."""
    return finish(Arm(networks.trained, (norm, 0)))


def population():
    """Give what the first batch norm of the network of seed 0 normalizes."""
    return finish(Arm(networks.population, (0,)))


def layer_normed():
    """Give the network with layer norm, trained from seed 0."""
    return finish(Arm(networks.layer_normed, (0,)))


@pytest.mark.parametrize("view", [view.name for view in LAB.views])
@pytest.mark.parametrize(
    "settings",
    [
        Settings(batch_size=2, sample=32, unit=63, norm="ln", dropout=0.9, replacement=False),
        Settings(batch_size=256, sample=32, norm="eval", replacement=False, dropout=0.9),
        Settings(batch_size=3),
        Settings(batch_size=100, replacement=False),
    ],
)
def test_every_corner_can_be_told(settings, view):
    shown = LAB.view(view)
    check_told(shown, shown.run(settings))


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
    split = DIGITS
    for norm in (networks.BN, networks.PLAIN):
        network = trained(norm)
        running = network.running_stats if norm == networks.BN else None
        done = forward(network.spec, network.parameters, split.x_test, running_stats=running)
        assert loss_and_accuracy(done.logits, split.y_test)[1] > 0.9
    logits = layer_normed()(split.x_test)
    assert loss_and_accuracy(logits, split.y_test)[1] > 0.9


@pytest.mark.checks(
    "training with layer norm: weights after 100 steps", how="PyTorch", tolerance="absolute 1e-4"
)
def test_the_network_with_layer_norm_is_that_of_pytorch(pytorch):
    torch, split = pytorch, DIGITS
    spec = networks.spec(networks.BN)
    layers = []
    for weight in mlp_weights(spec.sizes, spec.activation, seed=0):
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
    order = batch_order(len(x), networks.BATCH_SIZE, networks.N_STEPS, 0)
    for batch in torch.tensor(order):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
        optimizer.step()
    ours = layer_normed().parameters()
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(ours[name], parameter.detach().numpy(), rtol=0, atol=1e-4)


# The views, each against another way to compute it


def test_the_noise_of_the_mean_is_that_of_batches_one_by_one():
    values = population()[:, 5]
    z = (values - values.mean()) / values.std()
    rows = z[draws.batches(len(z), 1024, 300, replacement=True, rng=draws.stream(0, draws.LAW))]
    found = measured("law", unit=5, batch_size=8)
    batches = rows.reshape(-1, 8)
    at = found.at(8)
    np.testing.assert_allclose(found.mean_noise[at], np.sqrt((batches.mean(1) ** 2).mean()))
    variances = batches.var(1)
    np.testing.assert_allclose(found.var_noise[at], variances.std() / variances.mean())
    np.testing.assert_allclose(found.var_mean[at], variances.mean())


def test_a_followed_image_has_the_output_of_batch_norm():
    found = measured("sample", batch_size=16, sample=4, unit=2)
    assert found.image == draws.order(0)[3]  # the controls count samples from 1
    assert found.label == DIGITS.y_train[found.image]
    values, rng = population()[:, 2], draws.stream(0, draws.SAMPLE)
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
    assert found.counts.sum() == sample.N_BATCHES


@pytest.mark.checks("influence of a replaced sample", how="PyTorch, float32", tolerance=TORCH)
@pytest.mark.parametrize("mode", ["train", "eval"])
def test_the_influence_is_that_of_pytorch(pytorch, mode):
    torch, network = pytorch, trained(networks.BN)
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
    found = measured("influence", batch_size=8, norm=mode)
    images, x = draws.order(0), DIGITS.x_train
    with torch.no_grad():
        before = net(torch.tensor(x[images[:8]])).numpy()
        for j in range(8):
            batch = x[images[:8]]
            batch[j] = x[images[influence.LARGEST + j]]
            moved = np.linalg.norm(net(torch.tensor(batch)).numpy() - before, axis=1)
            moved[j] = np.nan
            np.testing.assert_allclose(found.moved[mode][j], moved, **TORCH)


def test_the_replaced_sample_is_the_last_one_of_a_smaller_batch():
    found = measured("influence", batch_size=4, sample=32)
    assert found.replaced == 4
    assert np.isnan(found.before[3])
    assert np.isfinite(found.before[:3]).all()


def test_flips_and_distances_count_the_others_alone():
    for seed in range(4):
        logits = finish(Arm(influence.outputs, ("train", 64, seed)))
        others = np.delete(np.arange(64), 5)
        moved = logits[6] - logits[0]
        found = measured("influence", batch_size=64, sample=6, seed=seed)
        flips = logits[6].argmax(1)[others] != logits[0].argmax(1)[others]
        assert found.n_flips == flips.sum()
        assert found.others_moved == pytest.approx(np.linalg.norm(moved[others], axis=1).mean())


def test_the_factor_is_the_output_over_that_with_the_statistics_of_all():
    found = measured("dropout", batch_size=16, unit=60)
    units = [60, 61, 62, 63, *range(12)]
    assert found.units.tolist() == units
    values = population()[:, units]
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
    network, split = trained(norm), DIGITS
    rows = np.random.default_rng(0).integers(1437, size=(5, 16))
    squares = []
    for row in rows:
        done = forward(network.spec, network.parameters, split.x_train[row])
        _, dlogits = cross_entropy(done.logits, split.y_train[row])
        one = backward(network.spec, network.parameters, done, dlogits)
        squares.append(float((one.flat.astype(float) ** 2).sum()))
    assert gradient.mean_square(network, rows) == pytest.approx(np.mean(squares), rel=1e-5)


def test_the_fit_finds_a_law_that_holds():
    left = 1 / np.array(gradient.SIZES)
    assert gradient._fitted(0.3 + 7.0 * left, 0.3, left) == pytest.approx(7.0)
