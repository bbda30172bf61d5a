"""Training on the digits, as most labs do it: the network, its start, its batches, its answers.

Shape legend: M training images, S steps, N images, D pixels, K classes, P parameters, L hidden
layers, C their width.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.core.train.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Network:
    """A network at some step of its training, as arrays that the memory of arms can count.

    Attributes
    ----------
    spec : Spec
    flat : array, shape (P,)
        All its parameters.
    running_stats : array, shape (2, L, C)
        Running means and variances of its norm.
    """

    spec: Spec
    flat: Array
    running_stats: Array

    @property
    def parameters(self) -> Parameters:
        """The parameters by their names."""
        parameters = Parameters(self.spec, self.flat.dtype)
        parameters.flat[...] = self.flat
        return parameters


def network_of(trainer: Trainer) -> Network:
    """Return the network of a trainer as it is now."""
    return Network(trainer.spec, trainer.parameters.flat.copy(), np.array(trainer.running_stats))


def spec(**parts: Any) -> Spec:
    """Return the description of a network of 64 pixels and ten classes; ``parts`` is the rest."""
    return Spec(n_inputs=64, n_classes=10, **parts)


def trainer(
    of: Spec,
    *,
    batch_size: int,
    n_steps: int,
    seed: int,
    order_SN: NDArray[np.integer] | None = None,
) -> Trainer:
    """Return a network before its first step.

    The seed draws the weights (He's or Glorot's scale, by activation) and the order of the images,
    unless ``order_SN`` gives the images of each batch.
    """
    split = data.load("digits")
    weights = mlp_weights(of.sizes, of.activation, 1.0, seed)
    if order_SN is None:
        order_SN = batch_order(len(split.x_train), batch_size, n_steps, seed)
    return Trainer(of, weights, split.x_train, split.y_train, order_SN)


def ink(x_PD: Array) -> Array:
    """Return pictures in ink, from standardized ones."""
    ink_MD = data.digits.images()[0].reshape(-1, x_PD.shape[1])[: data.digits.N_TRAIN] / 16.0
    return np.asarray(ink_MD.mean(0) + np.sqrt(ink_MD.var(0).mean()) * x_PD)


def accuracy(logits_NK: Array, labels_N: NDArray[np.integer]) -> float:
    """Return the share of right answers; any leading axis of the logits is averaged too."""
    return float((logits_NK.argmax(-1) == labels_N).mean())


def accuracies(networks: Replicas) -> Array:
    """Return the share of held-out digits that each network classifies correctly in evaluation."""
    split, spec = data.load("digits"), networks.spec
    running = networks.running_stats.reshape(2, spec.depth, -1, spec.width)
    done = forward(spec, networks.parameters, split.x_test, running_stats=running)
    return np.asarray((done.logits.argmax(-1) == split.y_test).mean(-1), np.float64)
