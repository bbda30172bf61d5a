"""What was recorded of this lab, in the shapes that its views need."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from bnviz.core.array import Array
from bnviz.labs.family.rates import RATES
from bnviz.labs.family.settings import CLASSES, NORMS, SIZES
from bnviz.labs.sweeps import recorded

ARMS = {
    "eval": "BN, running statistics",
    "batch": "BN, statistics of batches sorted alike",
    "renorm": "renormalization",
    "ln": "layer norm",
}
SEEDS = (0, 1, 2)
HEADINGS = ("what", "method", "at", "value")
HELPED_SIZES = (2, 4, 32)
LIMITS = ((3.0, 5.0, 0.1), (3.0, 5.0, 0.02), (10.0, 10.0, 0.1), (10.0, 10.0, 0.02))
"""r_max, d_max and momentum whose effect is recorded."""


@dataclass(frozen=True, eq=False)
class Record:
    """What was recorded; shares of held-out digits, S starts last.

    Attributes
    ----------
    sizes : array, shape (norms, batch sizes, S)
    rates : array, shape (norms, batch sizes, rates, S)
    classes : array, shape (classes, arms, S)
    renorm : array, shape (batch sizes, limits, 2, S)
        BN, and renormalization.
    credit : str
    """

    sizes: Array
    rates: Array
    classes: Array
    renorm: Array
    credit: str

    def at_best(self, norm: str, batch_size: int) -> tuple[float, Array]:
        """Return the rate at which a norm has the best mean, and its shares there, (S,)."""
        share_KS = self.rates[list(NORMS).index(norm), SIZES.index(batch_size)]
        best = int(np.argmax(share_KS.mean(-1)))
        return RATES[best], share_KS[best]


@cache
def record() -> Record:
    """Return the recorded sweeps."""
    found, n = recorded("family"), len(SEEDS)
    values = {name: sweep.values["accuracy"] for name, sweep in found.items()}
    return Record(
        sizes=values["sizes"].reshape(len(NORMS), len(SIZES), n),
        rates=values["rates"].reshape(len(NORMS), len(SIZES), n, len(RATES)).swapaxes(2, 3),
        classes=values["classes"].reshape(len(CLASSES), n, len(ARMS)).swapaxes(1, 2),
        renorm=values["renorm"].reshape(len(HELPED_SIZES), len(LIMITS), n, 2).swapaxes(2, 3),
        credit=found["sizes"].credit,
    )
