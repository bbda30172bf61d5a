"""Batch norm before or after the activation: small networks on the digits.

Letters: **A** activations, **P** placements, **L** learning rates, **S** starts.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import PLACEMENTS as PLACEMENTS
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas

Array = NDArray[np.float64]
ACTIVATIONS = ("sigmoid", "relu")
NAMES = ("Sigmoid", "ReLU")
RATES = (0.03, 0.1, 0.3)
N_STARTS, N_STEPS, BATCH_SIZE, DEPTH, WIDTH = 3, 100, 32, 5, 32
GROUPS = tuple((a, p) for a in range(len(ACTIVATIONS)) for p in range(len(PLACEMENTS)))
"""What is trained together, in the order of training."""


def measure(seed: int, n_groups: int = len(GROUPS)) -> Array:
    """Train the first groups, and give the accuracies on the held-out digits.

    Returns
    -------
    array, shape (A, P, L, S)
        NaN for groups that are left out.
    """
    accuracy = np.full((len(ACTIVATIONS), len(PLACEMENTS), len(RATES), N_STARTS), np.nan)
    for a, p in GROUPS[:n_groups]:
        accuracy[a, p] = _accuracy(ACTIVATIONS[a], PLACEMENTS[p], seed)
    return accuracy


class Placements:
    """The training of all groups, one in each piece.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self.seed, self._n_groups = seed, 0

    @property
    def finished(self) -> bool:
        """Whether all networks are trained."""
        return self._n_groups == len(GROUPS)

    def advance(self) -> None:
        """Train the next group."""
        self._n_groups += 1
        measure(self.seed, self._n_groups)

    def trace(self) -> Array:
        """Give the accuracies of the groups that are trained."""
        return measure(self.seed, self._n_groups)


@lru_cache(maxsize=256)
def _accuracy(activation: str, placement: str, seed: int) -> Array:
    """Train one group: every rate from the same starts, with the same batches."""
    split = data.load("digits")
    spec = Spec(
        n_inputs=split.x_train.shape[1],
        width=WIDTH,
        depth=DEPTH,
        n_classes=split.n_classes,
        activation=activation,
        placement=placement,
    )
    starts = [mlp_weights(spec.sizes, activation, 1.0, 100 * seed + s) for s in range(N_STARTS)]
    weights = [np.stack(layer * len(RATES)) for layer in map(list, zip(*starts, strict=True))]
    order_SN = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
    lr_R = np.repeat(RATES, N_STARTS).tolist()
    networks = Replicas(spec, weights, split.x_train, split.y_train, order_SN, lr=lr_R)
    networks.advance(N_STEPS)
    running = networks.running_stats.reshape(2, DEPTH, -1, WIDTH)
    done = forward(spec, networks.parameters, split.x_test, running_stats=running)
    right = done.logits.argmax(-1) == split.y_test
    return np.asarray(right.mean(-1).reshape(len(RATES), N_STARTS), np.float64)
