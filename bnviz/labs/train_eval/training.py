"""A network that trains, with the statistics of every batch kept.

Running statistics do not take part in training: they are written down beside it. Therefore one
training serves all ways to keep them. Only frozen batch norm is another training.

Shape legend: S steps, N batch, D inputs, L hidden layers, C units, M examples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import backward, forward, loss_and_accuracy
from bnviz.core.train.batches import batch_order, class_batch_order
from bnviz.core.train.trainer import Trainer
from bnviz.labs import digits
from bnviz.labs.arm import Pieces
from bnviz.labs.train_eval.convention import PYTORCH, Convention, Kept

N_STEPS = 300
DEPTH, WIDTH, LR = 3, 64, 0.05
N_TEST = 256
"""Held-out images that are looked at: every batch size divides it."""
N_PRECISE = 512
"""Training images behind the precise statistics."""


@dataclass(frozen=True, eq=False)
class Network(digits.Network):
    """A network of this lab, at some step of its training.

    Attributes
    ----------
    batch_size, seed : int
        Of its training.
    batch_stats : array, shape (S, 2, L, C)
        Mean and biased variance of each batch so far.
    """

    batch_size: int
    seed: int
    batch_stats: Array


class Training:
    """The training of one network on the digits, a step at a time.

    Parameters
    ----------
    batch_size, seed : int
    order_SN : array of int, shape (S, N), optional
        The images of each step; the default is a new shuffle each epoch.
    norm : {"bn", "none"}
    frozen_after : int, optional
        From this step on the batch norm layers are in evaluation mode, with what ``convention``
        has kept until then.
    convention : Convention

    Attributes
    ----------
    trainer : Trainer
        In float64, so that another machine gets the same numbers to many digits.
    kept : Kept
        Running statistics as ``convention`` says; they stand still once frozen.
    batch_stats : list of arrays, shape (2, L, C)
        Mean and biased variance of each batch so far.
    """

    def __init__(
        self,
        batch_size: int,
        seed: int,
        *,
        order_SN: NDArray[np.integer] | None = None,
        norm: str = "bn",
        frozen_after: int | None = None,
        convention: Convention = PYTORCH,
    ) -> None:
        split = data.load("digits")
        self._x, self._y = split.x_train.astype(np.float64), split.y_train
        spec = digits.spec(width=WIDTH, depth=DEPTH, norm=norm, lr=LR)
        weights = mlp_weights(spec.sizes, spec.activation, 1.0, seed)
        if order_SN is None:
            order_SN = batch_order(len(self._x), batch_size, N_STEPS, seed)
        self.trainer = Trainer(spec, weights, self._x, self._y, order_SN, dtype=np.float64)
        self.kept = Kept(convention, (2, DEPTH, WIDTH))
        self.batch_stats: list[Array] = []
        self.seed = seed
        self._frozen_after = N_STEPS if frozen_after is None else frozen_after

    @property
    def n_done(self) -> int:
        """Steps done."""
        return self.trainer.n_done

    @property
    def network(self) -> Network:
        """The network as it is now."""
        trainer = self.trainer
        stats = np.array(self.batch_stats).reshape(-1, 2, DEPTH, WIDTH)
        now = digits.network_of(trainer)
        return Network(now.spec, now.flat, now.running_stats, trainer.n, self.seed, stats)

    def step(self) -> None:
        """Train one step."""
        if self.n_done >= self._frozen_after:
            self._frozen_step()
            return
        self.trainer.advance(1)
        if self.trainer.spec.norm == "bn":
            self.batch_stats.append(self.trainer.batch_stats.copy())
            self.kept.update(self.batch_stats[-1], self.trainer.n)

    def _frozen_step(self) -> None:
        """Train a step in which the statistics are constants, also for the gradient."""
        trainer, spec = self.trainer, self.trainer.spec
        examples = trainer.order[self.n_done]
        done = forward(spec, trainer.parameters, self._x[examples], running_stats=self.kept.value)
        _, dlogits = cross_entropy(done.logits, self._y[examples])
        gradient = backward(spec, trainer.parameters, done, dlogits, training=False)
        trainer.parameters.flat[...] -= spec.lr * gradient.flat
        trainer.n_done += 1
        own = [np.array([z.mean(0), z.var(0)]) for z in done.linear]
        self.batch_stats.append(np.stack(own, 1))


def train(batch_size: int, seed: int, norm: str = "bn", order: str = "shuffled") -> Pieces:
    """Train to the end, some steps in each piece: a `Network`.

    The order is "shuffled", or "sorted": each batch then holds the images of one class.
    """
    order_SN = None
    if order == "sorted":
        labels = data.load("digits").y_train
        order_SN = class_batch_order(labels, batch_size, N_STEPS, seed, classes_per_batch=1)
    training = Training(batch_size, seed, order_SN=order_SN, norm=norm)
    while training.n_done < N_STEPS and training.trainer.diverged_at is None:
        training.step()
        if training.n_done % 30 == 0:
            yield None
    return training.network


def held_out() -> tuple[Array, NDArray[np.integer]]:
    """Return the held-out images and their labels, ``N_TEST`` of them."""
    split = data.load("digits")
    return split.x_test[:N_TEST].astype(np.float64), split.y_test[:N_TEST]


def score(
    network: Network,
    stats_2LC: Array | None,
    *,
    batch_size: int | None = None,
    x_MD: Array | None = None,
) -> tuple[float, float]:
    """Return loss (nats) and accuracy on the held-out images, or on a changed form ``x_MD``.

    They are normalized with ``stats_2LC``, or each batch of ``batch_size`` with its own.
    """
    x, labels = held_out()
    x = x if x_MD is None else x_MD
    done = forward(
        network.spec, network.parameters, x, batch_size=batch_size, running_stats=stats_2LC
    )
    return loss_and_accuracy(done.logits, labels)


def kept(network: Network, convention: Convention) -> Array:
    """Return the running statistics after all batches of a network, shape (2, L, C)."""
    running = Kept(convention, network.batch_stats[0].shape)
    for batch_2LC in network.batch_stats:
        running.update(batch_2LC, network.batch_size)
    return running.value
