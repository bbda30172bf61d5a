"""A published NumPy class of batch norm, repaired step by step, and each fault alone.

Letters: **N** samples, **C** features, **K** faults.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.nn import BatchNorm1d

Array = NDArray[np.float64]
FAULTS = ("weight of the old", "variance starts at 0", "biased variance")
"""In the order in which they are repaired."""
STEPS = ("as published", "PyTorch's momentum", "variance starts at 1", "unbiased variance")
MOMENTUM, EPS = 0.1, 1e-5
N, C = 8, 5


class Published:
    """Batch norm as texts have it, with some of its faults.

    Parameters
    ----------
    faults : collection of str
        Some of ``FAULTS``: ``momentum`` read as the weight of the old value, a running variance
        that starts at 0, and one that is divided by m instead of m - 1.
    """

    def __init__(self, faults: Collection[str] = FAULTS) -> None:
        self.new_weight = 1 - MOMENTUM if FAULTS[0] in faults else MOMENTUM
        self.running_mean: Array = np.zeros(C)
        self.running_var: Array = np.zeros(C) if FAULTS[1] in faults else np.ones(C)
        self.ddof = 0 if FAULTS[2] in faults else 1

    def fit(self, x_NC: Array) -> None:
        """Take the statistics of a batch into the running ones."""
        new, var = self.new_weight, x_NC.var(axis=0, ddof=self.ddof)
        self.running_mean = (1 - new) * self.running_mean + new * x_NC.mean(axis=0)
        self.running_var = (1 - new) * self.running_var + new * var

    def transform(self, x_NC: Array) -> Array:
        """Normalize with the running statistics."""
        return (x_NC - self.running_mean) / np.sqrt(self.running_var + EPS)


@dataclass(frozen=True, eq=False)
class Repair:
    """Largest differences from the layer of the core.

    Attributes
    ----------
    output : array, shape (K + 1,)
        Of the outputs in evaluation, as published and after each repair.
    running_var : array, shape (K + 1,)
    alone : array, shape (K,)
        Of the outputs, with one fault only.
    """

    output: Array
    running_var: Array
    alone: Array


def measure(n_batches: int, seed: int) -> Repair:
    """Compare the class, with each set of faults, with the layer of the core on equal batches."""
    rng = np.random.default_rng(seed)
    batches = rng.normal(2.0, 3.0, size=(n_batches + 1, N, C))
    norm = BatchNorm1d(C, eps=EPS, momentum=MOMENTUM, dtype=np.float64)
    steps = [Published(FAULTS[n:]) for n in range(len(STEPS))]
    alone = [Published((fault,)) for fault in FAULTS]
    for x_NC in batches[:-1]:
        norm(x_NC)
        for published in (*steps, *alone):
            published.fit(x_NC)
    wanted = norm.eval()(batches[-1])
    assert norm.running_var is not None
    return Repair(
        np.array([np.abs(p.transform(batches[-1]) - wanted).max() for p in steps]),
        np.array([np.abs(p.running_var - norm.running_var).max() for p in steps]),
        np.array([np.abs(p.transform(batches[-1]) - wanted).max() for p in alone]),
    )
