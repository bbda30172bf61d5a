"""Four small kinds of networks, their data, and training: what the rules are tried on."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bnviz.doctor import examine
from bnviz.doctor.finding import Finding
from bnviz.doctor.rules import judge
from tests.doctor.needed import torch

nn = torch.nn

N_CLASSES, N_SAMPLES, BATCH, EPOCHS = 4, 256, 32, 6
KINDS = ("mlp", "residual", "sequence", "vision")
SHAPES = {"mlp": (12,), "residual": (3, 6, 6), "sequence": (4, 12), "vision": (3, 8, 8)}
Batches = list[tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Case:
    """A model with what a check-up is given beside it."""

    model: nn.Module
    loader: Any
    eval_loader: Any = None
    optimizer: Any = None
    averaged: Any = None
    world_size: int = 1  # a process group is no thing for a fast test
    n_batches: int = 4

    def findings(self) -> tuple[Finding, ...]:
        """Return what a check-up finds."""
        report = examine(
            self.model,
            self.loader,
            self.eval_loader,
            optimizer=self.optimizer,
            max_batches=self.n_batches,
            averaged=self.averaged,
        )
        return judge(replace(report.record, world_size=self.world_size))


class Mean(nn.Module):
    """Average over all axes behind the channels."""

    def forward(self, x):
        """Return (N, C)."""
        return x.flatten(2).mean(2)


class Plus(nn.Module):
    """A branch beside the identity."""

    def __init__(self, *layers):
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, x):
        """Return x and what the branch makes of it."""
        return torch.relu(x + self.branch(x))


class Recurrent(nn.Module):
    """A GRU over the last axis; the states of all steps."""

    def __init__(self, channels):
        super().__init__()
        self.gru = nn.GRU(channels, channels, batch_first=True)

    def forward(self, x):
        """Return (N, C, T)."""
        return self.gru(x.transpose(1, 2))[0].transpose(1, 2)


class FrozenBatchNorm2d(nn.Module):
    """Batch norm whose four vectors are buffers, as detection libraries have it."""

    def __init__(self, bn):
        super().__init__()
        self.eps = bn.eps
        for name in ("weight", "bias", "running_mean", "running_var"):
            self.register_buffer(name, getattr(bn, name).detach().clone())

    def forward(self, x):
        """Normalize with what is kept."""
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale[:, None, None] + shift[:, None, None]


def mlp(bias=False, dropout=0.0):
    """Return two hidden layers."""
    layers, width = [], 12
    for _ in range(2):
        layers += [nn.Linear(width, 32, bias=bias), nn.BatchNorm1d(32), nn.ReLU()]
        layers += [nn.Dropout(dropout)] * (dropout > 0)
        width = 32
    if dropout:  # a third one, behind the dropout
        layers += [nn.Linear(32, 32, bias=bias), nn.BatchNorm1d(32), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, N_CLASSES))


def residual(bias=False, dropout=0.0):
    """Return a convolutional network with skips, and a norm layer in front of the last layer."""
    drop = [nn.Dropout(dropout)] * (dropout > 0)

    def conv(n_in, n_out):
        return nn.Conv2d(n_in, n_out, 3, padding=1, bias=bias)

    def block(c):
        inner = [conv(c, c), nn.BatchNorm2d(c), nn.ReLU(), *drop, conv(c, c), nn.BatchNorm2d(c)]
        return Plus(*inner)

    head = [Mean(), *drop, nn.BatchNorm1d(8), nn.Linear(8, N_CLASSES)]
    stem = [conv(3, 8), nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*stem, block(8), nn.MaxPool2d(2), block(8), *head)


def sequence(bias=False, dropout=0.0):
    """Return a convolution over time, a GRU, and norm layers."""
    drop = [nn.Dropout(dropout)] * (dropout > 0)
    return nn.Sequential(
        *[nn.Conv1d(4, 12, 5, padding=2, bias=bias), nn.BatchNorm1d(12), nn.ReLU(), *drop],
        *[Recurrent(12), *drop, nn.BatchNorm1d(12)],
        *[Mean(), nn.Linear(12, 16, bias=bias), nn.BatchNorm1d(16), nn.ReLU()],
        nn.Linear(16, N_CLASSES),
    )


def vision(bias=False, dropout=0.0):
    """Return inverted residuals with convolutions of one channel, as phones have them."""
    drop = [nn.Dropout(dropout)] * (dropout > 0)

    def conv(n_in, n_out, size, **options):
        c = nn.Conv2d(n_in, n_out, size, padding=size // 2, bias=bias, **options)
        return [c, nn.BatchNorm2d(n_out)]

    block = [*conv(8, 16, 1), nn.ReLU6(), *conv(16, 16, 3, groups=16), nn.ReLU6(), *conv(16, 8, 1)]
    backbone = nn.Sequential(*conv(3, 8, 3, stride=2), nn.ReLU6(), Plus(*block))
    head = [*drop, *conv(8, 24, 1), nn.ReLU6(), *drop, Mean(), nn.Linear(24, 24, bias=bias)]
    return nn.Sequential(
        backbone, nn.Sequential(*head, nn.BatchNorm1d(24), nn.ReLU()), nn.Linear(24, N_CLASSES)
    )


BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "mlp": mlp,
    "residual": residual,
    "sequence": sequence,
    "vision": vision,
}


def norms(model):
    """Return the norm layers that training moves."""
    return [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]


@cache
def data(kind: str, seed: int, part: str = "train") -> tuple[torch.Tensor, torch.Tensor]:
    """Return inputs and labels: a pattern per class, and noise."""
    shape = SHAPES[kind]
    pattern = torch.randn(N_CLASSES, *shape, generator=torch.Generator().manual_seed(seed))
    draw = torch.Generator().manual_seed(1000 + 2 * seed + (part == "eval"))
    y = torch.randint(N_CLASSES, (N_SAMPLES,), generator=draw)
    x = 0.6 * pattern[y] + torch.randn(N_SAMPLES, *shape, generator=draw)
    return x, y


def batches(kind, seed, part="train", size=BATCH) -> Batches:
    """Return the data, cut in batches in their order, which is random."""
    x, y = data(kind, seed, part)
    return list(zip(x.split(size), y.split(size), strict=True))


def train(model, loader, epochs=EPOCHS, rate=0.05):
    """Train with SGD and a rate that falls to 0; only what needs a gradient."""
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learned, lr=rate, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            schedule.step()
    return model


def look(model, xs):
    """Make forward passes in training mode that move the statistics and nothing else."""
    model.train()
    with torch.no_grad():
        for x in xs:
            model(x)


def measure_again(model, xs):
    """Give the norm layers precise statistics."""
    torch.optim.swa_utils.update_bn(xs, model)


def freeze_backbone(model):
    """Exchange the norm layers of the first part for frozen ones."""
    for parent in list(model[0].modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(parent, name, FrozenBatchNorm2d(child))
    model[0].requires_grad_(requires_grad=False)
    return model


@cache
def _trained(kind: str, seed: int, options: tuple[tuple[str, Any], ...]) -> nn.Module:
    torch.manual_seed(seed)
    model = train(BUILDERS[kind](**dict(options)), batches(kind, seed))
    if kind == "vision":
        model = train(freeze_backbone(model), batches(kind, seed), epochs=2)
    return model


def trained(kind: str, seed: int, **options: Any) -> nn.Module:
    """Return a network after training, in training mode; a copy."""
    return copy.deepcopy(_trained(kind, seed, tuple(options.items())))


def healthy(kind: str, seed: int, **options: Any) -> Case:
    """Return a network as training left it, handed over for evaluation."""
    return Case(trained(kind, seed, **options).eval(), batches(kind, seed))
