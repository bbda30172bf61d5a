"""The maps: one network for each initial scale and learning rate, with each norm.

Shape legend: M norms (``NORMS``), A initial scales (``SCALES``), E learning rates (``RATES``).
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.rates.groups import (
    BN,
    FIXED,
    MEAN_ONLY,
    NONE,
    NORMS,
    STD_ONLY,
    TRAINED,
    Group,
    order_of,
    spec_of,
    weights_of,
)
from bnviz.labs.rates.settings import RATES, SCALES, Settings

PAIR, PARTS = (NONE, BN), (MEAN_ONLY, STD_ONLY, FIXED)
N_CELLS = len(SCALES) * len(RATES)


@dataclass(frozen=True, eq=False)
class Grid:
    """What became of every cell.

    Attributes
    ----------
    loss : array, shape (M, A, E)
        After the last step, in nats; NaN where a network has diverged or is not finished.
    diverged : array of bool, shape (M, A, E)
        Whose numbers overflowed.
    known : array of bool, shape (M, A)
        Which rows are finished.
    """

    loss: Array
    diverged: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @property
    def trained(self) -> NDArray[np.bool_]:
        """Which cells have a loss below ``TRAINED``, shape (M, A, E)."""
        return np.nan_to_num(self.loss, nan=np.inf) < TRAINED

    @property
    def n_trained(self) -> dict[str, int]:
        """How many cells of each norm train."""
        return dict(zip(NORMS, self.trained.sum((1, 2)).tolist(), strict=True))

    @property
    def n_diverged(self) -> dict[str, int]:
        """How many cells of each norm diverge."""
        return dict(zip(NORMS, self.diverged.sum((1, 2)).tolist(), strict=True))

    def complete(self, *norms: str) -> bool:
        """Whether all cells of these norms are finished."""
        return bool(self.known[[list(NORMS).index(norm) for norm in norms]].all())


@lru_cache(maxsize=512)
def row(norm: str, scale: float, depth: int, activation: str, n_steps: int, seed: int) -> Group:
    """Give the networks of one row, as far as they are trained."""
    spec = spec_of(norm, depth=depth, activation=activation)
    weights = weights_of(spec, (scale,) * len(RATES), seed)
    return Group(spec, weights, order_of(n_steps, seed), RATES, (n_steps,), fixed=norm == FIXED)


def rows(settings: Settings, norms: tuple[str, ...]) -> list[Group]:
    """List the rows of some norms, in the order in which they train: the norms in turn."""
    s = settings
    return [
        row(norm, scale, s.depth, s.activation, s.n_steps, s.seed)
        for scale in SCALES
        for norm in norms
    ]


def measure(settings: Settings, norms: Collection[str] = tuple(NORMS)) -> Grid:
    """Put together what is trained so far, of the norms that are asked for."""
    by_norm = [rows(settings, (norm,)) for norm in NORMS]
    known = np.array(
        [
            [group.finished and norm in norms for group in groups]
            for norm, groups in zip(NORMS, by_norm, strict=True)
        ]
    )
    loss = np.array([[group.loss_TR[-1] for group in groups] for groups in by_norm])
    diverged = np.array([[group.diverged_R for group in groups] for groups in by_norm])
    return Grid(np.where(known[..., None], loss, np.nan), diverged & known[..., None], known)
