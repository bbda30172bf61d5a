"""How far the mean and the variance of a batch are from those of all images.

Shape legend: N images, M batch sizes, P points of a curve, R batches.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core import theory
from bnviz.core.array import Array
from bnviz.core.functional.sums import sum_over
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.noise.draws import LAW, batches, stream
from bnviz.labs.noise.networks import population
from bnviz.labs.noise.settings import Settings

POWERS = tuple(2**k for k in range(1, 11))
FITTED = 256
"""The slope is that of the sizes up to this one."""
N_EPOCHS = 300
"""Rows of 1024 values; each is cut into batches of every size."""
QUADRUPLE = 4


@dataclass(frozen=True, eq=False)
class Law:
    """Measurements at each batch size, beside theory.

    Attributes
    ----------
    n : int
        Images there are.
    sizes, n_batches : arrays of int, shape (M,)
    mean_noise : array, shape (M,)
        Root mean square of ``(mean of the batch - mu) / sigma``.
    var_noise : array, shape (M,)
        Standard deviation of the batch variance over its mean.
    var_mean : array, shape (M,)
        Mean of the biased batch variance over sigma squared.
    mean_theory, var_theory : arrays, shape (M,)
        Closed forms. The second holds for draws with replacement.
    slope, theory_slope : float
        Of log noise of the mean against log batch size, up to 256.
    kurtosis : float
        Of the unit's values over all images.
    curve : array of int, shape (P,)
        Batch sizes of the closed forms below.
    mean_with, mean_without : arrays, shape (P,)
        Noise of the mean for draws with and without replacement.
    var_curve, var_shorthand : arrays, shape (P,)
        Noise of the variance, exact and by ``sqrt((kurtosis - 1) / m)``.
    """

    n: int
    sizes: NDArray[np.intp]
    n_batches: NDArray[np.intp]
    mean_noise: Array
    var_noise: Array
    var_mean: Array
    mean_theory: Array
    var_theory: Array
    slope: float
    theory_slope: float
    kurtosis: float
    curve: NDArray[np.intp]
    mean_with: Array
    mean_without: Array
    var_curve: Array
    var_shorthand: Array

    def at(self, size: int) -> int:
        """Return the place of a batch size."""
        return int(np.searchsorted(self.sizes, size))


def measure(settings: Settings) -> Pieces:
    """Draw batches of many sizes; the chosen one and four times it are among them."""
    m = settings.batch_size
    sizes = tuple(sorted({*POWERS, m, QUADRUPLE * m}))
    return (yield from ask(compare, settings.unit, sizes, settings.replacement, settings.seed))


def compare(unit: int, sizes: tuple[int, ...], replacement: bool, seed: int) -> Pieces:
    """Compare the statistics of batches of some sizes with theory; gives a `Law`."""
    values_N = (yield from ask(population, seed))[:, unit]
    z_N = (values_N - values_N.mean()) / values_N.std()
    n, kurtosis, largest = len(z_N), float((z_N**4).mean()), max(POWERS)
    rng = stream(seed, LAW)
    rows = z_N[batches(n, largest, N_EPOCHS, replacement=replacement, rng=rng)]
    found = np.empty((3, len(sizes)))
    for k, m in enumerate(sizes):
        found[:, k] = moments(rows, m)
        yield None
    drawn_from = None if replacement else n
    expected = np.array([theory.batch_mean_std(m, population=drawn_from) for m in sizes])
    fitted = [k for k, m in enumerate(sizes) if m in POWERS and m <= FITTED]
    return Law(
        n=n,
        sizes=np.array(sizes),
        n_batches=np.array([N_EPOCHS * (largest // m) for m in sizes]),
        mean_noise=found[0],
        var_noise=found[1],
        var_mean=found[2],
        mean_theory=expected,
        var_theory=np.array([theory.batch_var_cv(m, kurtosis) for m in sizes]),
        slope=_slope(sizes, found[0], fitted),
        theory_slope=_slope(sizes, expected, fitted),
        kurtosis=kurtosis,
        **_curves(n, kurtosis),
    )


def moments(rows: Array, m: int) -> tuple[float, float, float]:
    """Return noise of the mean, noise of the variance and mean variance of batches of m values.

    The values have mean 0 and variance 1, so the sum of squares keeps its digits.
    """
    cut = rows[:, : rows.shape[1] // m * m].reshape(-1, m)
    mean_R = sum_over(cut, (-1,)) / m
    var_R = sum_over(cut * cut, (-1,)) / m - mean_R**2
    return (
        float(np.sqrt((mean_R**2).mean())),
        float(var_R.std() / var_R.mean()),
        float(var_R.mean()),
    )


def _slope(sizes: tuple[int, ...], noise: Array, places: list[int]) -> float:
    x, y = np.log(np.array(sizes)[places]), np.log(noise[places])
    return float(np.polyfit(x, y, 1)[0])


def _curves(n: int, kurtosis: float) -> dict[str, Any]:
    """Return the closed forms over batch sizes up to all images."""
    near_the_end = [n - 200, n - 100, n - 50, n - 20, n - 10, n - 5, n - 2, n - 1]
    sizes = sorted({*np.geomspace(2, n - 200, 40).round().astype(int).tolist(), *near_the_end})
    return {
        "curve": np.array(sizes),
        "mean_with": np.array([theory.batch_mean_std(m) for m in sizes]),
        "mean_without": np.array([theory.batch_mean_std(m, population=n) for m in sizes]),
        "var_curve": np.array([theory.batch_var_cv(m, kurtosis) for m in sizes]),
        "var_shorthand": np.sqrt((kurtosis - 1) / np.array(sizes)),
    }
