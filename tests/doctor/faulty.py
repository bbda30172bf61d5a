"""Networks broken in one way each: for every fault a function from kind and seed to a case."""

import copy

from tests.doctor.needed import torch
from tests.doctor.networks import (
    BATCH,
    Case,
    Mean,
    Plus,
    batches,
    data,
    healthy,
    look,
    measure_again,
    norms,
    train,
    trained,
)

nn = torch.nn


def changed(loader, scale=3.0, shift=2.0):
    """Return the batches with other inputs."""
    return [(scale * x + shift, y) for x, y in loader]


def stale_statistics(kind, seed):
    """Few steps with a small momentum."""
    case = healthy(kind, seed)
    for bn in norms(case.model):
        bn.reset_running_stats()
        bn.momentum = 0.01
    look(case.model, [x for x, _ in case.loader])
    case.model.eval()
    return case


def never_updated(kind, seed):
    """A checkpoint with parameters only."""
    case = healthy(kind, seed)
    for bn in norms(case.model):
        bn.reset_running_stats()
    return case


def last_batch_statistics(kind, seed):
    """Keras's momentum in PyTorch's layer."""
    case = healthy(kind, seed)
    for bn in norms(case.model):
        bn.momentum = 0.99
    look(case.model, [x for x, _ in batches(kind, seed, size=8)])
    case.model.eval()
    return case


def non_finite_statistics(kind, seed):
    """One batch with an infinite value, then good ones."""
    case = healthy(kind, seed)
    xs = [x for x, _ in case.loader]
    bad = xs[0].clone()
    bad.flatten()[0] = torch.nan if kind == "vision" else torch.inf  # a ReLU6 stops inf
    look(case.model, [bad, *xs])
    case.model.eval()
    return case


def frozen_mismatch(kind, seed):
    """Frozen layers, and data in other units."""
    case = healthy(kind, seed)
    for bn in norms(case.model):
        bn.requires_grad_(requires_grad=False)
    return Case(case.model, changed(case.loader))


def shifted_data(kind, seed):
    """Evaluation data in other units."""
    case = healthy(kind, seed)
    return Case(case.model, case.loader, changed(batches(kind, seed, "eval")))


def averaged_weights(kind, seed):
    """Parameters that are averaged, in a new model."""
    case = healthy(kind, seed)
    averaged = copy.deepcopy(case.model)
    for bn in norms(averaged):
        bn.reset_running_stats()
    with torch.no_grad():
        for p in averaged.parameters():
            p *= 1.0 + 0.02 * torch.randn(p.shape, generator=torch.Generator().manual_seed(seed))
    return Case(case.model, case.loader, averaged=averaged)


def batch_too_small(kind, seed):
    """Batches of two, or one sample left for the last."""
    case = healthy(kind, seed)
    if kind in ("mlp", "sequence"):
        return Case(case.model, batches(kind, seed, size=2))
    x, y = data(kind, seed)
    rest = torch.utils.data.TensorDataset(x[:193], y[:193])
    return Case(case.model, torch.utils.data.DataLoader(rest, batch_size=BATCH))


def depends_on_batch(kind, seed):
    """Layers without running statistics."""
    case = healthy(kind, seed)
    for bn in norms(case.model):
        bn.track_running_stats = False
        bn.running_mean = bn.running_var = bn.num_batches_tracked = None
    return case


def dependent_batches(kind, seed):
    """Training on one class per batch."""
    x, y = data(kind, seed)
    order = y.argsort(stable=True)
    loader = list(zip(x[order].split(BATCH), y[order].split(BATCH), strict=True))
    model = train(trained(kind, seed), loader[::2] + loader[1::2], epochs=2)
    return Case(model.eval(), loader, n_batches=len(loader))


