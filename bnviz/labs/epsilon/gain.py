"""What eps does: the gain of a layer, where eps dominates, and what a constant pixel becomes.

Shape legend: S standard deviations, E values of eps, N batch, D pixels.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.functional import batch_norm
from bnviz.labs.epsilon.settings import EPSILONS, Settings

STDS = tuple(float(f"{s:.6g}") for s in 10 ** np.linspace(-5, 1, 25))
"""Standard deviations of a feature, four in a decade."""
N, N_BATCH = 64, 32


@dataclass(frozen=True, eq=False)
class ConstantPixels:
    """What becomes of pixels that are the same in a whole batch of ``N_BATCH`` raw pictures.

    Attributes
    ----------
    n : int
        How many there are.
    largest_step : float
        The farthest that another picture has such a pixel from its value in the batch, in ink:
        1 is full.
    within, beyond : array, shape (E,)
        The largest normalized value of any pixel in the batch, and in all other pictures.
    theory : array, shape (E,)
        ``largest_step / sqrt(eps)``.
    """

    n: int
    largest_step: float
    within: Array
    beyond: Array
    theory: Array


@dataclass(frozen=True, eq=False)
class Gain:
    """What eps does.

    Attributes
    ----------
    gain, output_std : array, shape (E, S)
        Measured for each eps: by how much a small change of the input is multiplied, and the
        standard deviation that comes out. The ``EPSILONS`` are the rows, the ``STDS`` the columns.
    theory_gain, theory_std : array, shape (E, S)
        ``1 / sqrt(s**2 + eps)`` and ``s / sqrt(s**2 + eps)``.
    half_way, limit : array, shape (E,)
        ``sqrt(eps)``, the deviation of a feature whose variance is eps, and the largest gain,
        ``1 / sqrt(eps)``.
    pixels : ConstantPixels
    """

    gain: Array
    output_std: Array
    theory_gain: Array
    theory_std: Array
    half_way: Array
    limit: Array
    pixels: ConstantPixels


def measure(settings: Settings) -> Gain:
    """Measure features of many sizes, and a batch of digits, behind batch norm."""
    stds = np.array(STDS)
    values_N = np.random.default_rng([settings.seed, 16]).normal(size=N)
    values_N = (values_N - values_N.mean()) / values_N.std()
    x_NS = values_N[:, None] * stds
    outputs = [batch_norm(x_NS, eps=eps) for eps in EPSILONS]
    root_ES = np.sqrt(stds**2 + np.array(EPSILONS)[:, None])
    return Gain(
        gain=np.array([cache.gain.ravel() for _, cache in outputs]),
        output_std=np.array([y.std(0) for y, _ in outputs]),
        theory_gain=1 / root_ES,
        theory_std=stds / root_ES,
        half_way=np.sqrt(EPSILONS),
        limit=1 / np.sqrt(EPSILONS),
        pixels=constant_pixels(settings.seed),
    )


def constant_pixels(seed: int) -> ConstantPixels:
    """Measure all pictures, normalized with the statistics of one small batch of raw ones."""
    ink_MD = data.digits.images()[0].reshape(-1, 64) / 16.0
    order = np.random.default_rng([seed, 17]).permutation(len(ink_MD))
    batch_ND, others_MD = ink_MD[order[:N_BATCH]], ink_MD[order[N_BATCH:]]
    mean, var = batch_ND.mean(0), batch_ND.var(0)
    within, beyond = (
        np.array([_largest(x, mean, var, eps) for eps in EPSILONS]) for x in (batch_ND, others_MD)
    )
    step = float(np.abs(others_MD - mean)[:, var == 0].max(initial=0.0))
    return ConstantPixels(int((var == 0).sum()), step, within, beyond, step / np.sqrt(EPSILONS))


def _largest(x_ND: Array, mean: Array, var: Array, eps: float) -> float:
    """Return the largest normalized value under given statistics."""
    y_ND, _ = batch_norm(x_ND, None, None, mean, var, training=False, eps=eps)
    return float(np.abs(y_ND).max())
