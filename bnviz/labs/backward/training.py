"""Training with a gradient that treats the statistics as constants: a network on digits.

Shape legend: R two runs (right, constants), N batch, C width, L layers, K classes, T steps.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.core.functional import Standardized
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.train.batches import batch_order
from bnviz.labs.arm import Pieces
from bnviz.labs.backward.drift import CONSTANTS

DEPTH, WIDTH, BATCH = 3, 16, 32
N_STEPS = 150
N_LAST = 30
"""Steps at the end over which the loss is averaged: that of one batch is noisy."""
N_SMOOTH = 10
"""Batches over which the loss is averaged along the run."""
GUESSING = float(np.log(10))
"""Loss, in nats, of a network that gives every digit the same chance."""
EPS = 1e-5
ROWS = (-2,)
CHUNK_STEPS = 15
"""Steps between two pauses."""


@dataclass(frozen=True, eq=False)
class Training:
    """Two trainings from the same start on the same batches.

    Attributes
    ----------
    loss_TR : array, shape (T, 2)
        Of each training batch, in nats, in train mode: with the right gradient and with constants.
        NaN after a run has overflowed.
    weight_TR, bias_TR : arrays, shape (T, 2)
        Norms of all weights and of all biases in front of a batch norm, before each step.
    """

    loss_TR: Array
    weight_TR: Array
    bias_TR: Array

    @property
    def last_loss_R(self) -> Array:
        """Return the mean loss of the last steps."""
        return self.loss_TR[-N_LAST:].mean(0)

    @property
    def smooth_TR(self) -> Array:
        """Return the mean loss of the last ten batches at each step, of fewer at the beginning."""
        return np.array(
            [self.loss_TR[max(0, t + 1 - N_SMOOTH) : t + 1].mean(0) for t in range(N_STEPS)]
        )


def train(lr: float, learned: bool, seed: int) -> Pieces:
    """Train a small network on the digits twice; the only difference is the backward pass of BN.

    Three layers of linear (with bias), batch norm and ReLU, then the logits. The other settings of
    the lab have no part in it. Gamma and beta stay 1 and 0 unless they are ``learned``. Gives a
    `Training`.
    """
    split = data.load("digits")
    network = _Network((split.x_train.shape[1], *(WIDTH,) * DEPTH, split.n_classes), seed)
    order = batch_order(len(split.x_train), BATCH, N_STEPS, seed)
    seen = []
    for step, examples in enumerate(order):
        with np.errstate(all="ignore"):  # one of the two may overflow
            norms = network.norms()
            losses = network.step(split.x_train[examples], split.y_train[examples], lr, learned)
        seen.append((losses, *norms))
        if step % CHUNK_STEPS == 0:
            yield None
    return Training(*(np.array(column) for column in zip(*seen, strict=True)))


class _Network:
    """Two networks side by side, along the first axis of every array."""

    def __init__(self, sizes: tuple[int, ...], seed: int) -> None:
        self.weights = [np.stack([w, w]) for w in mlp_weights(sizes, "relu", seed=seed)]
        self.biases = [np.zeros((2, 1, c)) for _, c in pairwise(sizes)]
        self.gammas = [np.ones((2, 1, WIDTH)) for _ in range(DEPTH)]
        self.betas = [np.zeros((2, 1, WIDTH)) for _ in range(DEPTH)]

    def norms(self) -> tuple[Array, Array]:
        """Return the norms of the weights and of the biases in front of batch norms, shape (R,)."""
        hidden = self.weights[:DEPTH], self.biases[:DEPTH]
        weight, bias = (np.sqrt(sum((a * a).sum((1, 2)) for a in arrays)) for arrays in hidden)
        return weight, bias

    def step(self, x_ND: Array, labels_N: NDArray[np.integer], lr: float, learned: bool) -> Array:
        """Do one step of both, and return the losses before it, shape (R,)."""
        h, kept = np.stack([x_ND, x_ND]).astype(np.float64), []
        for layer in range(DEPTH):
            s = F.standardize(h @ self.weights[layer] + self.biases[layer], ROWS, EPS)
            kept.append((h, s))
            h = np.maximum(self.gammas[layer] * s.x_hat + self.betas[layer], 0)
        logits_RNK = h @ self.weights[-1] + self.biases[-1]
        losses, dlogits = zip(*(cross_entropy(one, labels_N) for one in logits_RNK), strict=True)
        dh = self._linear(DEPTH, h, np.stack(dlogits), lr)
        for layer in reversed(range(DEPTH)):
            x, s = kept[layer]
            dh = self._linear(layer, x, self._norm(layer, s, dh, lr if learned else 0.0), lr)
        return np.array(losses)

    def _norm(self, layer: int, s: Standardized, dh: Array, lr: float) -> Array:
        """Carry a gradient back through ReLU and batch norm, and move gamma and beta."""
        gamma, beta = self.gammas[layer], self.betas[layer]
        dy = dh * (gamma * s.x_hat + beta > 0)
        dx_hat = dy * gamma
        dz, _, _ = F.standardize_backward(dx_hat, s.x_hat, s.inv_std, ROWS)
        dz[CONSTANTS] = (dx_hat * s.inv_std)[CONSTANTS]
        gamma -= lr * (dy * s.x_hat).sum(1, keepdims=True)
        beta -= lr * dy.sum(1, keepdims=True)
        return dz

    def _linear(self, layer: int, x: Array, dz: Array, lr: float) -> Array:
        """Carry a gradient back through a linear layer, and move its weights and its bias."""
        dx = dz @ self.weights[layer].swapaxes(1, 2)
        self.weights[layer] -= lr * (x.swapaxes(1, 2) @ dz)
        self.biases[layer] -= lr * dz.sum(1, keepdims=True)
        return dx
