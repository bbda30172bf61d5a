"""Sixty random settings: how good a result one may expect without tuning.

Shape legend: Q draws, J the two norms (``PAIR``).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import TRAINED, Group, order_of, spec_of, weights_of

N_DRAWS, N_TOGETHER = 60, 12
DEPTH, N_STEPS = 3, 100
RATE_ENDS, SCALE_ENDS = (1e-3, 10.0), (0.1, 10.0)


@dataclass(frozen=True, eq=False)
class Draws:
    """What became of the draws; those not finished have NaN.

    Attributes
    ----------
    lr, scale : arrays, shape (Q,)
    loss : array, shape (J, Q)
        After the last step, in nats; infinite after a divergence, NaN where not finished.
    """

    lr: Array
    scale: Array
    loss: Array

    @property
    def complete(self) -> bool:
        """Whether all draws are finished."""
        return not bool(np.isnan(self.loss).any())

    @property
    def share(self) -> Array:
        """Share of the draws that train, shape (J,)."""
        share: Array = (np.nan_to_num(self.loss, nan=np.inf) < TRAINED).mean(-1)
        return share

    @property
    def median(self) -> Array:
        """Median of the final loss, shape (J,); infinite if half of the draws diverge."""
        middle: Array = np.sort(self.loss, -1)[:, N_DRAWS // 2 - 1 : N_DRAWS // 2 + 1].mean(-1)
        return middle

    @property
    def best(self) -> Array:
        """Lowest final loss, shape (J,)."""
        best: Array = self.loss.min(-1)
        return best


def drawn(seed: int) -> tuple[Array, Array]:
    """Draw learning rates and initial scales, evenly on a log scale.

    Examples
    --------
    >>> lr, scale = drawn(0)
    >>> lr.shape, bool((lr > 1e-3).all() and (scale < 10).all())
    ((60,), True)
    """
    rng = np.random.default_rng([seed, 36])
    low, high = np.log([RATE_ENDS, SCALE_ENDS]).T
    lr, scale = np.exp(rng.uniform(low, high, (N_DRAWS, 2))).T
    return lr, scale


@lru_cache(maxsize=64)
def group(norm: str, part: int, activation: str, seed: int) -> Group:
    """Give some of the draws, as far as they are trained."""
    lr, scale = (values[part::N_PARTS] for values in drawn(seed))
    spec = spec_of(norm, depth=DEPTH, activation=activation)
    weights = weights_of(spec, scale.tolist(), seed)
    return Group(spec, weights, order_of(N_STEPS, seed), lr.tolist(), (N_STEPS,))


N_PARTS = N_DRAWS // N_TOGETHER


def groups(activation: str, seed: int) -> list[Group]:
    """List all draws with both norms, in the order in which they train."""
    return [group(norm, part, activation, seed) for part in range(N_PARTS) for norm in PAIR]


def measure(activation: str, seed: int, *, asked: bool = True) -> Draws:
    """Put together what is trained so far."""
    lr, scale = drawn(seed)
    loss: NDArray[np.float64] = np.full((len(PAIR), N_DRAWS), np.nan)
    for part in range(N_PARTS):
        for j, norm in enumerate(PAIR):
            found = group(norm, part, activation, seed)
            if asked and found.finished:
                loss[j, part::N_PARTS] = np.where(found.diverged_R, np.inf, found.loss_TR[-1])
    return Draws(lr, scale, loss)
