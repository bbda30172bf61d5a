"""The network of digits that breaks, and how it is tested: what most demonstrations share.

Shape legend: D pixels, M images, G batches, N images of a batch, L hidden layers, C units.
"""

from typing import Any

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.labs.doctor.case import Case
from bnviz.labs.train_eval.training import Network, held_out, score

MOMENTUM = 0.1
"""PyTorch's default."""


def scored(name: str, kind: str, network: Network, stats_2LC: Array | None, **how: Any) -> Case:
    """Return the case of a network on held-out images: loss (nats) and accuracy."""
    return Case(name, kind, score(network, stats_2LC, **how))


def fickle(network: Network, stats_2LC: Array | None, batch_size: int) -> float:
    """Return the share of held-out images whose answer changes with the images beside them.

    The images are tested in batches, in two orders.
    """
    x_MD, _ = held_out()
    order = np.random.default_rng([network.seed, 3]).permutation(len(x_MD))
    answers = []
    for places in (np.arange(len(x_MD)), order):
        how: dict[str, Any] = {"running_stats": stats_2LC}
        if stats_2LC is None:
            how = {"batch_size": batch_size}
        logits = forward(network.spec, network.parameters, x_MD[places], **how).logits
        answers.append(logits.argmax(-1)[np.argsort(places)])
    return float(np.mean(answers[0] != answers[1]))


def training_images(n_batches: int, batch_size: int) -> Array:
    """Return the first training images, as many as fill these batches, shape (M, D).

    They come round again where there are not enough.
    """
    x_MD = data.load("digits").x_train.astype(np.float64)
    return x_MD[np.arange(n_batches * batch_size) % len(x_MD)]


def batch_statistics(network: Network, x_MD: Array, batch_size: int) -> Array:
    """Return mean and biased variance of every batch in train mode, shape (G, 2, L, C)."""
    done = forward(network.spec, network.parameters, x_MD, batch_size=batch_size)
    found = [[s.mean[:, 0], s.var[:, 0]] for s in done.statistics]
    return np.array(found).transpose(2, 1, 0, 3)


def recorded(running_2LC: Array, batches_G2LC: Array, n: int, momentum: float = MOMENTUM) -> Array:
    """Return running statistics after some more batches of n images, as PyTorch keeps them."""
    for mean_LC, var_LC in batches_G2LC:
        batch_2LC = np.array([mean_LC, var_LC * n / (n - 1)])
        running_2LC = (1 - momentum) * running_2LC + momentum * batch_2LC
    return running_2LC
