"""Networks that are well, in the ways that occur: none may get an error or a warning."""

import copy

from tests.doctor.needed import torch
from tests.doctor.networks import (
    Case,
    batches,
    healthy,
    measure_again,
    norms,
    train,
    trained,
)

nn = torch.nn


def as_trained(kind, seed):
    """Handed over in evaluation mode, without more."""
    return healthy(kind, seed)


def in_training(kind, seed):
    """Handed over in the middle of training."""
    return Case(trained(kind, seed), batches(kind, seed))


def at_full_rate(kind, seed):
    """Training that stopped while the weights still moved quickly."""
    loader = batches(kind, seed)
    model = trained(kind, seed)
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.05)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    return Case(model.eval(), loader)


def precise(kind, seed):
    """Statistics measured anew."""
    case = healthy(kind, seed)
    measure_again(case.model, [x for x, _ in case.loader])
    case.model.eval()
    return case


def cumulative(kind, seed):
    """No momentum: the plain average over the last part of the training."""
    model = trained(kind, seed)
    for bn in norms(model):
        bn.reset_running_stats()
        bn.momentum = None
    return Case(train(model, batches(kind, seed), epochs=2, rate=0.005), batches(kind, seed))


def frozen(kind, seed):
    """All norm layers frozen, the rest trained on."""
    model = trained(kind, seed)
    for bn in norms(model):
        bn.eval().requires_grad_(requires_grad=False)
    return Case(train(model, batches(kind, seed), epochs=2, rate=0.003), batches(kind, seed))


def frozen_first(kind, seed):
    """The first norm layer frozen for fine-tuning, the others in training."""
    model = trained(kind, seed)
    norms(model)[0].eval().requires_grad_(requires_grad=False)
    return Case(train(model, batches(kind, seed), epochs=1), batches(kind, seed))


def held_out(kind, seed):
    """With evaluation data of the same kind, and an optimizer that decays weights only."""
    case = healthy(kind, seed)
    weights = [p for p in case.model.parameters() if p.dim() > 1]
    rest = [p for p in case.model.parameters() if p.dim() <= 1]
    groups = [{"params": weights, "weight_decay": 1e-3}, {"params": rest, "weight_decay": 0}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    return Case(case.model, case.loader, batches(kind, seed, "eval"), optimizer)


def averaged(kind, seed):
    """With an averaged model whose statistics were measured anew."""
    case = healthy(kind, seed)
    twin = copy.deepcopy(case.model)
    with torch.no_grad():
        for p in twin.parameters():
            p *= 0.9
    measure_again(twin, [x for x, _ in case.loader])
    return Case(case.model, case.loader, averaged=twin.eval())


def without_loss(kind, seed):
    """Nothing to measure but the outputs."""
    case = healthy(kind, seed)
    return Case(case.model, [x for x, _ in case.loader])


def dropout_at_the_end(kind, seed):
    """Dropout behind the last norm layer, where it does no harm."""
    model = trained(kind, seed)
    model = nn.Sequential(*model[:-1], nn.Dropout(0.5), model[-1])
    return Case(train(model, batches(kind, seed), epochs=1), batches(kind, seed))


def large_processes(kind, seed):
    """Several processes with a large batch each."""
    case = healthy(kind, seed)
    return Case(case.model, case.loader, world_size=4)


def synchronized(kind, seed):
    """Several processes that share their statistics."""
    case = healthy(kind, seed)
    model = nn.SyncBatchNorm.convert_sync_batchnorm(case.model)
    return Case(model.eval(), batches(kind, seed, size=8), world_size=4)


class Views(nn.Module):
    """One network for two views of the same data."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        """Return the sum of both answers."""
        return self.net(x) + self.net(1.05 * x)


def two_views(kind, seed):
    """A shared network whose calls have nearly the same statistics."""
    model = train(Views(trained(kind, seed)), batches(kind, seed), epochs=2, rate=0.01)
    return Case(model.eval(), batches(kind, seed))


def batches_of_eight(kind, seed):
    """Small batches, but not too small."""
    loader = batches(kind, seed, size=8)
    model = train(trained(kind, seed), loader, epochs=2, rate=0.01)
    return Case(model.eval(), loader, n_batches=8)


def another_eps(kind, seed):
    """Keras's epsilon, and inputs of ordinary size."""
    model = trained(kind, seed)
    for bn in norms(model):
        bn.eps = 1e-3
    return Case(train(model, batches(kind, seed), epochs=1).eval(), batches(kind, seed))


def in_double(kind, seed):
    """In double precision."""
    case = healthy(kind, seed)
    return Case(case.model.double(), [(x.double(), y) for x, y in case.loader])


WAYS = (
    *(as_trained, in_training, at_full_rate, precise, cumulative, frozen, frozen_first),
    *(held_out, averaged, without_loss, dropout_at_the_end, large_processes, synchronized),
    *(two_views, batches_of_eight, another_eps, in_double),
)
"""The ways of being well."""
