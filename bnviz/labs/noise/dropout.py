"""The noise of batch normalization beside that of dropout: two laws.

Shape legend: R batches, B batch, U units, K bins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.functional import standardize
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.noise.draws import FACTOR, MASK, batches_with, stream
from bnviz.labs.noise.networks import population
from bnviz.labs.noise.settings import WIDTH, Settings

N_BATCHES = 1000
N_UNITS = 16
"""Units whose noise is compared, pair by pair: the chosen one and those after it."""
N_PIECES = 20
"""A piece of the batches at a time stays in the processor's cache."""
EDGES = np.linspace(-2, 3, 101)


@dataclass(frozen=True, eq=False)
class Factor:
    """By what a value is multiplied: in a thousand batches, and under a thousand masks.

    Attributes
    ----------
    image : int
        The image whose value of the unit lies nearest to one sigma above the mean.
    fixed : float
        Its normalized value with the statistics of all images.
    edges : array, shape (K + 1,)
    counts : array of int, shape (K,)
        Of the factor of batch norm: normalized in the batch over ``fixed``. What lies outside the
        edges is counted at them.
    mean, std : float
        Of the factor of batch norm.
    n_zero, n_values : int
        How many of its factors are exactly 0, and how many different ones there are.
    p : float
        Of dropout.
    kept : float
        Its other factor, 1 / (1 - p).
    dropped : float
        Share of dropout's factors that are 0, over all units and masks.
    units : array of int, shape (U,)
    correlation, dropout_correlation : arrays, shape (U, U)
        Between the factors of two units.
    shared, dropout_shared : float
        Mean absolute correlation of two different units.
    """

    image: int
    fixed: float
    edges: Array
    counts: NDArray[np.intp]
    mean: float
    std: float
    n_zero: int
    n_values: int
    p: float
    kept: float
    dropped: float
    units: NDArray[np.intp]
    correlation: Array
    dropout_correlation: Array
    shared: float
    dropout_shared: float


def measure(settings: Settings) -> Pieces:
    """Measure both noises."""
    s = settings
    image, fixed, x_hat_RU = yield from ask(normalized, s.batch_size, s.unit, s.replacement, s.seed)
    factor_R = x_hat_RU[:, 0] / fixed
    kept_RU = stream(s.seed, MASK).random((N_BATCHES, N_UNITS)) >= s.dropout
    mask_RU = kept_RU / (1 - s.dropout)
    correlations = [_correlation(each) for each in (x_hat_RU, mask_RU)]
    apart = ~np.eye(N_UNITS, dtype=bool)
    shared = [float(np.nanmean(np.abs(each[apart]))) for each in correlations]
    return Factor(
        image=image,
        fixed=fixed,
        edges=EDGES,
        counts=np.histogram(np.clip(factor_R, EDGES[0], EDGES[-1]), EDGES)[0],
        mean=float(factor_R.mean()),
        std=float(factor_R.std()),
        n_zero=int((factor_R == 0).sum()),
        n_values=len(np.unique(factor_R)),
        p=s.dropout,
        kept=1 / (1 - s.dropout),
        dropped=float(1 - kept_RU.mean()),
        units=_units(s.unit),
        correlation=correlations[0],
        dropout_correlation=correlations[1],
        shared=shared[0],
        dropout_shared=shared[1],
    )


def normalized(batch_size: int, unit: int, replacement: bool, seed: int) -> Pieces:
    """Return the image, its own normalized value, and the one in each batch, shape (R, U)."""
    values_NU = (yield from ask(population, seed))[:, _units(unit)]
    fixed_NU = standardize(values_NU, (-2,)).x_hat
    image = int(np.abs(fixed_NU[:, 0] - 1).argmin())
    rng = stream(seed, FACTOR)
    rows = batches_with(
        image, len(values_NU), batch_size, N_BATCHES, replacement=replacement, rng=rng
    )
    x_hat = []
    for some in np.array_split(rows, N_PIECES):
        x_hat.append(standardize(values_NU[some], (-2,)).x_hat[:, 0])
        yield None
    return image, float(fixed_NU[image, 0]), np.concatenate(x_hat)


def _units(unit: int) -> NDArray[np.intp]:
    return (unit + np.arange(N_UNITS)) % WIDTH


def _correlation(noise_RU: Array) -> Array:
    """Return the correlations of the columns; NaN for one that is the same in every row."""
    spread_U = noise_RU.std(axis=0)
    z_RU = (noise_RU - noise_RU.mean(axis=0)) / np.where(spread_U > 0, spread_U, np.nan)
    return z_RU.T @ z_RU / len(noise_RU)
