"""How deep a network still trains: 300 steps at five learning rates, with BN and without.

Shape legend: R learning rates, M examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.losses import cross_entropy
from bnviz.core.network.init import mlp_weights
from bnviz.core.network.passes import forward
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs import digits
from bnviz.labs.arm import Arm, Pieces, finish
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
    """The loss after some steps with BN and without, shape (2, R); infinity where it diverged."""

    n_done: int
    loss: Array

    @property
    def best(self) -> Array:
        """Loss at the best learning rate, with BN and without."""
        return self.loss.min(-1)


def start(
    activation: str,
    norm: str,
    depth: int,
    skips: bool,
    seed: int,
    *,
    rates: Sequence[float] = RATES,
    n_steps: int = N_STEPS,
) -> Replicas:
    """Return one network for each learning rate, all before the first step and alike."""
    split = data.load("digits")
    spec = digits.spec(width=WIDTH, depth=depth, activation=activation, norm=norm, skip=skips)
    order = batch_order(len(split.x_train), BATCH_SIZE, n_steps, seed)
    weights = [
        np.repeat(w[None].astype(np.float32), len(rates), axis=0)
        for w in mlp_weights(spec.sizes, activation, 1.0, seed)
    ]
    return Replicas(spec, weights, split.x_train, split.y_train, order, lr=rates)


def train(activation: str, depth: int, skips: bool, seed: int) -> Pieces:
    """Train all learning rates of one depth together, with BN and without: `Live`."""
    networks = [start(activation, norm, depth, skips, seed) for norm in NORMS]
    n_done = 0
    while n_done < N_STEPS:
        n_steps = min(max(1, LAYERS_AT_ONCE // depth), LOOK_EVERY - n_done % LOOK_EVERY)
        for network in networks:
            network.advance(n_steps)
        n_done += n_steps
        yield None
        if n_done % LOOK_EVERY == 0:
            looks = []
            for first in range(0, N_ASKED, N_AT_ONCE):
                looks.append([loss(network, first) for network in networks])
                yield None
            losses_2R = np.mean(looks, axis=0)
            yield partial(Live, n_done, losses_2R)
    return Live(n_done, losses_2R)


def training_of(s: Settings) -> Arm:
    """Return the training of the depth that the reader chose."""
    return Arm(train, (s.activation, s.depth, s.skips, s.seed))


def loss(networks: Replicas, first: int) -> Array:
    """Return the loss on some of the examples, for each learning rate."""
    split, some = data.load("digits"), slice(first, first + N_AT_ONCE)
    x, labels = split.x_train[some], split.y_train[some]
    with np.errstate(all="ignore"):
        done = forward(networks.spec, networks.parameters, x, batch_size=BATCH_SIZE)
        loss_R = np.array([cross_entropy(each, labels)[0] for each in done.logits])
    return np.where(np.isfinite(loss_R), loss_R, np.inf)


def losses(settings: Settings) -> Mapping[str, Any]:
    """Return the loss of one depth, (2, R), for the record: NaN there where one diverged."""
    return {"loss": finish(training_of(settings)).loss}
