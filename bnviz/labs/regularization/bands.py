"""The recorded numbers of several starts, as the bands of the figures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.regularization.settings import BATCHES, DROPOUTS, NORMS, POSITIONS, RATES, Settings
from bnviz.labs.sweeps import recorded

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bands:
    """Lowest, median and highest of the recorded starts (the first axis), for each norm.

    Attributes
    ----------
    memorized, accuracy : arrays, shape (3, batch sizes, norms, P)
        With wrong labels.
    at_best : mapping of str to (float, array, shape (3,))
        For each norm, with wrong labels and batches of 4: of the rates the one at which the median
        accuracy at the end is best, and the accuracy there.
    clean : array, shape (3, batch sizes, norms)
        Accuracy on unseen images after training on right labels.
    gain : array, shape (batch sizes, starts)
        That accuracy with BN less that without a norm, from the same start.
    dropout_loss, dropout_accuracy : arrays, shape (3, positions, rates, 2)
        With running and with re-estimated statistics.
    n_seeds : int
    credit : str
        When and how they were recorded.
    """

    memorized: Array
    accuracy: Array
    at_best: Mapping[str, tuple[float, Array]]
    clean: Array
    gain: Array
    dropout_loss: Array
    dropout_accuracy: Array
    n_seeds: int
    credit: str


@cache
def bands() -> Bands:
    """Return the record."""
    found = recorded("regularization")
    memory, drop = found["memory"], found["dropout"]

    def spread(values: Array) -> Array:
        return np.asarray(np.quantile(values, [0, 0.5, 1], axis=1))

    clean = found["clean"].values["accuracy"]
    shape = (3, len(POSITIONS), len(DROPOUTS), 2)
    return Bands(
        spread(memory.values["memorized"]),
        spread(memory.values["accuracy"]),
        _at_best(spread(found["rates"].values["accuracy"][..., -1])),
        spread(clean),
        clean[..., NORMS.index("bn")] - clean[..., NORMS.index("none")],
        spread(drop.values["loss"]).reshape(shape),
        spread(drop.values["accuracy"]).reshape(shape),
        len(memory.seeds),
        memory.credit,
    )


def _at_best(accuracy: Array) -> dict[str, tuple[float, Array]]:
    """Return for each norm its best rate and what it reaches, from shape (3, rates, norms)."""
    best = accuracy[1].argmax(0)
    return {
        norm: (RATES[k], accuracy[:, k, n])
        for (n, norm), k in zip(enumerate(NORMS), best, strict=True)
    }


def is_recorded(settings: Settings) -> bool:
    """Return whether the record has the wrong labels of these settings."""
    first = Settings()
    free = {name: getattr(first, name) for name in ("batch_size", "seed", "dropout", "position")}
    return settings.batch_size in BATCHES and replace(settings, **free) == first


def nearest_batch(settings: Settings) -> int:
    """Return the place of the recorded batch size nearest to that of the settings."""
    return int(np.abs(np.log(np.array(BATCHES) / settings.batch_size)).argmin())
