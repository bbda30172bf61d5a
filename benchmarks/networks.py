"""The networks of the tables: trained here, trained by PyTorch, and their bare matrix products."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer

N_EXAMPLES = 1437


class Network(NamedTuple):
    """A network of a table, with BN before the activation and plain SGD."""

    name: str
    n_inputs: int
    width: int
    depth: int
    n_classes: int
    batch_size: int
    activation: str = "relu"

    @property
    def spec(self) -> Spec:
        """Its description for the trainer. The learning rate is low, so that nothing diverges."""
        return Spec(
            n_inputs=self.n_inputs,
            width=self.width,
            depth=self.depth,
            n_classes=self.n_classes,
            activation=self.activation,
            lr=0.01,
        )


class Task(NamedTuple):
    """What every contender gets: the same examples, the same start and the same batches."""

    spec: Spec
    weights: list[NDArray[np.float64]]
    x: NDArray[np.float32]
    labels: NDArray[np.int64]
    order: NDArray[np.intp]

    def trainer(self) -> Trainer:
        """Make this project's trainer."""
        return Trainer(self.spec, self.weights, self.x, self.labels, self.order)


def task(network: Network, n_steps: int, seed: int = 0) -> Task:
    """Make examples and the batches of so many steps."""
    rng, spec = np.random.default_rng(seed), network.spec
    x = rng.normal(size=(N_EXAMPLES, network.n_inputs)).astype(np.float32)
    labels = rng.integers(0, network.n_classes, N_EXAMPLES)
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    order = batch_order(N_EXAMPLES, network.batch_size, n_steps, seed)
    return Task(spec, weights, x, labels, order)


def eager(task: Task, n_steps: int, **options: bool) -> Callable[[], None]:
    """Give a function that trains for some steps in PyTorch, eagerly.

    The options go to ``torch.optim.SGD``: ``foreach=True`` or ``fused=True``.
    """
    net = _sequential(task)
    optimizer = torch.optim.SGD(net.parameters(), lr=task.spec.lr, **options)
    x, labels = torch.from_numpy(task.x), torch.from_numpy(task.labels)
    batches = iter(torch.from_numpy(task.order))

    def train() -> None:
        for _ in range(n_steps):
            batch = next(batches)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(net(x[batch]), labels[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return train


def _sequential(task: Task) -> Any:
    nn, spec = torch.nn, task.spec
    activation = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[spec.activation]
    layers: list[torch.nn.Module] = []
    for n_inputs in spec.sizes[:-2]:
        layers += [nn.Linear(n_inputs, spec.width, bias=False), nn.BatchNorm1d(spec.width)]
        layers.append(activation())
    net = nn.Sequential(*layers, nn.Linear(spec.width, spec.n_classes))
    linears = [layer for layer in net if isinstance(layer, nn.Linear)]
    with torch.no_grad():
        for linear, weight in zip(linears, task.weights, strict=True):
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
        linears[-1].bias.zero_()
    return net


def products(task: Task, n_steps: int) -> Callable[[], None]:
    """Give a function that does only the matrix products of some training steps."""
    n, rng = task.order.shape[1], np.random.default_rng(1)

    def array(*shape: int) -> NDArray[np.float32]:
        return rng.normal(size=shape).astype(np.float32)

    calls: list[tuple[Callable[..., object], NDArray[np.float32], NDArray[np.float32]]] = []
    for layer, (d, c) in enumerate(pairwise(task.spec.sizes)):
        x, weight, grad = array(n, d), array(d, c), array(n, c)
        calls += [(x.dot, weight, array(n, c)), (x.T.dot, grad, array(d, c))]
        if layer > 0:  # nobody needs the gradient of the examples
            calls.append((grad.dot, weight.T, array(n, d)))

    def multiply() -> None:
        for _ in range(n_steps):
            for dot, other, out in calls:
                dot(other, out)

    return multiply
