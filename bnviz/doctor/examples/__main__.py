"""Make the recorded check-ups: train small networks on digits, break each in one way, examine it.

``python -m bnviz.doctor.examples`` writes the files anew; it takes a minute.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from bnviz.core import data
from bnviz.doctor.examples import EXAMPLES
from bnviz.doctor.report import Report, examine

N_IMAGES, BATCH, EPOCHS, RATE = 1024, 32, 4, 0.05
N_AVERAGED = 4
"""Epochs whose last weights are averaged."""


def images() -> tuple[Any, Any]:
    """Return training images, shape (M, 1, 8, 8), and their labels."""
    import torch

    split = data.load("digits")
    x = torch.tensor(split.x_train[:N_IMAGES], dtype=torch.float32).reshape(-1, 1, 8, 8)
    return x, torch.tensor(split.y_train[:N_IMAGES])


def loader(x: Any, y: Any, order: Any = None) -> list[tuple[Any, Any]]:
    """Return batches, shuffled once unless an order is given."""
    import torch

    if order is None:
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    return list(zip(x[order].split(BATCH), y[order].split(BATCH), strict=True))


def dense() -> Any:
    """Return a dense network with three norm layers."""
    from torch import nn

    layers: list[Any] = [nn.Flatten()]
    for n_in in (64, 64, 64):
        layers += [nn.Linear(n_in, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10))


def convolutions() -> Any:
    """Return five convolutions, each with a norm layer, and a last layer."""
    from torch import nn

    layers: list[Any] = []
    for n_in, n_out in ((1, 16), (16, 16), (16, 32), (32, 32), (32, 32)):
        conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        layers += [conv, nn.BatchNorm2d(n_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))


def streams() -> Any:
    """Return a network that sends the image and its negative through the same layers."""
    import torch
    from torch import nn

    class Streams(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Sequential(nn.Linear(64, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU())
            self.second = nn.Sequential(nn.Linear(128, 64, bias=False), nn.BatchNorm1d(64))
            self.last = nn.Linear(64, 10)

        def forward(self, x: Any) -> Any:
            x = x.flatten(1)
            both = torch.cat([self.first(x), self.first(3.0 - 2.0 * x)], 1)
            return self.last(torch.relu(self.second(both)))

    return Streams()


def train(model: Any, batches: Any, epochs: int = EPOCHS) -> Any:
    """Train with plain SGD, the last half at a tenth of the rate."""
    import torch

    model.train()
    for epoch in range(epochs):
        rate = RATE if epoch < (epochs + 1) // 2 else RATE / 10
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        for x, y in batches:
            optimizer.zero_grad()
            loss: Any = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
    return model.eval()


def norms(model: Any) -> list[Any]:
    """Return the norm layers of a model."""
    import torch

    return [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]


def barely_trained() -> tuple[Any, Any]:
    """Train for forty steps with a small momentum; return the network and the batches."""
    batches, model = loader(*images()), dense()
    for bn in norms(model):
        bn.momentum = 0.01
    return train(model, [*batches, *batches[:8]], epochs=1), batches


def short() -> Report:
    """Examine a network after forty steps."""
    return examine(*barely_trained())


def loaded() -> Report:
    """Load the parameters alone."""
    batches = loader(*images())
    trained, model = train(convolutions(), batches), convolutions()
    model.load_state_dict(dict(trained.named_parameters()), strict=False)
    return examine(model.eval(), batches)


def overflow() -> Report:
    """Let one batch with an infinite pixel pass in train mode, then good ones."""
    import torch

    batches = loader(*images())
    model = train(convolutions(), batches).train()
    bad = batches[0][0].clone()
    bad[0, 0, 4, 4] = torch.inf
    with torch.no_grad():
        for x in (bad, *(x for x, _ in batches)):
            model(x)
    return examine(model.eval(), batches)


def sorted_batches() -> Report:
    """Train on batches of one digit each."""
    import torch

    x, y = images()
    groups = [group for k in range(10) for group in (y == k).nonzero().flatten().split(BATCH)]
    full = [group for group in groups if len(group) == BATCH]
    mixed = torch.randperm(len(full), generator=torch.Generator().manual_seed(1))
    batches = [(x[full[k]], y[full[k]]) for k in mixed]
    return examine(train(convolutions(), batches), batches)


def two_streams() -> Report:
    """Send two inputs of different statistics through one layer."""
    batches = loader(*images())
    return examine(train(streams(), batches), batches)


def average() -> Report:
    """Average the weights of the last epochs into a new model."""
    import torch

    batches = loader(*images())
    model = train(convolutions(), batches)
    total = [parameter.detach().clone() for parameter in model.parameters()]
    for _ in range(N_AVERAGED - 1):
        train(model, batches, epochs=1)
        total = [a + b.detach() for a, b in zip(total, model.parameters(), strict=True)]
    averaged = convolutions()
    with torch.no_grad():
        for mean, of in zip(averaged.parameters(), total, strict=True):
            mean.copy_(of / N_AVERAGED)
    return examine(model, batches, averaged=averaged.eval())


MADE: Mapping[str, Callable[[], Report]] = {
    "short": short,
    "loaded": loaded,
    "overflow": overflow,
    "sorted": sorted_batches,
    "streams": two_streams,
    "average": average,
}
"""How each example is made."""


def main() -> None:
    """Make and write all reports, and say what each of them found."""
    import torch

    torch.set_num_threads(1)
    for one in EXAMPLES:
        torch.manual_seed(0)
        made = MADE[one.name]()
        made.save(one.path)
        found = ", ".join(f"{f.severity} {f.code}" for f in made.findings)
        sys.stdout.write(f"{one.path.name}, {one.path.stat().st_size} bytes: {found}\n")


if __name__ == "__main__":
    main()
