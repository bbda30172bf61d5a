"""Statistics measured anew, with the weights stopped.

Shape legend: M examples, N batch, G = M / N batches, D inputs, L hidden layers, C units.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.core.stats.precise import precise_stats
from bnviz.labs.train_eval.training import N_PRECISE, Training


class Precise(NamedTuple):
    """What many training images say at the present weights.

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


def precise(training: Training) -> Precise:
    """Send training images through in train mode, in batches of the training size, and measure."""
    x, trainer = data.load("digits").x_train[:N_PRECISE], training.trainer
    done, n = forward(trainer.spec, trainer.parameters, x, batch_size=trainer.n), trainer.n
    scatter = [
        [s.mean[:, 0].std(0, ddof=1), s.var[:, 0].std(0, ddof=1) * n / (n - 1)]
        for s in done.statistics
    ]
    total, paper = precise_stats(done), precise_stats(done, "mean of batches")
    return Precise(total, paper, np.array(scatter).swapaxes(0, 1))


def adapted(training: Training, x_MD: Array) -> Array:
    """Return the statistics of all these images as one batch, shape (2, L, C): no labels needed."""
    return precise_stats(forward(training.trainer.spec, training.trainer.parameters, x_MD))
