"""The examples that are sent through: a 3, an 8, and others.

Shape legend: N examples, D pixels.
"""

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.labs.signal.stack import Array

PAIR = (3, 8)
"""The two digits whose traces are followed; they are the first two of the batch."""


def draw(rng: np.random.Generator, batch_size: int) -> tuple[Array, NDArray[np.int64]]:
    """Return a batch of digits, x (N, D) and labels, each once: the first a 3, the second an 8."""
    split = data.load("digits")
    pair = [int(rng.choice(np.flatnonzero(split.y_train == digit))) for digit in PAIR]
    rest = rng.permutation(len(split.x_train))
    rest = rest[~np.isin(rest, pair)][: batch_size - len(pair)]
    which = np.array([*pair, *rest])
    return split.x_train[which].astype(np.float64), split.y_train[which]
