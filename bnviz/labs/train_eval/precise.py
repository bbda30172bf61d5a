"""Statistics measured anew, with the weights stopped.

Shape legend: M examples, N batch, G = M / N batches, D inputs, L hidden layers, C units.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.core.stats.precise import precise_stats
from bnviz.labs.train_eval.training import N_PRECISE, Network


class Precise(NamedTuple):
    """Statistics of many training images at the present weights.

    Attributes
    ----------
    total : array, shape (2, L, C)
        Mean and variance of all values together: precise batch norm.
    paper : array, shape (2, L, C)
        Mean of the batches' means, and of their unbiased variances (Ioffe & Szegedy 2015).
    scatter : array, shape (2, L, C)
        Standard deviation with which the means and the unbiased variances of the batches scatter.
    """

    total: Array
    paper: Array
    scatter: Array


def precise(network: Network) -> Precise:
    """Measure training images in train mode, in batches of the training size."""
    x, n = data.load("digits").x_train[:N_PRECISE], network.batch_size
    done = forward(network.spec, network.parameters, x, batch_size=n)
    scatter = [
        [s.mean[:, 0].std(0, ddof=1), s.var[:, 0].std(0, ddof=1) * n / (n - 1)]
        for s in done.statistics
    ]
    total, paper = precise_stats(done), precise_stats(done, "mean of batches")
    return Precise(total, paper, np.array(scatter).swapaxes(0, 1))


def adapted(network: Network, x_MD: Array) -> Array:
    """Return the statistics of all these images as one batch, shape (2, L, C): no labels needed."""
    return precise_stats(forward(network.spec, network.parameters, x_MD))
