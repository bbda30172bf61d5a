"""The numbers of the demonstrations, made again in PyTorch, in float64."""

import copy

import numpy as np
import pytest

from bnviz.core import data
from bnviz.labs.arm import Arm, finish
from bnviz.labs.doctor import DEMONSTRATIONS, Settings, batches, buffers, folding, layer, modes
from bnviz.labs.doctor.network import MOMENTUM, training_images
from bnviz.labs.train_eval.convention import PYTORCH
from bnviz.labs.train_eval.training import held_out, kept
from bnviz.reference.modules import network_class
from bnviz.reference.network import named
from tests.train_eval import network

N, SEED = 8, 3


def shown(name):
    """Give the numbers of a demonstration, shape (cases, quantities)."""
    (view,) = (v for views in DEMONSTRATIONS.values() for v in views if v.name == name)
    return np.array([c.values for c in view.run(Settings(batch_size=N, seed=SEED)).found.cases])


@pytest.fixture
def draws():
    """Give the numbers that a demonstration of one layer draws."""
    return np.random.default_rng(SEED)


@pytest.fixture
def tensor(pytorch):
    return lambda values: pytorch.tensor(np.asarray(values), dtype=pytorch.float64)


@pytest.fixture
def net(tensor):
    """Give the trained network, with its running statistics, in PyTorch."""
    ours = network(N, SEED)
    twin = network_class()(ours.spec).double()
    running = kept(ours, PYTORCH)
    values = dict(named(ours.spec, ours.parameters))
    for k in range(ours.spec.depth):
        values |= {
            f"norms.{k}.running_mean": running[0, k],
            f"norms.{k}.running_var": running[1, k],
        }
    state = twin.state_dict()
    for name, value in values.items():
        state[name].copy_(tensor(value))
    return twin


def evaluated(pytorch, tensor, net, x=None):
    """Give loss and accuracy on the held-out images, in the modes as they are."""
    images, labels = held_out()
    with pytorch.no_grad():
        logits = net(tensor(images if x is None else x))
        loss = pytorch.nn.functional.cross_entropy(logits, pytorch.tensor(labels))
    return float(loss), float((logits.argmax(-1).numpy() == labels).mean())


def passed(pytorch, tensor, net, x_MD):
    """Send batches through a network in train mode, without gradients."""
    net.train()
    with pytorch.no_grad():
        for first in range(0, len(x_MD), N):
            net(tensor(x_MD[first : first + N]))
    return net.eval()


def close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)


def test_validation_in_train_mode_moves_a_frozen_network(pytorch, tensor, net):
    before, broken, repaired = shown("updates_while_frozen")
    close(before, evaluated(pytorch, tensor, net.eval()))
    close(repaired, before)
    passed(pytorch, tensor, net, training_images(modes.N_VALIDATION, N) + modes.BRIGHTER)
    close(broken, evaluated(pytorch, tensor, net))


