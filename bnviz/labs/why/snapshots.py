"""Snapshots of two networks in training, without norm and with BN, before every fifth step.

Shape legend: N batch, D inputs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits
from bnviz.labs.why.learner import N_STEPS, WIDTH
from bnviz.labs.why.settings import Settings

NORMS = ("none", "bn")
EVERY = 5
STEPS = np.arange(0, N_STEPS, EVERY)
"""Steps before which there is a snapshot, shape (T,)."""
EARLY, LATE = slice(0, 20 // EVERY), slice(len(STEPS) // 2, None)
"""Snapshots of the first twenty steps, and of the second half."""


class Snapshot(NamedTuple):
    """A network before a step, and the images and labels of that step."""

    spec: Spec
    parameters: Parameters
    x_ND: Array
    labels_N: NDArray[np.integer]


def trainer(norm: str, settings: Settings) -> Trainer:
    """Return a network before its first step of plain SGD, in float32.

    Start and batches are those of the view on noise.
    """
    return digits.trainer(
        digits.spec(width=WIDTH, depth=settings.depth, norm=norm, lr=settings.lr),
        batch_size=settings.batch_size,
        n_steps=N_STEPS,
        seed=settings.seed,
    )


def snapshots(settings: Settings) -> Iterator[tuple[tuple[int, int], Snapshot]]:
    """Train both networks, and yield (norm, time) and the snapshot, until the end or divergence.

    The parameters are those in training: use them before going on.
    """
    split = data.load("digits")
    for j, norm in enumerate(NORMS):
        training = trainer(norm, settings)
        for t, step in enumerate(STEPS):
            with np.errstate(all="ignore"):  # a run may diverge
                training.advance(int(step) - training.n_done)
            if training.diverged_at is not None:
                break
            batch_N = training.order[step]
            images = split.x_train[batch_N], split.y_train[batch_N]
            yield (j, t), Snapshot(training.spec, training.parameters, *images)
