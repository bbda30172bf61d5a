"""What a check-up measures, against PyTorch's own numbers."""

import copy
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils import checkpoint
from torch.utils.data import DataLoader, TensorDataset

from bnviz.doctor.measure import measure

torch.set_num_threads(1)


def data(*shape, n_batches=4, n=8, seed=0, classes=3):
    """Return batches of x and y; each batch has a mean of its own only by chance."""
    g = torch.Generator().manual_seed(seed)
    return [
        (torch.randn(n, *shape, generator=g) * 2 + 1, torch.randint(classes, (n,), generator=g))
        for _ in range(n_batches)
    ]


class Net(nn.Module):
    """A convolution, a skip and a head."""

    def __init__(self, norm=nn.BatchNorm2d):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 4, 3, padding=1), norm(4)
        self.conv2, self.bn2 = nn.Conv2d(4, 4, 3, padding=1, bias=False), norm(4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        return self.head(functional.relu(h + self.bn2(self.conv2(h))).mean((2, 3)))


@pytest.fixture(scope="module")
def conv():
    """Return a trained-looking network, its batches and the record of them."""
    torch.manual_seed(1)
    net, batches = Net(), data(3, 5, 5)
    for x, _ in batches:
        net(x)
    evaluation = data(3, 5, 5, n_batches=2, seed=5)
    return net, batches, evaluation, measure(net, batches, eval_loader=evaluation)


def inputs_of(net, name, batches, mode):
    """Return what a layer gets in each batch, as PyTorch runs it, each of shape (C, values)."""
    net, seen = copy.deepcopy(net), []
    getattr(net, mode)()
    net.get_submodule(name).register_forward_pre_hook(lambda _m, x: seen.append(x[0]))
    with torch.no_grad():
        for x, _ in batches:
            net(x)
    return [x.double().transpose(0, 1).flatten(1) for x in seen]


@pytest.mark.parametrize("index", [0, 1])
def test_precise_statistics_are_those_of_all_values(conv, index):
    net, batches, evaluation, record = conv
    layer = record.layers[index]
    # The network has no dropout, so training mode is what mode "batch" imitates.
    parts = inputs_of(net, layer.name, batches, "train")
    whole = torch.cat(parts, 1)
    np.testing.assert_allclose(layer.mean, whole.mean(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.var, whole.var(1, correction=0), rtol=1e-5)
    within = torch.stack([p.var(1, correction=0) for p in parts]).mean(0)
    np.testing.assert_allclose(layer.within_var, within, rtol=1e-5)
    means = torch.stack([p.mean(1) for p in parts])
    shifts = (((means - whole.mean(1)) / whole.std(1, correction=0)) ** 2).mean(1).sqrt()
    np.testing.assert_allclose(layer.batch_shift, shifts, rtol=1e-4)
    assert layer.n_values == whole.shape[1]
    assert layer.values_per_batch == (8 * 5 * 5,) * 4
    assert layer.trained_mean is None
    other = torch.cat(inputs_of(net, layer.name, evaluation, "train"), 1)
    np.testing.assert_allclose(layer.eval_mean, other.mean(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(layer.eval_var, other.var(1, correction=0), rtol=1e-5)


def test_running_statistics_are_compared_as_handed_over(conv):
    net, _, _, record = conv
    layer = record.layers[0]
    np.testing.assert_array_equal(layer.running_mean, net.bn1.running_mean.double())
    away = net.bn1.running_mean.double().numpy() - layer.mean
    expected = away / np.sqrt(layer.var + net.bn1.eps)
    np.testing.assert_allclose(layer.mean_distance, expected)
    ratio = np.log((layer.running_var + 1e-5) / (layer.var + 1e-5))
    np.testing.assert_allclose(layer.log_var_ratio, ratio)
    assert (layer.counter, layer.momentum, layer.training, layer.learns) == (4, 0.1, True, True)


def outcome_by_hand(net, batches):
    """Return loss and accuracy of a module as PyTorch gives them."""
    with torch.no_grad():
        out = torch.cat([net(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    return float(functional.cross_entropy(out, y)), float((out.argmax(1) == y).float().mean())


@pytest.mark.parametrize("which", ["train", "eval"])
@pytest.mark.parametrize("mode", ["train", "eval", "batch", "precise"])
def test_each_mode_gives_what_pytorch_gives(conv, mode, which):
    net, train, evaluation, record = conv
    if (mode, which) == ("train", "eval"):
        assert record.outcome(mode, which) is None
        return
    twin = copy.deepcopy(net).train(mode in ("train", "batch"))
    if mode == "precise":
        for layer in record.layers:
            module = twin.get_submodule(layer.name)
            module.running_mean.copy_(torch.tensor(layer.mean))
            module.running_var.copy_(torch.tensor(layer.var))
    expected = outcome_by_hand(twin, train if which == "train" else evaluation)
    found = record.outcome(mode, which)
    np.testing.assert_allclose((found.loss, found.accuracy), expected, rtol=1e-4)
    assert found.n_samples == (32 if which == "train" else 16)
    assert found.finite_share == 1.0


def test_gaps_are_distances_between_outputs(conv):
    net, batches, _, record = conv
    train, evaluated = copy.deepcopy(net).train(), copy.deepcopy(net).eval()
    with torch.no_grad():
        reference = torch.cat([train(x) for x, _ in batches]).double()
        other = torch.cat([evaluated(x) for x, _ in batches]).double()
    gap = (reference - other).square().mean().sqrt() / reference.std(correction=0)
    np.testing.assert_allclose(record.outcome("eval").gap, gap, rtol=1e-4)
    assert record.outcome("batch").gap == 0.0
    assert record.outcome("train").gap < 1e-5
    # The first layer gets the same input in both modes; the second one also its consequences.
    x = torch.cat(inputs_of(net, "bn1", batches, "train"), 1)
    assert record.layers[0].output_gap > 0.01 * x.std()
    assert record.batch_dependence < 1e-5


def test_scatter_is_one_for_random_samples_and_large_for_sorted_ones():
    torch.manual_seed(0)
    # Values of one sample depend on each other: each sample has a level of its own.
    levels = torch.randn(256, 1, 1, 1) * 3
    x = levels + torch.randn(256, 2, 4, 4)
    net = nn.BatchNorm2d(2)
    mixed = measure(net, list(x.split(16))).layers[0]
    order = levels.flatten().argsort()
    ordered = measure(net, list(x[order].split(16))).layers[0]
    assert mixed.scatter_dof == (15, 240)
    assert mixed.scatter.max() < 3
    assert ordered.scatter.min() > 50
    # By hand: analysis of variance of the means of the samples.
    means = x.double().mean((2, 3)).view(16, 16, 2)
    between = means.mean(1).var(0) * 16
    inside = means.var(1).mean(0)
    np.testing.assert_allclose(mixed.scatter, between / inside, rtol=1e-4)


def test_layer_without_running_statistics_depends_on_the_batch():
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, track_running_stats=False))
    record = measure(net.eval(), data(3))
    layer = record.layers[0]
    assert not layer.tracks
    assert layer.running_mean is None
    assert layer.counter is None
    assert layer.finite
    assert record.batch_dependence > 0.1
    assert record.outcome("eval").gap == 0.0


def test_dropout_shows_as_other_statistics_in_training():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 5), nn.BatchNorm1d(5))
    layer = measure(net, data(6, n=64, n_batches=8)).layers[0]
    assert layer.neighbours.dropout_before == 0.5
    assert np.median(layer.trained_var / layer.var) > 1.2
    again = measure(net, data(6, n=64, n_batches=8)).layers[0]
    np.testing.assert_array_equal(layer.trained_var, again.trained_var)


def test_layer_called_twice_has_the_statistics_of_each_call():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.bn = nn.BatchNorm1d(3)

        def forward(self, x):
            return self.bn(x) + self.bn(x + 10)

    batches = data(3)
    layer = measure(Twice(), batches).layers[0]
    x = torch.cat([x for x, _ in batches]).double()
    assert (layer.calls, layer.updates) == (2, 2)
    np.testing.assert_allclose(layer.call_means, torch.stack([x.mean(0), x.mean(0) + 10]), 1e-5)
    both = torch.cat([x, x + 10])
    np.testing.assert_allclose(layer.mean, both.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.var, both.var(0, correction=0), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad")
@pytest.mark.parametrize("reentrant", [False, True])
def test_checkpoint_moves_statistics_twice_in_a_step(reentrant):
    class Saving(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.bn = nn.Linear(3, 4), nn.BatchNorm1d(4)
            self.last = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))

        def forward(self, x):
            h = self.first(x)
            h = checkpoint.checkpoint(lambda t: torch.relu(self.bn(t)), h, use_reentrant=reentrant)
            return self.last(h)

    record = measure(Saving(), [x for x, _ in data(3)])
    assert [(layer.calls, layer.updates) for layer in record.layers] == [(1, 2), (1, 1)]


def test_instance_norm_pools_over_instances():
    batches = data(3, 6)
    net = nn.InstanceNorm1d(3, track_running_stats=True, momentum=None)
    layer = measure(net, batches).layers[0]
    x = torch.cat([x for x, _ in batches]).double()
    np.testing.assert_allclose(layer.mean, x.mean(2).mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.var, x.var(2).mean(0), rtol=1e-5)
    # What PyTorch itself would store of all instances in one step.
    own = nn.InstanceNorm1d(3, track_running_stats=True, momentum=1.0)
    own(x.float())
    np.testing.assert_allclose(layer.mean, own.running_mean, rtol=1e-4)
    np.testing.assert_allclose(layer.var, own.running_var, rtol=1e-4)
    assert layer.kind == "instance"
    assert set(layer.values_per_batch) == {6}


class FrozenBatchNorm2d(nn.Module):
    """Statistics and parameters as buffers, as libraries of detectors have it."""

    def __init__(self, channels):
        super().__init__()
        self.eps = 1e-5
        for name in ("weight", "running_var"):
            self.register_buffer(name, torch.ones(channels))
        for name in ("bias", "running_mean"):
            self.register_buffer(name, torch.zeros(channels))

    def forward(self, x):
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


@pytest.mark.parametrize(
    ("norm", "kind"),
    [
        (FrozenBatchNorm2d, "frozen"),
        (nn.SyncBatchNorm, "sync"),
        (nn.BatchNorm2d, "batch"),
        (type("Own", (nn.BatchNorm2d,), {}), "batch"),
        (lambda _: nn.LazyBatchNorm2d(), "batch"),
    ],
)
def test_kinds_are_known_and_precise_statistics_suit_all(norm, kind):
    torch.manual_seed(2)
    net, batches = Net(norm), data(3, 5, 5)
    net.eval()(batches[0][0])
    record = measure(net, batches)
    twin = Net()
    twin.load_state_dict(net.state_dict(), strict=False)
    expected = measure(twin.eval(), batches)
    assert [layer.kind for layer in record.layers] == [kind] * 2
    for mode in ("eval", "batch", "precise"):
        assert record.outcome(mode).loss == pytest.approx(expected.outcome(mode).loss, rel=1e-5)
    assert record.layers[1].mean == pytest.approx(expected.layers[1].mean, rel=1e-4, abs=1e-6)
    assert record.layers[0].learns == (kind != "frozen")
    assert record.layers[0].updates == (0 if kind == "frozen" else 1)


def test_modes_are_those_that_were_handed_over():
    net = Net()
    net.bn1.eval()
    batches = data(3, 5, 5)
    record = measure(net, batches)
    assert [layer.training for layer in record.layers] == [False, True]
    assert [layer.updates for layer in record.layers] == [0, 1]
    # In training mode bn1 stays frozen, so the second layer gets something else there.
    parts = torch.cat(inputs_of_frozen(net, batches), 1)
    np.testing.assert_allclose(record.layers[1].trained_mean, parts.mean(1), rtol=1e-4, atol=1e-6)
    assert record.outcome("train").gap > 0


def inputs_of_frozen(net, batches):
    """Return what the second layer gets while the first one is in evaluation mode."""
    net, seen = copy.deepcopy(net), []
    net.bn2.register_forward_pre_hook(lambda _m, x: seen.append(x[0]))
    with torch.no_grad():
        for x, _ in batches:
            net(x)
    return [x.double().transpose(0, 1).flatten(1) for x in seen]


def test_non_finite_channels_are_exchanged_and_no_other():
    net, batches = Net(), data(3, 5, 5)
    for x, _ in batches * 20:
        net(x)
    net.bn1.running_mean[1] = float("inf")
    net.bn1.running_var[1] = float("nan")
    record = measure(net, batches)
    assert record.layers[0].non_finite.tolist() == [False, True, False, False]
    assert not record.layers[0].finite
    assert np.isnan(record.outcome("eval").loss)
    assert record.outcome("eval").finite_share < 1
    twin = copy.deepcopy(net).eval()
    twin.bn1.running_mean[1] = record.layers[0].mean[1]
    twin.bn1.running_var[1] = record.layers[0].var[1]
    assert record.outcome("finite").loss == pytest.approx(outcome_by_hand(twin, batches)[0], 1e-5)
    assert record.layers[0].output_gap == float("inf")


def test_last_batch_of_one_is_told_and_survived():
    x, y = torch.randn(17, 3), torch.zeros(17, dtype=torch.long)
    loader = DataLoader(TensorDataset(x, y), 4)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    record = measure(net, loader)
    assert record.batch_sizes == (4, 4, 4, 4, 1)
    assert record.last_batch == 1
    assert record.layers[0].values_per_batch[-1] == 1
    assert len(record.refused) == 1
    assert record.outcome("train").n_samples == 16
    short = measure(net, loader, max_batches=3)
    assert (short.whole_epoch, short.last_batch, len(short.batch_sizes)) == (False, 1, 3)
    assert measure(net, DataLoader(TensorDataset(x, y), 4, drop_last=True)).last_batch == 4


def test_loader_that_shuffles_gives_both_rounds_the_same_batches():
    set_ = TensorDataset(*[torch.cat(parts) for parts in zip(*data(3), strict=True)])
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    for generator in (None, torch.Generator()):
        loader = DataLoader(set_, 8, shuffle=True, generator=generator)
        assert measure(net, loader).outcome("precise").gap is not None
    assert measure(net, iter(data(3))).outcome("precise").gap is not None

    class Other:
        seed = 0

        def __iter__(self):
            self.seed += 1
            return iter(data(3, seed=self.seed))

    assert measure(net, Other()).outcome("precise").gap is None


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_precisions_are_measured(dtype):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 3)).to(dtype)
    batches = [(x.to(dtype), y) for x, y in data(3)]
    layer = measure(net, batches).layers[0]
    assert layer.input_dtype == layer.dtype == str(dtype).removeprefix("torch.")
    with torch.no_grad():
        h = torch.cat([net[0](x) for x, _ in batches]).double()
    np.testing.assert_allclose(layer.mean, h.mean(0), rtol=1e-5, atol=1e-6)


def test_digits_that_the_mean_takes():
    x = torch.randn(64, 2) * torch.tensor([1.0, 1e-3]) + torch.tensor([0.0, 8.192])
    layer = measure(nn.BatchNorm1d(2), list(x.split(16))).layers[0]
    assert layer.digits_lost[0] == 0
    assert layer.digits_lost[1] == pytest.approx(13 / 24, abs=0.02)


@pytest.mark.parametrize("wrap", ["compile", "parallel", "averaged", "inner compile"])
def test_wrapped_models_are_unwrapped(wrap):
    net, batches = Net(), data(3, 5, 5)
    if wrap == "inner compile":
        given = nn.Sequential(torch.compile(net, backend="eager"))
    else:
        wrappers = {
            "compile": lambda m: torch.compile(m, backend="eager"),
            "parallel": nn.DataParallel,
            "averaged": torch.optim.swa_utils.AveragedModel,
        }
        given = wrappers[wrap](net)
    record = measure(given, batches)
    assert record.outcome("eval").loss == measure(net, batches).outcome("eval").loss
    assert [layer.calls for layer in record.layers] == [1, 1]


def test_decay_loss_and_accuracy_are_read_from_what_is_given():
    net = nn.Sequential(OrderedDict(a=nn.Linear(3, 1), bn=nn.BatchNorm1d(1)))
    groups = [{"params": [net.bn.weight], "weight_decay": 0.1}, {"params": [net.bn.bias]}]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    x = [x for x, _ in data(3)]
    record = measure(net, [(b, b[:, :1]) for b in x], optimizer=optimizer)
    layer = record.layers[0]
    assert (layer.gamma_decay, layer.beta_decay) == (0.1, 0.0)
    assert "squared" in record.loss_name
    assert record.outcome("eval").accuracy is None
    with torch.no_grad():
        expected = np.mean([functional.mse_loss(net.eval()(b), b[:, :1]) for b in x])
    net.train()
    assert record.outcome("eval").loss == pytest.approx(expected)
    binary = measure(net, [(b, (b[:, 0] > 0).long()) for b in x])
    assert "binary" in binary.loss_name
    assert 0 <= binary.outcome("eval").accuracy <= 1
    alone = measure(net, x)
    assert alone.outcome("eval").loss is None
    assert alone.layers[0].gamma_decay is None
    own = measure(net, [(b, b) for b in x], loss=lambda out, y: (out - y).abs().mean())
    assert own.outcome("eval").loss > 0


def test_forward_takes_any_batch_and_the_model():
    class TwoInputs(nn.Module):
        def __init__(self):
            super().__init__()
            self.bn, self.head = nn.BatchNorm1d(3), nn.Linear(3, 3)

        def forward(self, x, scale):
            return {"logits": self.head(self.bn(x) * scale)}

    batches = [{"x": x, "scale": torch.tensor(2.0), "labels": y} for x, y in data(3)]
    net = TwoInputs()
    record = measure(net, batches, forward=lambda m, b: m(b["x"], scale=b["scale"]))
    assert "cross entropy" in record.loss_name
    assert record.batch_sizes == (8,) * 4
    assert record.outcome("eval").accuracy is not None
    assert record.batch_dependence < 1e-5


def test_averaged_model_is_examined_as_well():
    net, batches = Net(), data(3, 5, 5)
    averaged = torch.optim.swa_utils.AveragedModel(net)
    for x, _ in batches:
        net(x)
    record = measure(net, iter(batches), averaged=averaged)
    assert record.averaged.layers[0].counter == 0
    assert record.layers[0].counter == 4
    assert record.averaged.outcome("precise").gap is not None


def test_norms_of_single_samples_and_uncalled_ones_are_listed():
    class Some(nn.Module):
        def __init__(self):
            super().__init__()
            self.ln, self.gn = nn.LayerNorm(4), nn.GroupNorm(2, 4)
            self.rms, self.plain = nn.RMSNorm(4), nn.InstanceNorm1d(4)
            self.bn, self.idle = nn.BatchNorm1d(4), nn.BatchNorm1d(4)

        def forward(self, x):
            x = functional.batch_norm(x, torch.zeros(4), torch.ones(4))
            return self.bn(self.gn(self.ln(x)))

    record = measure(Some(), data(4))
    assert {i.name for i in record.independent} == {"ln", "gn", "rms", "plain"}
    assert record.uncalled == ("idle",)
    assert record.functional_calls == 1
    only = measure(nn.Sequential(nn.LayerNorm(4)), data(4))
    assert only.layers == ()
    assert only.outcome("eval").loss is not None


def test_expert_that_gets_no_samples_is_measured_where_it_gets_some():
    class Experts(nn.Module):
        def __init__(self):
            super().__init__()
            self.low, self.high = nn.BatchNorm1d(3), nn.BatchNorm1d(3)

        def forward(self, x):
            high = x[:, 0] > 1e3
            self.low(x[~high])
            return self.high(x[high]) if high.any() else self.high(x[:0])

    x = torch.stack([x for x, _ in data(3)])
    x[3] += 1e4
    layers = {layer.name: layer for layer in measure(Experts(), list(x)).layers}
    np.testing.assert_allclose(layers["low"].mean, x[:3].reshape(-1, 3).mean(0), rtol=1e-5)
    np.testing.assert_allclose(layers["high"].mean, x[3].mean(0), rtol=1e-5)


def test_passes_are_counted():
    record = measure(Net(), data(3, 5, 5), eval_loader=data(3, 5, 5, n_batches=2))
    # Four for each batch, three for each of evaluation; a look, half a batch, and a step.
    assert record.n_passes == 4 * 4 + 3 * 2 + 3
    assert 0 < record.forward_seconds < record.seconds


def test_layer_that_never_gets_a_sample_is_not_judged():
    class Empty(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.empty = nn.BatchNorm1d(3), nn.BatchNorm1d(3)

        def forward(self, x):
            if not self.training:  # PyTorch refuses an empty batch in training mode
                self.empty(x[:0])
            return self.used(x)

    record = measure(Empty(), list(torch.randn(4, 8, 3)))
    assert [layer.name for layer in record.layers] == ["used"]
    assert record.uncalled == ("empty",)
