"""Statistics measured anew, with the weights stopped.

Shape legend: M examples, N batch, G = M / N batches, D inputs, L hidden layers, C units.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
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
    n, eps = trainer.n, trainer.spec.eps
    done = forward(trainer.spec, trainer.parameters, x, batch_size=n)
    total, paper, scatter = [], [], []
    for s in done.statistics:
        mean_GC, var_GC = s.mean[:, 0], np.square(1 / s.inv_std[:, 0]) - eps
        mean_C = mean_GC.mean(0)
        within_C, between_C = var_GC.mean(0), np.square(mean_GC - mean_C).mean(0)
        total.append([mean_C, within_C + between_C])
        paper.append([mean_C, within_C * n / (n - 1)])
        scatter.append([mean_GC.std(0, ddof=1), var_GC.std(0, ddof=1) * n / (n - 1)])
    return Precise(*(np.array(part).swapaxes(0, 1) for part in (total, paper, scatter)))


def adapted(training: Training, x_MD: Array) -> Array:
    """Return the statistics of all these images as one batch, shape (2, L, C): no labels needed."""
    trainer = training.trainer
    statistics = forward(trainer.spec, trainer.parameters, x_MD).statistics
    each = [[s.mean[0, 0], np.square(1 / s.inv_std[0, 0]) - trainer.spec.eps] for s in statistics]
    return np.array(each).swapaxes(0, 1)
