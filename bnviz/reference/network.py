"""A trainer's network once more in PyTorch, to be trained on the same batches.

What PyTorch has (layers, norms, optimizers) is PyTorch's own. What it does not have is written in
``modules`` with its tensors, so that the gradients come from its autograd.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.dropout import dropout_masks
from bnviz.core.train.trainer import Trainer
from bnviz.reference import _torch
from bnviz.reference.modules import network_class

_RESCALED = "linears.{}.parametrizations.weight"  # where PyTorch keeps weights that it rescales


def numbers(trainer: Trainer) -> dict[str, Array]:
    """Return views of a trainer's parameters and running statistics: PyTorch's names and shapes."""
    found = named(trainer.spec, trainer.parameters)
    for layer, (u, v) in enumerate(trainer.parameters.singular):
        found |= {f"{_RESCALED.format(layer)}.0._u": u, f"{_RESCALED.format(layer)}.0._v": v}
    if trainer.spec.over_batch:
        for layer in range(trainer.spec.depth):
            for name, stat in zip(("mean", "var"), trainer.running_stats, strict=True):
                found[f"norms.{layer}.running_{name}"] = stat[layer]
    return found


def named(spec: Spec, parameters: Parameters) -> dict[str, Array]:
    """Return views of parameters, or of their gradient: PyTorch's names and shapes."""
    found: dict[str, Array] = {}
    for layer, weight in enumerate(parameters.weights):
        is_hidden = layer < spec.depth
        if spec.weight_norm == "weight" and is_hidden:
            found[f"{_RESCALED.format(layer)}.original0"] = parameters.lengths[layer][:, None]
            found[f"{_RESCALED.format(layer)}.original1"] = weight.T
        elif spec.weight_norm == "spectral" and is_hidden:
            found[f"{_RESCALED.format(layer)}.original"] = weight.T
        else:
            found[f"linears.{layer}.weight"] = weight.T
        bias = parameters.biases[layer]
        if bias is not None:
            found[f"linears.{layer}.bias"] = bias
    for name, affine in (("weight", parameters.gamma), ("bias", parameters.beta)):
        found |= {f"norms.{layer}.{name}": values for layer, values in enumerate(affine)}
    return found


class TorchTwin:
    """The network of a trainer, as it is now, in PyTorch.

    Examples
    --------
    >>> from bnviz.core.network.init import mlp_weights
    >>> from bnviz.core.train.batches import batch_order
    >>> from bnviz.reference import torch_version
    >>> spec = Spec(n_inputs=2, width=8, depth=2, n_classes=2)
    >>> x, labels = np.random.default_rng(0).normal(size=(64, 2)), np.arange(64) % 2
    >>> weights, order = mlp_weights(spec.sizes, "relu"), batch_order(64, 16, 5, seed=0)
    >>> trainer = Trainer(spec, weights, x, labels, order, dtype=np.float64)
    >>> if torch_version():
    ...     twin = TorchTwin(trainer)
    ...     losses = twin.train(x, labels, order)
    ...     trainer.advance(5)
    ...     theirs = twin.numbers()
    ...     for name, ours in numbers(trainer).items():
    ...         assert np.allclose(ours, theirs[name], rtol=1e-10, atol=1e-10)
    """

    def __init__(self, trainer: Trainer) -> None:
        torch, self.spec, self._n_done = _torch(), trainer.spec, trainer.n_done
        self.net = network_class()(trainer.spec).to(torch.from_numpy(trainer.parameters.flat).dtype)
        state = self.net.state_dict()
        for name, values in numbers(trainer).items():
            state[name].copy_(torch.from_numpy(values.copy()))
        self._optimizer = _optimizer(torch, self.net, trainer.spec)

    def numbers(self) -> dict[str, Array]:
        """Return parameters and running statistics, as :func:`numbers` does."""
        skipped = "num_batches_tracked"
        state = self.net.state_dict().items()
        return {name: t.numpy().copy() for name, t in state if skipped not in name}

    def gradients(self) -> dict[str, Array]:
        """Return the gradients of the last step, or of the last ``look``."""
        return {name: p.grad.numpy().copy() for name, p in self.net.named_parameters()}

    def look(self, x_ND: Array, labels_N: NDArray[np.integer], *, training: bool) -> Array:
        """Return the logits, and find the gradients of the mean loss. Nothing drops out.

        Training mode also moves the running statistics.
        """
        self.net.train(training)
        logits, _ = self._differentiate(x_ND, labels_N)
        return logits

    def train(
        self, x_MD: Array, labels_M: NDArray[np.integer], order: Iterable[NDArray[np.integer]]
    ) -> Array:
        """Train on the batches of ``order``, with the dropout masks of the trainer.

        Returns the loss before each step.
        """
        losses = []
        self.net.train(True)
        for batch in order:
            masks = dropout_masks(
                self.spec, len(batch), self._n_done, self.spec.dropout_seed, float
            )
            _, loss = self._differentiate(x_MD[batch], labels_M[batch], masks)
            self._optimizer.step()
            self._n_done += 1
            losses.append(loss)
        return np.array(losses)

    def _differentiate(
        self, x_ND: Array, labels_N: NDArray[np.integer], masks: Array | None = None
    ) -> tuple[Array, float]:
        torch = _torch()
        dtype = next(self.net.parameters()).dtype
        self.net.zero_grad()
        drops = None if masks is None or not len(masks) else torch.tensor(masks, dtype=dtype)
        logits = self.net(torch.tensor(x_ND, dtype=dtype), drops)
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels_N))
        loss.backward()
        return logits.detach().numpy(), loss.item()


def _optimizer(torch: Any, net: Any, spec: Spec) -> Any:
    """Return the optimizer; only the weight matrices decay."""
    matrices: list[Any] = []
    others: list[Any] = []
    for name, p in net.named_parameters():
        decays = p.ndim == 2 and not name.endswith("original0")  # which are lengths
        (matrices if decays else others).append(p)
    groups = [
        {"params": matrices, "weight_decay": spec.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    if spec.optimizer == "adam":
        return torch.optim.Adam(groups, lr=spec.lr)
    return torch.optim.SGD(groups, lr=spec.lr, momentum=0.9 if spec.optimizer == "momentum" else 0)
