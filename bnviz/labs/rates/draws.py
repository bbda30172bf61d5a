"""Sixty random settings: how good a result one may expect without tuning.

Shape legend: Q draws, J the two norms (``PAIR``).
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.arm import Arm, Pieces
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import TRAINED, order_of, spec_of, train, weights_of
from bnviz.labs.rates.settings import Settings
from bnviz.labs.turns import in_turn

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
        return (np.nan_to_num(self.loss, nan=np.inf) < TRAINED).mean(-1)

    @property
    def median(self) -> Array:
        """Median of the final loss, shape (J,); infinite if half of the draws diverge."""
        return np.sort(self.loss, -1)[:, N_DRAWS // 2 - 1 : N_DRAWS // 2 + 1].mean(-1)

    @property
    def best(self) -> Array:
        """Lowest final loss, shape (J,)."""
        return self.loss.min(-1)


def drawn(seed: int) -> tuple[Array, Array]:
    """Return random learning rates and initial scales, even on a log scale, shape (Q,) each."""
    rng = np.random.default_rng([seed, 36])
    low, high = np.log([RATE_ENDS, SCALE_ENDS]).T
    lr, scale = np.exp(rng.uniform(low, high, (N_DRAWS, 2))).T
    return lr, scale


N_PARTS = N_DRAWS // N_TOGETHER


def some(norm: str, part: int, activation: str, seed: int) -> Pieces:
    """Train some of the draws, and return their final losses as in `Draws`."""
    lr, scale = (values[part::N_PARTS] for values in drawn(seed))
    spec = spec_of(norm, depth=DEPTH, activation=activation)
    weights = weights_of(spec, scale.tolist(), seed)
    found = yield from train(spec, weights, order_of(N_STEPS, seed), lr.tolist(), (N_STEPS,))
    return np.where(found.diverged_R, np.inf, found.loss_TR[-1])


def measure(settings: Settings) -> Pieces:
    """Train all draws with both norms, some at a time: `Draws`."""
    s = settings
    arms = [
        Arm(some, (norm, part, s.activation, s.seed)) for part in range(N_PARTS) for norm in PAIR
    ]

    def into(parts: list[Array]) -> Draws:
        loss_PJK = np.reshape(parts, (N_PARTS, len(PAIR), N_TOGETHER))
        return Draws(*drawn(s.seed), loss_PJK.transpose(1, 2, 0).reshape(len(PAIR), N_DRAWS))

    return in_turn(arms, np.full(N_TOGETHER, np.nan), into)
