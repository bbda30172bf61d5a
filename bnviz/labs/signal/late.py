"""Deep plain ReLU networks for longer than the 300 steps of the other record.

Shape legend: R learning rates, T looks.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.training import N_ASKED, N_AT_ONCE, NORMS, loss, start

RATES = {"bn": (0.03, 0.1), "none": (0.01, 0.03)}
"""One rate is the same for both; among those of a norm is its best of five after 300 steps."""
LOOKS = (300, 1000, 2500)
"""Steps after which the loss is taken."""
DEPTHS = (40,)


def late(norm: str, depth: int, seed: int, looks: tuple[int, ...] = LOOKS) -> Array:
    """Train one depth; return the loss at each look, (R, T), infinity after a divergence."""
    networks = start("relu", norm, depth, False, seed, rates=RATES[norm], n_steps=looks[-1])
    found, n_done = [], 0
    for step in looks:
        networks.advance(step - n_done)
        n_done = step
        parts = [loss(networks, first) for first in range(0, N_ASKED, N_AT_ONCE)]
        found.append(np.mean(parts, axis=0))
    return np.transpose(found)


def losses(settings: Settings) -> Mapping[str, Any]:
    """Return the losses of one depth with BN and without, (2, R, T), for the record."""
    return {"loss": [late(norm, settings.depth, settings.seed) for norm in NORMS]}
