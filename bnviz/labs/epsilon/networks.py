"""The networks of this lab: how they start, and what they answer.

Shape legend: M training examples, N held-out examples, D inputs, K classes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import Pass, forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer

N_TEST = 256
"""Held-out pictures behind every accuracy."""
BATCH_SIZE, LR = 32, 0.1
BN, LN, NONE = "bn", "ln", "none"


def start(norm: str, x_MD: Array, *, depth: int, width: int, n_steps: int, seed: int) -> Trainer:
    """Give a ReLU network for the digits before its first step of plain SGD.

    Parameters
    ----------
    norm : {"bn", "ln", "none"}
    x_MD : array, shape (1437, D)
        The training pictures, perhaps scaled.
    depth, width, n_steps : int
    seed : int
        Draws the weights and the batches.

    Returns
    -------
    Trainer

    Examples
    --------
    >>> x_MD = data.load("digits").x_train
    >>> start("bn", x_MD, depth=1, width=8, n_steps=3, seed=0).n_steps
    3
    """
    split = data.load("digits")
    spec = Spec(
        n_inputs=x_MD.shape[1],
        width=width,
        depth=depth,
        n_classes=split.n_classes,
        norm=norm,
        lr=LR,
    )
    weights = [w.astype(np.float32) for w in mlp_weights(spec.sizes, "relu", 1.0, seed)]
    order_SN = batch_order(len(x_MD), BATCH_SIZE, n_steps, seed)
    return Trainer(spec, weights, x_MD, split.y_train, order_SN)


def answer(trainer: Trainer, x_ND: Array, *, batch_size: int | None = None) -> Pass:
    """Send pictures through a network in evaluation mode.

    Parameters
    ----------
    trainer : Trainer
    x_ND : array, shape (N, D)
    batch_size : int, optional
        With it, batch norm takes the statistics of each batch of this size instead of the running
        ones. With N it takes those of all pictures together: its statistics are then adapted to
        them (AdaBN).

    Returns
    -------
    Pass
    """
    own = batch_size is not None or trainer.spec.norm != BN
    with np.errstate(all="ignore"):
        return forward(
            trainer.spec,
            trainer.parameters,
            x_ND,
            batch_size=batch_size,
            running_stats=None if own else trainer.running_stats,
        )


def accuracy(done: Pass, labels_N: NDArray[Any]) -> float:
    """Give the share of right answers."""
    return float((done.logits.argmax(-1) == labels_N).mean())
