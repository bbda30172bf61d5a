"""How long a check-up takes, beside the same forward passes without it.

    python -m benchmarks.doctor

Both sides run on one thread and are timed by the processor's clock.
"""

from time import process_time

import torch
from torch import nn
from torch.nn import functional

from benchmarks.rounds import print_table
from bnviz.doctor.measure import measure

N_BATCHES, N_ROUNDS, N_CLASSES, AIM = 6, 3, 10, 3.0
Batches = list[tuple[torch.Tensor, torch.Tensor]]


class Block(nn.Module):
    """Two convolutions with batch norm beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers = []
        for _ in range(2):
            layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.BatchNorm2d(channels)]
            layers += [nn.ReLU()]
        self.branch = nn.Sequential(*layers[:-1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum of both, rectified."""
        return torch.relu(x + self.branch(x))


def residual(channels: int) -> nn.Module:
    """Return three blocks between a convolution and a linear layer."""
    return nn.Sequential(
        *(nn.Conv2d(3, channels, 3, padding=1), nn.BatchNorm2d(channels), nn.ReLU()),
        *(Block(channels) for _ in range(3)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, N_CLASSES)),
    )


def rows(width: int, depth: int) -> nn.Module:
    """Return a network of linear layers, each with batch norm."""
    layers: list[nn.Module] = [nn.Linear(64, width)]
    for _ in range(depth):
        layers += [nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width)]
    return nn.Sequential(*layers, nn.Linear(width, N_CLASSES))


NETWORKS = [
    ("residual, 64 channels, 16 images of 16x16", residual(64), (16, 3, 16, 16)),
    ("residual, 32 channels, 32 images of 32x32", residual(32), (32, 3, 32, 32)),
    ("linear, 6 layers of 256, 128 rows", rows(256, 6), (128, 64)),
]


def bare(network: nn.Module, batches: Batches) -> float:
    """Return the seconds of the passes of a check-up, without looking at anything."""
    start = process_time()
    with torch.no_grad():
        for x, _ in batches:
            for training in (True, False, True, False):  # batch, eval, train, precise
                network.train(training)(x)
        network.eval()(batches[0][0])
    x, y = batches[0]
    functional.cross_entropy(network.train()(x), y).backward()
    network.zero_grad()
    return process_time() - start


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    table = []
    for name, network, shape in NETWORKS:
        batches = [
            (torch.randn(shape), torch.randint(N_CLASSES, shape[:1])) for _ in range(N_BATCHES)
        ]
        ratios = []
        for _ in range(N_ROUNDS + 1):
            start = process_time()
            n_passes = measure(network, batches).n_passes
            ratios.append((process_time() - start) / bare(network, batches))
        ratio = sorted(ratios[1:])[N_ROUNDS // 2]  # the first round warms up
        missed = " MISSED" if ratio > AIM else ""
        table.append((name, n_passes, f"{ratio:.2f} (aim < {AIM:g}){missed}"))
    print_table("Check-up over bare passes", ("network", "passes", "time"), table)


if __name__ == "__main__":
    main()
