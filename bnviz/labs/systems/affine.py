"""Gamma and beta alone: random weights stay as they are, and only parts of a network learn.

Letters: **A** arms, **L** hidden layers, **C** width.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas

Array = NDArray[np.float64]
ARMS = ("output layer only", "γ and β only", "γ, β and output", "all")
"""What learns."""
DEPTH, N_STEPS, BATCH_SIZE, LR = 2, 600, 32, 1.0
PIECE = 50
"""Steps that are done between two looks at the clock."""
NEAR = 0.1
"""A gamma is near 0 if it is not farther from it than this; it starts at 1."""


@dataclass(frozen=True, eq=False)
class Learned:
    """What four networks learned from the same start.

    Attributes
    ----------
    accuracy : array, shape (A,)
        On 360 held-out digits, in evaluation mode; NaN before training has ended.
    gamma : array, shape (A, L * C)
        NaN before that too.
    """

    accuracy: Array
    gamma: Array


def spec(width: int) -> Spec:
    """Describe the network: two hidden layers with BN, for the digits."""
    split = data.load("digits")
    n_inputs = split.x_train.shape[1]
    return Spec(n_inputs=n_inputs, width=width, depth=DEPTH, n_classes=split.n_classes, lr=LR)


def learning(of: Spec) -> NDArray[np.bool_]:
    """Mark what each arm learns, laid out as ``Parameters.flat`` of the four."""
    marks = Parameters(of, np.float32, (len(ARMS),))
    for a, arm in enumerate(ARMS):
        if arm != "output layer only":
            marks.affine[:, :, a] = 1
        if arm != "γ and β only":
            marks.weights[-1][a] = marks.biases[-1][a] = 1  # type: ignore[index]
        if arm == "all":
            for weight in marks.weights[:-1]:
                weight[a] = 1
    return np.asarray(marks.flat > 0)


def n_learned(width: int) -> tuple[int, ...]:
    """Count the numbers that each arm learns.

    Examples
    --------
    >>> n_learned(50)
    (510, 200, 710, 6410)
    """
    of, counts = spec(width), []
    each = learning(of).astype(np.float32)
    marks = Parameters(of, np.float32, (len(ARMS),))
    marks.flat[...] = each
    parts = [*marks.weights, marks.biases[-1], *marks.affine.reshape(-1, len(ARMS), width)]
    for a in range(len(ARMS)):
        counts.append(int(sum(part[a].sum() for part in parts if part is not None)))
    return tuple(counts)


class Learning:
    """Train the four networks together, some steps at a time.

    Parameters
    ----------
    width, seed : int

    Notes
    -----
    After each step of plain gradient descent what does not learn is put back. That is the same as
    never moving it.
    """

    def __init__(self, width: int, seed: int) -> None:
        split, of, n = data.load("digits"), spec(width), len(ARMS)
        weights = [np.stack([w] * n) for w in mlp_weights(of.sizes, "relu", 1.0, seed)]
        order_SN = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
        self.networks = Replicas(of, weights, split.x_train, split.y_train, order_SN)
        self._is_fixed = ~learning(of)
        self._fixed = self.networks.parameters.flat[self._is_fixed]

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.networks.n_done == N_STEPS

    def advance(self, n_steps: int = PIECE) -> None:
        """Train for some steps."""
        for _ in range(min(n_steps, N_STEPS - self.networks.n_done)):
            self.networks.advance(1)
            self.networks.parameters.flat[self._is_fixed] = self._fixed

    def trace(self) -> Learned:
        """Give what the networks learned, once all steps are done."""
        nets, split = self.networks, data.load("digits")
        n, width = len(ARMS), nets.spec.width
        if not self.finished:
            return Learned(np.full(n, np.nan), np.full((n, DEPTH * width), np.nan))
        running = nets.running_stats.reshape(2, DEPTH, n, width)
        done = forward(nets.spec, nets.parameters, split.x_test, running_stats=running)
        accuracy = (done.logits.argmax(-1) == split.y_test).mean(-1)
        gamma = nets.parameters.gamma.swapaxes(0, 1).reshape(n, -1)
        return Learned(np.asarray(accuracy, np.float64), np.asarray(gamma, np.float64))


@lru_cache(maxsize=16)
def begun(width: int, seed: int) -> Learning:
    """Give the training of a width and a start, as far as it has come in this process."""
    return Learning(width, seed)


def train(width: int, seed: int) -> Learned:
    """Train the four networks to the end."""
    work = begun(width, seed)
    work.advance(N_STEPS)
    return work.trace()


def near_zero(gamma: Array, within: float = NEAR) -> Array:
    """Give the share of gammas that are near 0, over the last axis."""
    return np.asarray((np.abs(gamma) <= within).mean(axis=-1))
