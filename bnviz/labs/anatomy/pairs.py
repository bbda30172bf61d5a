"""Many batches of two, from wide apart to nearly the same.

Shape legend: P pairs.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.labs.anatomy.settings import Settings
from bnviz.labs.anatomy.shapes import draw

N_PAIRS = 200
NEAR = 0.99
"""A pair whose x̂ is larger than this comes out as −1 and 1 to within 1%."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """The larger value of each pair, from near to far.

    Attributes
    ----------
    half, x_hat : arrays, shape (P,)
        Half the distance h of the two values, and the x_hat of the larger one.
    expected : array, shape (P,)
        ``h / sqrt(h^2 + eps)``.
    """

    half: Array
    x_hat: Array
    expected: Array

    @property
    def farthest_that_differs(self) -> float:
        """Return the largest distance of two values that do not come out as −1 and 1."""
        close_P = self.half[self.x_hat <= NEAR]
        return 2 * float(close_P.max()) if close_P.size else 0.0


def measure(settings: Settings) -> Pairs:
    """Normalize pairs, as many in each power of ten of their distance."""
    rng = np.random.default_rng(settings.seed)
    draw(settings, rng)  # the batch of the view on shapes comes first
    half_P = settings.std * 10.0 ** rng.uniform(-6, 1, N_PAIRS)
    centre_P = rng.normal(settings.mean, settings.std, N_PAIRS)
    x_2P = np.stack([centre_P - half_P, centre_P + half_P])
    _, done = bn.forward(x_2P, np.ones(N_PAIRS), np.zeros(N_PAIRS), settings.eps)
    order = np.argsort(half_P)
    half_P = half_P[order]
    return Pairs(half_P, done.x_hat_NC[1][order], half_P / np.sqrt(half_P**2 + settings.eps))
