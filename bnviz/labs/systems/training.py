"""Train parts of a network: random weights stay as they are, and gamma and beta learn alone.

Letters: **A** arms, **L** hidden layers, **C** width.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs import digits
from bnviz.labs.arm import Pieces

Array = NDArray[np.float64]
ARMS = ("output layer only", "γ and β only", "γ, β and output", "all")
"""What learns."""
DEPTH, N_STEPS, BATCH_SIZE, LR = 2, 600, 32, 1.0
PIECE = 50
"""Steps that are done in one piece."""
NEAR = 0.1
"""A gamma is near 0 if it is not farther from it than this; it starts at 1."""


@dataclass(frozen=True, eq=False)
class Learned:
    """What four networks learned from the same start.

    Attributes
    ----------
    accuracy : array, shape (A,)
        On 360 held-out digits, in evaluation mode.
    gamma : array, shape (A, L * C)
    """

    accuracy: Array
    gamma: Array


def spec(width: int) -> Spec:
    """Return the description of the network: two hidden layers with BN, for the digits."""
    return digits.spec(width=width, depth=DEPTH, lr=LR)


def learning(of: Spec) -> NDArray[np.bool_]:
    """Return marks of what each arm learns, laid out as ``Parameters.flat`` of the four."""
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
    """Return how many numbers each arm learns.

    Examples
    --------
    >>> n_learned(50)
    (510, 200, 710, 6410)
    """
    of = spec(width)
    marks = Parameters(of, np.float32, (len(ARMS),))
    marks.flat[...] = learning(of)
    parts = [*marks.weights, marks.biases[-1], *marks.affine.reshape(-1, len(ARMS), width)]
    return tuple(
        int(sum(part[a].sum() for part in parts if part is not None)) for a in range(len(ARMS))
    )


def start(width: int, seed: int) -> Replicas:
    """Return the four networks before their first step; they have the same weights."""
    split, of = data.load("digits"), spec(width)
    weights = [np.stack([w] * len(ARMS)) for w in mlp_weights(of.sizes, "relu", 1.0, seed)]
    order_SN = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, seed)
    return Replicas(of, weights, split.x_train, split.y_train, order_SN)


def advance(networks: Replicas, n_steps: int) -> None:
    """Train for some steps, each network only what it learns.

    After each step of plain gradient descent what does not learn is put back. That is the same as
    never moving it.
    """
    flat, is_fixed = networks.parameters.flat, ~learning(networks.spec)
    fixed = flat[is_fixed]
    for _ in range(n_steps):
        networks.advance(1)
        flat[is_fixed] = fixed


def train(width: int, seed: int) -> Pieces:
    """Train the four networks to the end, and return what they Learned."""
    networks = start(width, seed)
    while networks.n_done < N_STEPS:
        advance(networks, PIECE)
        yield None
    gamma = networks.parameters.gamma.swapaxes(0, 1).reshape(len(ARMS), -1)
    accuracy = np.asarray(digits.accuracies(networks), np.float64)
    return Learned(accuracy, np.asarray(gamma, np.float64))


def near_zero(gamma: Array) -> Array:
    """Return the share of gammas that are near 0, over the last axis."""
    return np.asarray((np.abs(gamma) <= NEAR).mean(axis=-1))
