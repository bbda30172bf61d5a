"""The maps: one network for each initial scale and learning rate, with each norm.

Shape legend: M norms (``NORMS``), A initial scales (``SCALES``), E learning rates (``RATES``).
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.arm import Pieces, ask
from bnviz.labs.rates.groups import (
    BN,
    FIXED,
    MEAN_ONLY,
    NONE,
    NORMS,
    STD_ONLY,
    TRAINED,
    order_of,
    spec_of,
    train,
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

    @property
    def ratio(self) -> Array:
        """Loss without norm by loss with BN, shape (A, E); NaN where both have diverged."""
        places = [list(NORMS).index(norm) for norm in PAIR]
        none, bn = (np.where(self.diverged[m], np.inf, self.loss[m]) for m in places)
        with np.errstate(all="ignore"):
            ratio: Array = np.where(self.both_diverged, np.nan, none / bn)
        return ratio

    @property
    def both_diverged(self) -> NDArray[np.bool_]:
        """Which cells diverge both without norm and with BN, shape (A, E)."""
        none, bn = (self.diverged[list(NORMS).index(norm)] for norm in PAIR)
        return none & bn

    def complete(self, *norms: str) -> bool:
        """Whether all cells of these norms are finished."""
        return bool(self.known[[list(NORMS).index(norm) for norm in norms]].all())


def row(norm: str, scale: float, depth: int, activation: str, n_steps: int, seed: int) -> Pieces:
    """Train the networks of one row: `Losses`."""
    spec = spec_of(norm, depth=depth, activation=activation)
    weights = weights_of(spec, (scale,) * len(RATES), seed)
    order = order_of(n_steps, seed)
    return train(spec, weights, order, RATES, (n_steps,), fixed=norm == FIXED)


def maps(settings: Settings, *together: tuple[str, ...]) -> Pieces:
    """Train the maps of some norms, row by row: a `Grid`.

    The norms of each tuple take turns, one tuple after the other; a row that was trained before is
    remembered.
    """
    s = settings
    loss = np.full((len(NORMS), len(SCALES), len(RATES)), np.nan)
    diverged, known = np.zeros(loss.shape, bool), np.zeros(loss.shape[:2], bool)

    def so_far() -> Grid:
        return Grid(loss.copy(), diverged.copy(), known.copy())

    yield so_far
    for norms, (a, scale) in product(together, enumerate(SCALES)):
        for norm in norms:
            found = yield from ask(row, norm, scale, s.depth, s.activation, s.n_steps, s.seed)
            place = list(NORMS).index(norm), a
            loss[place], diverged[place], known[place] = found.loss_TR[-1], found.diverged_R, True
            yield so_far
    return so_far()


def measure(settings: Settings) -> Pieces:
    """Train the maps without norm and with batch norm."""
    return maps(settings, PAIR)


def measure_parts(settings: Settings) -> Pieces:
    """Train the maps of all norms; the two that another view shows come first."""
    return maps(settings, PAIR, PARTS)
