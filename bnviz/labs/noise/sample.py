"""One image in many random batches: what batch normalization makes of it.

Shape legend: M batch sizes, R batches, K bins.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.functional import standardize
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.noise.draws import SAMPLE, batches_with, order, stream
from bnviz.labs.noise.networks import population
from bnviz.labs.noise.settings import Settings

SIZES = tuple(2**k for k in range(1, 9))
N_DOTS = 120
"""Batches of each size, a dot for each."""
N_BATCHES = 1000
"""Batches of the chosen size."""
REACH = 4
"""The values are drawn from minus this to plus this, further where the dots need it."""
BINS = 10
"""Of the histogram, for each unit of x̂."""


@dataclass(frozen=True, eq=False)
class Followed:
    """The normalized value of one image.

    Attributes
    ----------
    image, label : int
        Its number in the training set, and the digit that it shows.
    fixed : float
        Its normalized value with mean and variance of all images: it does not depend on a batch.
    sizes : array of int, shape (M,)
    x_hat : array, shape (M, R)
        Its normalized value in R random batches of each size.
    spread : array, shape (M,)
        Standard deviations of the rows.
    edges : array, shape (K + 1,)
    counts : array of int, shape (K,)
        Of its normalized value in a thousand batches of the chosen size; what lies outside the
        edges is counted at them.
    low, high : float
        Between these two are the middle 90% of the thousand values.
    mean, std : float
        Of the thousand values.
    """

    image: int
    label: int
    fixed: float
    sizes: NDArray[np.intp]
    x_hat: Array
    spread: Array
    edges: Array
    counts: NDArray[np.intp]
    low: float
    high: float
    mean: float
    std: float


def measure(settings: Settings) -> Pieces:
    """Measure what becomes of one image in many batches."""
    s = settings
    image = int(order(s.seed)[s.sample - 1])
    values_N = (yield from ask(population, s.seed))[:, s.unit]
    x_hat = yield from ask(strips, image, s.unit, s.replacement, s.seed)
    rng = stream(s.seed, SAMPLE)
    rows = batches_with(
        image, len(values_N), s.batch_size, N_BATCHES, replacement=s.replacement, rng=rng
    )
    chosen_R = first(values_N, rows)
    low, high = np.quantile(chosen_R, (0.05, 0.95))
    reach = max(REACH, math.ceil(np.abs(x_hat).max()))
    edges = np.linspace(-reach, reach, 2 * reach * BINS + 1)
    return Followed(
        image=image,
        label=int(data.load("digits").y_train[image]),
        fixed=float(standardize(values_N, (-1,)).x_hat[image]),
        sizes=np.array(SIZES),
        x_hat=x_hat,
        spread=x_hat.std(axis=1),
        edges=edges,
        counts=np.histogram(np.clip(chosen_R, -reach, reach), edges)[0],
        low=float(low),
        high=float(high),
        mean=float(chosen_R.mean()),
        std=float(chosen_R.std()),
    )


def strips(image: int, unit: int, replacement: bool, seed: int) -> Pieces:
    """Return the normalized value of an image in some batches of each size, shape (M, R)."""
    values_N = (yield from ask(population, seed))[:, unit]
    rng, n = stream(seed, SAMPLE), len(values_N)
    x_hat = np.empty((len(SIZES), N_DOTS))
    for row_R, m in zip(x_hat, SIZES, strict=True):
        rows = batches_with(image, n, m, N_DOTS, replacement=replacement, rng=rng)
        row_R[:] = first(values_N, rows)
        yield None
    return x_hat


def first(values_N: Array, rows_RM: NDArray[np.intp]) -> Array:
    """Normalize each batch, and return what became of its first value."""
    return standardize(values_N[rows_RM], (-1,)).x_hat[:, 0]