def test_one_layer_in_train_mode_uses_its_batch(pytorch, tensor, net):
    images, labels = held_out()
    net.eval()
    net.norms[0].train()
    with pytorch.no_grad():
        logits = pytorch.cat([net(tensor(x)) for x in np.split(images, len(images) // N)])
    loss = pytorch.nn.functional.cross_entropy(logits, pytorch.tensor(labels))
    close(shown("mixed_modes")[1], (float(loss), (logits.argmax(-1).numpy() == labels).mean()))


def test_statistics_of_a_new_layer_under_trained_weights(pytorch, tensor, net):
    for norm in net.norms:
        norm.reset_running_stats()
    close(shown("never_updated")[1], evaluated(pytorch, tensor, net.eval()))


def test_one_infinite_pixel_ends_eval_mode_and_good_batches_do_not_bring_it_back(
    pytorch, tensor, net
):
    x = training_images(1, N)
    x[0, 20] = np.inf
    good = training_images(buffers.N_GOOD, N)

    def counted():
        bad = [~(n.running_mean.isfinite() & n.running_var.isfinite()) for n in net.norms]
        _, accuracy = evaluated(pytorch, tensor, net)
        return accuracy, int(sum(b.sum() for b in bad))

    net.eval()
    found = [counted()]
    passed(pytorch, tensor, net, x)
    found.append(counted())
    passed(pytorch, tensor, net, good)
    found.append(counted())
    for norm in net.norms:
        norm.reset_running_stats()
    passed(pytorch, tensor, net, good)
    found.append(counted())
    close(shown("non_finite"), found)


def test_frozen_statistics_and_those_measured_first_when_it_is_fine_tuned(pytorch, tensor, net):
    pale, test = batches.CONTRAST * batches.digits(), batches.CONTRAST * held_out()[0]
    labels = pytorch.tensor(data.load("digits").y_train)
    order = batches.batch_order(len(pale), N, batches.N_TUNING, SEED)
    before, *wanted = shown("frozen_mismatch")
    close(before, evaluated(pytorch, tensor, net.eval(), test))
    for one, measured in zip(wanted, (False, True), strict=True):
        tuned = copy.deepcopy(net)
        if measured:
            biased = batches.adapted(network(N, SEED), pale[: batches.N_TEST])
            for norm, mean, var in zip(tuned.norms, *biased, strict=True):
                norm.running_mean.copy_(tensor(mean))
                norm.running_var.copy_(tensor(var))
        optimizer = pytorch.optim.SGD(tuned.eval().parameters(), lr=batches.LR)
        for places in order:
            optimizer.zero_grad()
            logits = tuned(tensor(pale[places]))
            pytorch.nn.functional.cross_entropy(logits, labels[places]).backward()
            optimizer.step()
        close(one, evaluated(pytorch, tensor, tuned, test))


def test_checkpointing_updates_twice_and_a_smaller_momentum_makes_one_of_two(
    pytorch, tensor, draws
):
    x = tensor(draws.normal(3.0, 1.5, (N, 4))).requires_grad_()
    once, twice, mended = (
        pytorch.nn.BatchNorm1d(4, momentum=m).double()
        for m in (MOMENTUM, MOMENTUM, buffers.HALF_MOMENTUM)
    )
    once(x).sum().backward()
    for norm in (twice, mended):
        pytorch.utils.checkpoint.checkpoint(norm, x, use_reentrant=False).sum().backward()
        assert int(norm.num_batches_tracked) == 2
    for name in ("running_mean", "running_var"):
        close(getattr(mended, name), getattr(once, name))
    weight = (twice.running_mean / x.mean(0)).detach().numpy()
    found = shown("double_update")
    close(weight, found[1, 0])
    close(found[0], found[2])


def test_five_batches_of_mean_10_under_no_grad(pytorch, tensor, draws):
    norm = pytorch.nn.BatchNorm1d(1).double()
    values = [draws.normal(size=(modes.N_VALUES, 1)) for _ in range(modes.N_TRAINING)]
    values += [draws.normal(modes.FAR, 1.0, (modes.N_VALUES, 1)) for _ in range(5)]
    before, broken, repaired = shown("one_layer_moves")
    with pytorch.no_grad():
        for k, x in enumerate(values):
            if k == modes.N_TRAINING:
                close(before[0], norm.running_mean[0])
            norm(tensor(x))
        close(broken, [norm.running_mean[0], norm.eval()(tensor([[0.0]]))[0, 0]])
    close(repaired, before)
    assert broken[0] - before[0] == pytest.approx((1 - 0.9**5) * (10 - before[0]), abs=0.3)


def test_two_domains_in_one_layer(pytorch, tensor, draws):
    norm = pytorch.nn.BatchNorm1d(1).double()
    for _ in range(batches.N_PAIRS):
        norm(tensor(draws.normal(0.0, 1.0, (batches.N_DOMAIN, 1))))
        norm(tensor(draws.normal(batches.FAR, 1.0, (batches.N_DOMAIN, 1))))
    test = norm.eval()(tensor(draws.normal(0.0, 1.0, (batches.N_KIND, 1))))
    running, in_training, in_eval = shown("shared_layer")[0]
    close([running, in_eval], [norm.running_mean[0].item(), test.mean().item()])
    assert in_training == pytest.approx(0, abs=1e-12)
    assert running == pytest.approx(10 / 1.9, abs=0.25)


def test_real_and_generated_samples(pytorch, tensor, draws):
    real = tensor(draws.normal(0.0, 1.0, (batches.N_KIND, 1)))
    made = tensor(draws.normal(batches.APART, 1.0, (batches.N_KIND, 1)))
    found = []
    for together in (False, True):
        norm = pytorch.nn.BatchNorm1d(1, momentum=None).double()
        seen = norm(pytorch.cat([real, made])).chunk(2) if together else (norm(real), norm(made))
        norm.eval()
        found.append([float((b - a).mean().detach()) for a, b in (seen, (norm(real), norm(made)))])
    # Batches of their own: momentum None keeps the mean of their variances.
    close(shown("real_and_generated"), found)


def test_accumulation_and_processes(pytorch, tensor, draws):
    x, dy = (draws.normal(size=(batches.N_WHOLE, batches.N_CHANNELS)) for _ in range(2))

    def through(parts, of=pytorch.nn.functional.batch_norm):
        values = tensor(x).requires_grad_()
        how = {"training": True} if of is pytorch.nn.functional.batch_norm else {}
        rest = (None, None) if how else ((batches.N_CHANNELS,),)
        y = pytorch.cat([of(part, *rest, **how) for part in values.chunk(parts)])
        y.backward(tensor(dy))
        return y.detach().numpy(), values.grad.numpy()

    y, dx = through(1)
    close(shown("accumulation")[1, 0], batches.off(through(2)[1], dx))
    close(shown("accumulation")[2, 0], batches.off(through(2)[1], dx))
    layer_norm = pytorch.nn.functional.layer_norm
    close(through(2, layer_norm)[1], through(1, layer_norm)[1])
    alone = through(4)
    close(shown("unsynchronized")[1], [batches.off(alone[0], y), batches.off(alone[1], dx)])


def test_update_bn_on_uneven_batches(pytorch, tensor, draws):
    values = [tensor(draws.normal(mean, 1.0, (n, 1))) for mean, n in buffers.UNEVEN]
    norm = pytorch.nn.BatchNorm1d(1).double()
    pytorch.optim.swa_utils.update_bn(values, norm)
    broken, repaired = shown("uneven_batches")
    close(broken, [norm.running_mean[0], norm.running_var[0]])
    everything = pytorch.cat(values)
    close(repaired, [everything.mean(), everything.var(unbiased=False)])


def test_averaged_weights_with_three_kinds_of_buffers(pytorch, tensor, net):
    last, mean = finish(Arm(buffers.averaged, (N, SEED)))
    state = net.state_dict()
    for name, value in named(mean.spec, mean.parameters).items():
        state[name].copy_(tensor(value))
    _, new, of_last, _ = shown("averaged_weights")
    close(of_last, evaluated(pytorch, tensor, net.eval()))
    for norm in net.norms:
        norm.reset_running_stats()
    close(new, evaluated(pytorch, tensor, net))
    assert not np.array_equal(last.flat, mean.flat)


def test_small_features_and_large_ones(pytorch, tensor, draws):
    x = draws.normal(size=(layer.N, layer.C))
    close(
        shown("epsilon_dominates")[:, 0],
        [
            pytorch.nn.functional.batch_norm(tensor(v), None, None, training=True, eps=eps)
            .std(0, unbiased=False)
            .mean()
            for v, eps in ((x, 1e-5), (1e-3 * x, 1e-5), (1e-3 * x, 1e-10), (x, 1e-5))
        ],
    )
    half = pytorch.tensor(layer.LARGE_STD * x[:, 0], dtype=pytorch.float16)
    assert half.isfinite().all()
    assert half.var(unbiased=False).isinf()
    assert half.float().var(unbiased=False).isfinite()


def test_a_bias_before_the_norm(pytorch, tensor, draws):
    x, weight = tensor(draws.normal(size=(32, layer.C))), tensor(draws.normal(size=(layer.C,) * 2))
    norm = pytorch.nn.BatchNorm1d(layer.C, momentum=None).double()
    z = x @ weight.T
    y, tested_ = norm(z), norm.eval()(z)
    moved = (norm(z + 1) - tested_).abs().max()
    still = (norm.train()(z + 1) - y).abs().max()
    close(shown("useless_bias")[0], [still.detach(), moved.detach()])


def test_dropout_before_the_norm_by_the_formula():
    assert shown("dropout_before_norm")[1, 0] == pytest.approx(0.406, abs=0.01)


def test_folding_before_a_padded_convolution(pytorch):
    norm, conv = pytorch.nn.BatchNorm2d(1).double().eval(), pytorch.nn.Conv2d(1, 1, 3, padding=1)
    conv = conv.double()
    with pytorch.no_grad():
        norm.running_mean.fill_(folding.RUNNING_MEAN)
        conv.weight.fill_(1.0)
        conv.bias.zero_()
        row = conv(norm(pytorch.zeros(1, 1, 4, 4).double()))[0, 0, :2, :2].flatten()
    before, broken, repaired = shown("padded_convolution")
    close(before, row[[0, 1, 3]])
    close(repaired, before)
    np.testing.assert_allclose(before, [20, 30, 45], atol=1e-3)
    np.testing.assert_allclose(broken, 45, atol=1e-3)


def test_folding_into_a_transposed_convolution_in_groups(pytorch, tensor):
    of = folding.random_layer(SEED)
    norm = pytorch.nn.BatchNorm2d(folding.N_CHANNELS, eps=1e-12).double().eval()
    norm.weight.data.copy_(tensor(of.k))
    norm.bias.data.copy_(tensor(of.shift))
    x, weights = tensor(of.x), (of.weight, folding.by_inputs(of), folding.by_outputs(of))
    plain, wrong, right = (
        pytorch.nn.functional.conv_transpose2d(x, tensor(w), groups=folding.N_GROUPS)
        for w in weights
    )
    close(folding.transposed(of.x, of.weight, folding.N_GROUPS), plain)
    shift = tensor(of.shift)[:, None, None]
    wanted = norm(plain).detach()
    np.testing.assert_allclose(right + shift, wanted, atol=1e-8)
    close(shown("transposed_convolution")[0, 0], (wrong + shift - wanted).abs().max())