class TwoStreams(nn.Module):
    """One network for two streams, one of which is in other units."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        """Return the sum of both answers."""
        return self.net(x) + self.net(3 * x + 3)


def shared_layer(kind, seed):
    """Two streams of different statistics through one network."""
    model = train(TwoStreams(trained(kind, seed)), batches(kind, seed), epochs=2)
    return Case(model.eval(), batches(kind, seed))


class Checkpointed(nn.Module):
    """A network whose forward pass is computed again in the backward pass."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        """Return what the network does."""
        return torch.utils.checkpoint.checkpoint(self.net, x.requires_grad_(), use_reentrant=False)


def double_update(kind, seed):
    """Gradient checkpointing."""
    case = healthy(kind, seed)
    return Case(Checkpointed(case.model).train(), case.loader)


def unsynchronized(kind, seed):
    """Eight processes with eight samples each."""
    return Case(healthy(kind, seed).model, batches(kind, seed, size=8), world_size=8)


def updates_while_frozen(kind, seed):
    """Frozen parameters in training mode."""
    case = healthy(kind, seed)
    case.model.requires_grad_(requires_grad=False)
    case.model[-1].requires_grad_()
    case.model.train()
    return case


def mixed_modes(kind, seed):
    """One layer that stayed in evaluation mode."""
    case = healthy(kind, seed)
    case.model.train()
    norms(case.model)[0].eval()
    return case


def decayed_affine(kind, seed):
    """One decay for all parameters."""
    case = healthy(kind, seed)
    optimizer = torch.optim.SGD(case.model.parameters(), lr=0.1, weight_decay=1e-4)
    return Case(case.model, case.loader, optimizer=optimizer)


def _before(model, norm):
    """Return the layer right before a norm layer, as the modules are listed."""
    leaves = [m for m in model.modules() if not list(m.children())]
    return leaves[leaves.index(norm) - 1]


def epsilon_dominates(kind, seed):
    """Inputs of a norm layer in tiny units."""
    case = healthy(kind, seed)
    bn = norms(case.model)[0]
    with torch.no_grad():
        _before(case.model, bn).weight *= 1e-4
    measure_again(case.model, [x for x, _ in case.loader])
    case.model.eval()
    return case


def dead_channels(kind, seed):
    """Most gammas of a layer at 0."""
    case = healthy(kind, seed)
    bn = norms(case.model)[0]
    with torch.no_grad():
        bn.weight[bn.num_features // 4 :] = 0
    measure_again(case.model, [x for x, _ in case.loader])
    case.model.eval()
    return case


def useless_bias(kind, seed):
    """A bias in front of each norm layer."""
    return healthy(kind, seed, bias=True)


def dropout_before_norm(kind, seed):
    """Much dropout in front of norm layers."""
    return healthy(kind, seed, dropout=0.7)


def low_precision(kind, seed):
    """Inputs far from 0 in eight bits."""
    dims = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d}
    x, _ = data(kind, seed)
    model = nn.Sequential(dims[x.dim() - 1](x.shape[1]), trained(kind, seed))
    far = changed(batches(kind, seed), scale=1.0, shift=200.0)
    train(model, far, epochs=2)
    model.to(torch.bfloat16).eval()
    return Case(model, [(x.to(torch.bfloat16), y) for x, y in far])


class Branched(nn.Module):
    """A linear layer read by a norm layer and by a skip."""

    def __init__(self, n_in, n_out):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out, bias=False)
        self.bn = nn.BatchNorm1d(n_out)

    def forward(self, x):
        """Return both."""
        h = self.linear(x)
        return torch.relu(self.bn(h) + h)


def fold_limits(kind, seed):
    """A norm layer before a padded convolution, across a branch, behind a transposed one."""
    torch.manual_seed(seed)
    if kind == "mlp":
        model = nn.Sequential(Branched(12, 32), nn.Linear(32, 4))
    elif kind == "sequence":
        up = nn.ConvTranspose1d(4, 12, 4, stride=2, groups=2, bias=False)
        model = nn.Sequential(up, nn.BatchNorm1d(12), nn.ReLU(), Mean(), nn.Linear(12, 4))
    else:
        pre = Plus(nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3, padding=1))
        model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), pre, Mean(), nn.Linear(8, 4))
    train(model, batches(kind, seed))
    return Case(model.eval(), batches(kind, seed))


BREAKS = {
    f.__name__.replace("_", "-"): f
    for f in (
        *(stale_statistics, never_updated, last_batch_statistics, non_finite_statistics),
        *(frozen_mismatch, shifted_data, averaged_weights),
        *(batch_too_small, depends_on_batch, dependent_batches, shared_layer, double_update),
        *(unsynchronized, updates_while_frozen, mixed_modes, decayed_affine),
        *(epsilon_dominates, dead_channels, useless_bias, dropout_before_norm, low_precision),
        fold_limits,
    )
}
"""How each fault is made; the same codes, in the same order, as in the catalogue."""
