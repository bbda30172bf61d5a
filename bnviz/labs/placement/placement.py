"""Batch norm before or after the activation: small networks on the digits.

Letters: **A** activations, **P** placements, **L** learning rates, **S** starts.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.spec import PLACEMENTS as PLACEMENTS
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs import digits
from bnviz.labs.arm import Pieces
from bnviz.labs.placement.settings import Settings

ACTIVATIONS = ("sigmoid", "relu")
NAMES = ("Sigmoid", "ReLU")
RATES = (0.03, 0.1, 0.3)
N_STARTS, N_STEPS, BATCH_SIZE, DEPTH, WIDTH = 3, 100, 32, 5, 32
PIECE = 20
"""Steps that are done in one piece."""


def measure(settings: Settings) -> Pieces:
    """Train the groups, and return accuracies on held-out digits, (A, P, L, S); NaN: to come."""
    accuracy = np.full((len(ACTIVATIONS), len(PLACEMENTS), len(RATES), N_STARTS), np.nan)
    for a, activation in enumerate(ACTIVATIONS):
        for p, placement in enumerate(PLACEMENTS):
            yield accuracy.copy
            accuracy[a, p] = yield from group(activation, placement, settings.seed)
    return accuracy


def group(activation: str, placement: str, seed: int) -> Pieces:
    """Train every rate from the same starts, and return the accuracies, shape (L, S)."""
    split = data.load("digits")
    spec = digits.spec(width=WIDTH, depth=DEPTH, activation=activation, placement=placement)
    starts = [mlp_weights(spec.sizes, activation, 1.0, 100 * seed + s) for s in range(N_STARTS)]
    weights = [np.stack(layer * len(RATES)) for layer in map(list, zip(*starts, strict=True))]
    order_SN = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
    lr_R = np.repeat(RATES, N_STARTS).tolist()
    networks = Replicas(spec, weights, split.x_train, split.y_train, order_SN, lr=lr_R)
    while networks.n_done < N_STEPS:
        networks.advance(PIECE)
        yield None
    return digits.accuracies(networks).reshape(len(RATES), N_STARTS)
