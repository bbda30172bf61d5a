"""The networks of this lab: how they start, and what they answer.

Shape legend: M training examples, N held-out examples, D inputs.
"""

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import Pass, forward
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits

N_TEST = 256
"""Held-out pictures behind every accuracy."""
BATCH_SIZE, LR = 32, 0.1
BN, LN, NONE = "bn", "ln", "none"


def start(norm: str, x_MD: Array, *, depth: int, width: int, n_steps: int, seed: int) -> Trainer:
    """Return a ReLU network for the digits before its first step of plain SGD.

    ``x_MD`` holds all training pictures, perhaps scaled; the seed draws weights and batches.
    """
    spec = digits.spec(width=width, depth=depth, norm=norm, lr=LR)
    weights = [w.astype(np.float32) for w in mlp_weights(spec.sizes, "relu", 1.0, seed)]
    order_SN = batch_order(len(x_MD), BATCH_SIZE, n_steps, seed)
    return Trainer(spec, weights, x_MD, data.load("digits").y_train, order_SN)


def answer(network: digits.Network, x_ND: Array, *, batch_size: int | None = None) -> Pass:
    """Return what a network in evaluation mode makes of pictures.

    With a batch size, batch norm takes the statistics of each batch of this size instead of the
    running ones. With N it takes those of all pictures together: its statistics are then adapted
    to them (AdaBN).
    """
    own = batch_size is not None or network.spec.norm != BN
    stats = None if own else network.running_stats
    with np.errstate(all="ignore"):
        return forward(
            network.spec, network.parameters, x_ND, batch_size=batch_size, running_stats=stats
        )
