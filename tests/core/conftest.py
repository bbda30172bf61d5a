"""What the tests of the trainer share: a small problem, and the same network in PyTorch."""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bnviz.core.init import mlp_weights
from bnviz.core.network import Spec
from bnviz.core.trainer import Trainer, batch_order

N_EXAMPLES = 96


@pytest.fixture(scope="session")
def examples() -> tuple[np.ndarray, np.ndarray]:
    """96 examples, 5 features of different means and scales, in 3 classes that can be learnt."""
    rng = np.random.default_rng(7)
    x = rng.normal([0, 1, -2, 0.5, 0], [1, 0.5, 2, 1, 0.1], (N_EXAMPLES, 5))
    return x, (x[:, 0] + x[:, 1] > 1).astype(int) + (x[:, 2] > -2)


@pytest.fixture(scope="session")
def make_trainer(examples) -> Callable[..., Trainer]:
    """Give a function that makes a trainer on the examples; what it does not name goes to Spec."""

    def make(
        *,
        n: int = 16,
        n_steps: int = 50,
        seed: int = 0,
        init_scale: float = 1.0,
        dtype: type = np.float64,
        **fields: Any,
    ) -> Trainer:
        spec = Spec(**{"n_inputs": 5, "width": 8, "depth": 3, "n_classes": 3} | fields)
        weights = mlp_weights(spec.sizes, spec.activation, init_scale, seed)
        order = batch_order(N_EXAMPLES, n, n_steps, seed)
        return Trainer(spec, weights, *examples, order, dtype=dtype)

    return make


@pytest.fixture(scope="session")
def torch_twin(pytorch: ModuleType) -> Callable[[Trainer], tuple[Any, list[tuple[Any, Any]]]]:
    """Give a function that copies a trainer's network, as it is now, to a torch.nn.Sequential.

    It also gives a list of pairs, our array and PyTorch's tensor for each parameter and running
    statistic. Both sides are live: after more training they are what to compare.
    """
    nn = pytorch.nn
    activations = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}

    def block(spec: Spec, fan_in: int) -> list[Any]:
        before = spec.norm == "bn" and spec.placement == "before"
        linear = nn.Linear(fan_in, spec.width, bias=not before)
        activation = activations[spec.activation]()
        if spec.norm == "none":
            return [linear, activation]
        norm = nn.BatchNorm1d(spec.width, eps=spec.eps, momentum=spec.momentum)
        return [linear, norm, activation] if before else [linear, activation, norm]

    def twin(trainer: Trainer) -> tuple[Any, list[tuple[Any, Any]]]:
        spec = trainer.spec
        layers = [module for fan_in in spec.sizes[:-2] for module in block(spec, fan_in)]
        net = nn.Sequential(*layers, nn.Linear(spec.width, spec.n_classes))
        net.to(pytorch.from_numpy(trainer.parameters.flat).dtype)
        pairs = list(_pairs(trainer, net))
        for ours, theirs in pairs:
            theirs.data.copy_(pytorch.from_numpy(ours.copy()))
        return net, pairs

    return twin


def _pairs(trainer: Trainer, net: Any) -> Iterator[tuple[Any, Any]]:
    linears = [module for module in net if hasattr(module, "in_features")]
    norms = [module for module in net if hasattr(module, "running_mean")]
    p = trainer.parameters
    for linear, weight, bias in zip(linears, p.weights, p.biases, strict=True):
        yield weight.T, linear.weight
        if bias is not None:
            yield bias, linear.bias
    for layer, norm in enumerate(norms):
        yield p.gamma[layer], norm.weight
        yield p.beta[layer], norm.bias
        yield trainer.running_stats[0, layer], norm.running_mean
        yield trainer.running_stats[1, layer], norm.running_var
