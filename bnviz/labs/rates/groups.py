"""Networks that train side by side, a few steps at a time, and what they have learned.

Shape legend: R networks, N examples, D inputs, C width, K classes, S steps, T looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs import digits
from bnviz.labs.arm import Pieces

WIDTH, BATCH_SIZE = 32, 64
N_ASKED = 256
"""Training digits behind every loss, in batches of the training size."""
LAYER_STEPS = 120
"""Steps times hidden layers of one piece of work: some tens of milliseconds."""
TRAINED = 0.5
"""A network counts as trained when its loss is below this, in nats; guessing costs 2.3."""

NONE, BN, MEAN_ONLY, STD_ONLY, FIXED = "none", "bn", "mean-only", "std-only", "bn-fixed"
NORMS = {
    NONE: "no norm",
    BN: "BN",
    MEAN_ONLY: "only centring",
    STD_ONLY: "only dividing",
    FIXED: "BN, γ and β fixed",
}


@dataclass(frozen=True, eq=False)
class Losses:
    """What became of networks that train side by side.

    Attributes
    ----------
    loss_TR : array, shape (T, R)
        In nats; NaN at looks that are still to come, and from a divergence on.
    diverged_R : array of bool, shape (R,)
        Whose numbers overflowed.
    finished : bool
        Whether all steps are done.
    """

    loss_TR: Array
    diverged_R: NDArray[np.bool_]
    finished: bool


def train(
    spec: Spec,
    weights: Sequence[Array],
    order: NDArray[np.integer],
    lr_R: Sequence[float],
    looks: Sequence[int],
    *,
    fixed: bool = False,
) -> Pieces:
    """Train networks of one shape and norm, each with its own weights and rate: `Losses`.

    Parameters
    ----------
    spec : Spec
    weights : list of arrays, shape (R, D, C)
    order : array of int, shape (S, N) or (R, S, N)
    lr_R : sequence of float
    looks : sequence of int
        Steps at which the losses are taken, ascending, the last one S.
    fixed : bool
        Keep gamma at 1 and beta at 0.
    """
    split = data.load("digits")
    replicas = Replicas(spec, weights, split.x_train, split.y_train, order, lr=list(lr_R))
    loss_TR, n_piece = np.full((len(looks), len(lr_R)), np.nan), max(1, LAYER_STEPS // spec.depth)
    for step in sorted({*looks, *range(n_piece, looks[-1], n_piece)}):
        _advance(replicas, step - replicas.n_done, fixed)
        diverged_R = replicas.diverged_at_R > 0
        if diverged_R.all():
            break  # nothing is left to train
        if step in looks:
            loss_R = losses(spec, replicas.parameters)
            diverged_R = diverged_R | ~np.isfinite(loss_R)
            loss_TR[list(looks).index(step)] = np.where(diverged_R, np.nan, loss_R)
        if step % n_piece == 0:
            yield partial(Losses, loss_TR.copy(), diverged_R, finished=False)
    return Losses(loss_TR, diverged_R, finished=True)


def _advance(replicas: Replicas, n_steps: int, fixed: bool) -> None:
    for n_now in [1] * n_steps if fixed else [n_steps]:
        replicas.advance(n_now)
        if fixed:
            replicas.parameters.gamma[...] = 1
            replicas.parameters.beta[...] = 0


def losses(spec: Spec, parameters: Parameters) -> Array:
    """Return the loss of each network on training digits, shape (R,), in nats.

    Notes
    -----
    In batches of the training size, each with its own statistics: what the network is trained for.
    It is not finite where the numbers have overflowed.
    """
    split = data.load("digits")
    with np.errstate(all="ignore"):
        done = forward(spec, parameters, split.x_train[:N_ASKED], batch_size=BATCH_SIZE)
        logits_RNK = done.logits.astype(np.float64)
        logits_RNK -= logits_RNK.max(-1, keepdims=True)
        right_RN = logits_RNK[:, np.arange(N_ASKED), split.y_train[:N_ASKED]]
        loss_R: Array = (np.log(np.exp(logits_RNK).sum(-1)) - right_RN).mean(-1)
    return loss_R


def spec_of(norm: str, *, depth: int, activation: str) -> Spec:
    """Return the description of a network of this lab; ``norm`` is one of ``NORMS``."""
    norm = BN if norm == FIXED else norm
    return digits.spec(width=WIDTH, depth=depth, activation=activation, norm=norm)


def weights_of(spec: Spec, scales_R: Sequence[float], seed: int) -> list[Array]:
    """Return the same start at several scales, a layer an entry, shape (R, D, C).

    Notes
    -----
    The scale multiplies the hidden layers alone. The logits, which no norm follows, start as they
    are: with batch norm all scales then begin as the same function.
    """
    *hidden, last = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
    scale_R11 = np.array(scales_R)[:, None, None]
    weights = [*(scale_R11 * w for w in hidden), np.ones_like(scale_R11) * last]
    return [w.astype(np.float32) for w in weights]


def order_of(n_steps: int, seed: int) -> NDArray[np.intp]:
    """Return the digits of each step, shape (S, N)."""
    return batch_order(len(data.load("digits").x_train), BATCH_SIZE, n_steps, seed)
