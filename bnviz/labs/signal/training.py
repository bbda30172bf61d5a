"""How deep a network still trains: 300 steps at five learning rates, with BN and without.

Shape legend: R learning rates, M examples.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Array

NORMS = ("bn", "none")
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
WIDTH, BATCH_SIZE, N_STEPS = 64, 64, 300
N_ASKED = 1024
"""Training examples on which the loss is taken, in batches like those of the training."""
N_AT_ONCE = 128
LOOK_EVERY = 100
"""Training steps from one look at the loss to the next."""
LAYERS_AT_ONCE = 60
"""Layers times training steps that are done in one piece: some 40 ms."""
CHANCE = float(np.log(10))
"""Loss of a network that gives all ten digits the same probability, in nats."""
STOPS = CHANCE / 2
"""A loss above half of chance after the last step counts as: it does not train."""


@dataclass(frozen=True, eq=False)
class Live:
    """A depth that was trained just now.

    Attributes
    ----------
    n_done : int
        Steps done.
    loss : array, shape (2, R)
        With BN and without, for each learning rate; infinity where it diverged.
    """

    n_done: int
    loss: Array

    @property
    def best(self) -> Array:
        """Loss at the best learning rate, with BN and without."""
        best: Array = self.loss.min(-1)
        return best


class Training:
    """Train all learning rates of one depth together, with BN and without.

    Parameters
    ----------
    settings : Settings
        Gives depth, activation, skips and seed; width and batch are those of the recorded sweep.
    """

    def __init__(self, settings: Settings) -> None:
        split = data.load("digits")
        self._x, self._labels = split.x_train[:N_ASKED], split.y_train[:N_ASKED]
        order = batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, settings.seed)
        self.networks = []
        for norm in NORMS:
            spec = Spec(
                n_inputs=self._x.shape[1], width=WIDTH, depth=settings.depth,
                n_classes=split.n_classes, activation=settings.activation, norm=norm,
                skip=settings.skips,
            )  # fmt: skip
            start = mlp_weights(spec.sizes, settings.activation, 1.0, settings.seed)
            weights = [np.repeat(w[None].astype(np.float32), len(RATES), axis=0) for w in start]
            x, labels = split.x_train, split.y_train
            self.networks.append(Replicas(spec, weights, x, labels, order, lr=RATES))

    def pieces(self) -> Iterator[Live | None]:
        """Train in small pieces; yield the losses after a look at them, None after other pieces."""
        n_done, depth = 0, self.networks[0].spec.depth
        while n_done < N_STEPS:
            n_steps = min(max(1, LAYERS_AT_ONCE // depth), LOOK_EVERY - n_done % LOOK_EVERY)
            for network in self.networks:
                network.advance(n_steps)
            n_done += n_steps
            yield None
            if n_done % LOOK_EVERY == 0:
                looks = []
                for start in range(0, N_ASKED, N_AT_ONCE):
                    looks.append([self._loss(network, start) for network in self.networks])
                    yield None
                yield Live(n_done, np.mean(looks, axis=0))

    def _loss(self, network: Replicas, start: int) -> Array:
        """Give the loss on some of the examples, for each learning rate."""
        some = slice(start, start + N_AT_ONCE)
        x, labels = self._x[some], self._labels[some]
        with np.errstate(all="ignore"):
            done = forward(network.spec, network.parameters, x, batch_size=BATCH_SIZE)
            loss_R = np.array([cross_entropy(logits, labels)[0] for logits in done.logits])
        return np.where(np.isfinite(loss_R), loss_R, np.inf)


def losses(settings: Settings) -> Mapping[str, Any]:
    """Train one depth to the end, for the recorded sweep.

    Returns
    -------
    dict
        ``loss``: shape (2, R), NaN once it is recorded where a network diverged.
    """
    *_, last = (live for live in Training(settings).pieces() if live)
    return {"loss": last.loss}
