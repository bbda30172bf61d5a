"""Networks that train side by side, a few steps at a time, and what they have learned.

Shape legend: R networks, N examples, D inputs, C width, K classes, S steps, T looks.
"""

from collections.abc import Sequence

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


class Group:
    """Networks of one shape and norm, each with its own weights and learning rate.

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

    Attributes
    ----------
    loss_TR : array, shape (T, R)
        In nats; NaN at looks that are still to come, and from a divergence on.
    diverged_R : array of bool, shape (R,)
        Whose numbers overflowed.

    Examples
    --------
    >>> spec = spec_of("bn", depth=1, activation="relu")
    >>> group = Group(spec, weights_of(spec, (1.0,), seed=0), order_of(3, 0), (0.1,), (0, 3))
    >>> group.advance()
    >>> group.finished, group.loss_TR.shape
    (True, (2, 1))
    """

    def __init__(
        self,
        spec: Spec,
        weights: Sequence[Array],
        order: NDArray[np.integer],
        lr_R: Sequence[float],
        looks: Sequence[int],
        *,
        fixed: bool = False,
    ) -> None:
        split = data.load("digits")
        self.loss_TR = np.full((len(looks), len(lr_R)), np.nan)
        self.diverged_R = np.zeros(len(lr_R), bool)
        self._looks, self._fixed = list(looks), fixed
        self._replicas: Replicas | None = Replicas(
            spec, weights, split.x_train, split.y_train, order, lr=list(lr_R)
        )

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self._replicas is None

    def advance(self) -> None:
        """Do a piece of the training, and look whenever it is time to."""
        replicas = self._replicas
        if replicas is None:
            return
        n_left = max(1, LAYER_STEPS // replicas.spec.depth)
        while n_left > 0 and self._looks:
            n_now = min(n_left, self._looks[0] - replicas.n_done)
            self._train(replicas, n_now)
            n_left -= n_now
            self.diverged_R = replicas.diverged_at_R > 0
            if self.diverged_R.all():
                self._looks = []  # nothing is left to train
            elif replicas.n_done == self._looks[0]:
                self._look(replicas)
        if not self._looks:
            self._replicas = None  # a finished group keeps its losses only

    def _train(self, replicas: Replicas, n_steps: int) -> None:
        if not self._fixed:
            replicas.advance(n_steps)
            return
        for _ in range(n_steps):
            replicas.advance(1)
            replicas.parameters.gamma[...] = 1
            replicas.parameters.beta[...] = 0

    def _look(self, replicas: Replicas) -> None:
        row = len(self.loss_TR) - len(self._looks)
        del self._looks[0]
        loss_R = losses(replicas.spec, replicas.parameters)
        self.diverged_R = self.diverged_R | ~np.isfinite(loss_R)
        self.loss_TR[row] = np.where(self.diverged_R, np.nan, loss_R)


def losses(spec: Spec, parameters: Parameters) -> Array:
    """Give the loss of each network on training digits, shape (R,), in nats.

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
    """Describe a network of this lab; ``norm`` is one of ``NORMS``."""
    split = data.load("digits")
    return Spec(
        n_inputs=split.x_train.shape[1],
        width=WIDTH,
        depth=depth,
        n_classes=split.n_classes,
        activation=activation,
        norm=BN if norm == FIXED else norm,
    )


def weights_of(spec: Spec, scales_R: Sequence[float], seed: int) -> list[Array]:
    """Give the same start at several scales, a layer an entry, shape (R, D, C).

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
    """Give the digits of each step, shape (S, N)."""
    return batch_order(len(data.load("digits").x_train), BATCH_SIZE, n_steps, seed)
