"""Each norm at several learning rates: which is its best, and how far it comes there."""

import numpy as np

from bnviz.labs.arm import Arm, finish
from bnviz.labs.family.networks import ALL_CLASSES, D_MAX, MOMENTUM, R_MAX, accuracy, trained
from bnviz.labs.family.settings import Settings

RATES = (0.01, 0.03, 0.1, 0.3, 1.0)


def accuracies(settings: Settings) -> dict[str, list[float]]:
    """Return the share of held-out digits at each rate, for the record."""
    usual = (settings.norm, settings.batch_size, settings.seed, ALL_CLASSES)
    limits = (R_MAX, D_MAX, MOMENTUM)
    with np.errstate(all="ignore"):  # at the highest rate some diverge
        networks = [finish(Arm(trained, (*usual, limits, lr))) for lr in RATES]
        return {"accuracy": [accuracy(network) for network in networks]}
