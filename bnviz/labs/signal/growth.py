"""How much BN's gradient grows from one ReLU layer to the one below, measured.

Shape legend: M networks, B batch sizes, S sizes of the weights, L layers, C width.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from bnviz.core import theory
from bnviz.labs.arm import Arm, Pieces
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Array, Stack, backward, forward
from bnviz.labs.turns import in_turn

BATCH_SIZES = (8, 16, 32, 64)
SCALES = (0.1, 1.0, 10.0)
"""Factors on He's weights."""
DEPTH = 20
N_NETWORKS = 3


@dataclass(frozen=True, eq=False)
class Growth:
    """Gradients of some networks with BN, each with three sizes of its weights.

    Attributes
    ----------
    squared : array, shape (M, B, S, L)
        Squared norm of the gradient where the layer's product arrives, for a gradient from above
        that does not know of the forward pass.
    """

    squared: Array

    @property
    def n_networks(self) -> int:
        """Networks that have been measured."""
        return len(self.squared)

    @property
    def rate(self) -> Array:
        """Growth of the norm per layer towards the input, shape (B, S); NaN before the first.

        The root of the mean of all ratios of neighbours. The lowest layer is left out: it reads
        no ReLU.
        """
        if not self.n_networks:
            return np.full(self.squared.shape[1:3], np.nan)
        ratio = self.squared[..., 1:-1] / self.squared[..., 2:]
        return np.sqrt(ratio.mean((0, -1)))

    def profile(self, batch_size: int) -> Array:
        """Return the norm at each layer but the lowest over that at the last, shape (S, L - 1)."""
        if not self.n_networks:
            return np.full((len(SCALES), DEPTH - 1), np.nan)
        of_MSL = self.squared[:, BATCH_SIZES.index(batch_size), :, 1:]
        return np.sqrt((of_MSL / of_MSL[..., -1:]).mean(0))


def expected(batch_size: float) -> float:
    """Return the closed form of the rate: the root of Yang et al. 2019, theorem 8."""
    return sqrt(theory.squared_gradient_growth(batch_size))


def expected_profile(batch_size: float) -> Array:
    """Return what `Growth.profile` is by the closed form, shape (L - 1,)."""
    return expected(batch_size) ** (DEPTH - np.arange(2.0, DEPTH + 1))


def network(width: int, seed: int, number: int) -> Pieces:
    """Return squared norms of network ``number`` of this seed, shape (B, S, L)."""
    c, rng = width, np.random.default_rng([seed, 3, number])
    he = np.float32(sqrt(2 / c))
    weights = [rng.standard_normal((c, c), np.float32) * he for _ in range(DEPTH)]
    gain_S11 = np.array(SCALES, np.float32)[:, None, None]
    stack = Stack(weights, "relu", bn=True, gain=gain_S11)
    squared = []
    for n in BATCH_SIZES:
        yield None
        x_NC, dh_NC = rng.standard_normal((2, n, c), np.float32)
        above_SNC = np.broadcast_to(dh_NC, (len(SCALES), n, c))
        gradients = backward(stack, forward(stack, x_NC), above_SNC, weights=False)
        squared.append(gradients.signal.astype(np.float64) ** 2)
    return np.stack(squared)


def measure(settings: Settings) -> Pieces:
    """Measure one network after another: `Growth`."""
    s = settings
    arms = [Arm(network, (s.width, s.seed, number)) for number in range(N_NETWORKS)]
    return in_turn(arms, None, gathered)


def gathered(parts: list[Array | None]) -> Growth:
    """Return the measurements of the networks that are measured; there may be none."""
    known = [part for part in parts if part is not None]
    return Growth(np.reshape(known, (-1, len(BATCH_SIZES), len(SCALES), DEPTH)))
