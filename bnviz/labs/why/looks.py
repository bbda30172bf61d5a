"""A network in training without noise, looked at before every few steps.

Shape legend: N batch, D inputs.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.labs import digits
from bnviz.labs.why.learner import N_STEPS, WIDTH
from bnviz.labs.why.settings import Settings

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


def looks(norm: str, settings: Settings) -> Iterator[Look]:
    """Train with plain SGD in float32, and look until the end or until it diverges.

    Start and batches are those of the view on noise. The parameters are those in training: look at
    them before going on.
    """
    split = data.load("digits")
    x_MD, labels_M = split.x_train, split.y_train
    spec = digits.spec(width=WIDTH, depth=settings.depth, norm=norm, lr=settings.lr)
    trainer = digits.trainer(
        spec, batch_size=settings.batch_size, n_steps=N_STEPS, seed=settings.seed
    )
    for step in LOOKS:
        with np.errstate(all="ignore"):  # a run may diverge
            trainer.advance(int(step) - trainer.n_done)
        if trainer.diverged_at is not None:
            return
        batch_N = trainer.order[step]
        yield Look(spec, trainer.parameters, x_MD[batch_N], labels_M[batch_N])
