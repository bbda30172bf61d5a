"""A network in training without noise, looked at before every few steps.

Shape legend: N batch, D inputs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs.why.learner import N_STEPS, WIDTH

NORMS = ("none", "bn")
EVERY = 5
LOOKS = np.arange(0, N_STEPS, EVERY)
"""Steps before which is looked, shape (T,)."""
EARLY, LATE = slice(0, 20 // EVERY), slice(len(LOOKS) // 2, None)
"""Looks of the first twenty steps, and of the second half."""


class Look(NamedTuple):
    """A network before a step, and the images and labels of that step."""

    spec: Spec
    parameters: Parameters
    x_ND: NDArray[np.floating]
    labels_N: NDArray[np.integer]


def looks(norm: str, lr: float, depth: int, batch_size: int, seed: int) -> Iterator[Look]:
    """Train with plain SGD in float32, and look until the end or until it diverges.

    Start and batches are those of the view on noise. The parameters are those in training: look at
    them before going on.
    """
    split = data.load("digits")
    x_MD, labels_M = split.x_train.astype(np.float32), split.y_train
    spec = Spec(n_inputs=64, width=WIDTH, depth=depth, n_classes=10, norm=norm, lr=lr)
    weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    order_SN = batch_order(len(x_MD), batch_size, N_STEPS, seed)
    trainer = Trainer(spec, weights, x_MD, labels_M, order_SN)
    for step in LOOKS:
        with np.errstate(all="ignore"):  # a run may diverge
            trainer.advance(int(step) - trainer.n_done)
        if trainer.diverged_at is not None:
            return
        batch_N = order_SN[step]
        yield Look(spec, trainer.parameters, x_MD[batch_N], labels_M[batch_N])
