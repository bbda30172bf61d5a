"""Statistics measured anew, with the weights stopped.

Shape legend: M examples, N batch, G = M / N batches, D inputs, L hidden layers, C units.
"""

from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.network import Array
from bnviz.core.passes import forward
from bnviz.core.theory.noise import batch_mean_std, batch_var_cv
from bnviz.labs.train_eval.training import N_PRECISE, Training


class Precise(NamedTuple):
    """What many training images say at the present weights.

    Attributes
    ----------
    total : array, shape (2, L, C)
        Mean and variance of all values together: precise batch norm.
    paper : array, shape (2, L, C)
        Mean of the batches' means, and of their unbiased variances (Ioffe & Szegedy 2015).
    unit : array, shape (M,)
        What batch norm reads at the unit on show: the first of the last hidden layer.
    """

    total: Array
    paper: Array
    unit: Array


def precise(training: Training) -> Precise:
    """Send training images through in train mode, in batches of the training size, and measure."""
    x, trainer = data.load("digits").x_train[:N_PRECISE], training.trainer
    n, eps = trainer.n, trainer.spec.eps
    done = forward(trainer.spec, trainer.parameters, x, batch_size=n)
    total, paper = [], []
    for s in done.statistics:
        mean_GC, var_GC = s.mean[:, 0], np.square(1 / s.inv_std[:, 0]) - eps
        mean_C = mean_GC.mean(0)
        within_C, between_C = var_GC.mean(0), np.square(mean_GC - mean_C).mean(0)
        total.append([mean_C, within_C + between_C])
        paper.append([mean_C, within_C * n / (n - 1)])
    return Precise(
        np.array(total).swapaxes(0, 1), np.array(paper).swapaxes(0, 1), done.linear[-1][:, 0]
    )


def adapted(training: Training, x_MD: Array) -> Array:
    """Return the statistics of all these images as one batch, shape (2, L, C): no labels needed."""
    trainer = training.trainer
    statistics = forward(trainer.spec, trainer.parameters, x_MD).statistics
    each = [[s.mean[0, 0], np.square(1 / s.inv_std[0, 0]) - trainer.spec.eps] for s in statistics]
    return np.array(each).swapaxes(0, 1)


def scatter(values_M: Array, n: int) -> tuple[float, float]:
    """Return how far mean and unbiased variance of a batch scatter, as standard deviations.

    Parameters
    ----------
    values_M : array
        Many values of the unit.
    n : int
        Batch size.
    """
    var = float(values_M.var())
    if var == 0:
        return 0.0, 0.0
    kurtosis = float(np.mean((values_M - values_M.mean()) ** 4) / var**2)
    # It is 1 at least; rounding may leave it just below.
    return batch_mean_std(n) * var**0.5, batch_var_cv(n, max(kurtosis, 1.0)) * var
