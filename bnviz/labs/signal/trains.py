"""How deep a network trains: what is recorded, after 300 steps and later, and the reader's own.

Shape legend: A activations, D depths, K seeds, R learning rates, T looks.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.labs.arm import Pieces, Work
from bnviz.labs.signal import late
from bnviz.labs.signal.settings import ACTIVATIONS, Settings
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.sweep import DEPTHS
from bnviz.labs.signal.training import NORMS, STOPS, Live, training_of
from bnviz.labs.sweeps import recorded


@dataclass(frozen=True, eq=False)
class Trained:
    """The recorded sweeps.

    Attributes
    ----------
    best : array, shape (2, A, D, 2, K)
        Loss in nats at the best learning rate: without and with skip connections, with BN and
        without it, for each seed; infinity where all learning rates diverged.
    late : dict of str to array, shape (D, R, T, K)
        For "bn" and "none": losses of plain ReLU networks at the depths, rates and looks of
        `bnviz.labs.signal.late`; infinity after a divergence.
    credit : str
        When and how it was recorded.
    """

    best: Array
    late: dict[str, Array]
    credit: str

    def of(self, activation: str, norm: str, *, skips: bool = False) -> Array:
        """Return the losses of one activation, with BN or without, shape (D, K)."""
        place = int(skips), list(ACTIVATIONS).index(activation)
        return self.best[*place, :, NORMS.index(norm)]

    def later(self, norm: str, depth: int) -> Array:
        """Return the losses at the looks, each seed at its better rate at each look, (T, K)."""
        return np.asarray(self.late[norm][late.DEPTHS.index(depth)].min(0))

    def stops(self, activation: str, norm: str, *, skips: bool = False) -> int | None:
        """Return the first recorded depth that does not train; None if all of them do."""
        lost = np.flatnonzero(self.of(activation, norm, skips=skips).mean(-1) > STOPS)
        return DEPTHS[lost[0]] if len(lost) else None


@dataclass(frozen=True, eq=False)
class Depths:
    """What trains; ``live`` is None unless the reader trains and has a first look at the loss."""

    trained: Trained
    live: Live | None


def read() -> Trained:
    """Return the recorded sweeps."""
    found, longer = (recorded("signal")[name] for name in ("depth", "late"))
    loss, late_DKJRT = (
        np.where(np.isnan(one.values["loss"]), np.inf, one.values["loss"])
        for one in (found, longer)
    )
    later = dict(zip(NORMS, np.moveaxis(late_DKJRT, (2, 1), (0, -1)), strict=True))
    best_CK2 = loss.min(-1)
    best = best_CK2.reshape(2, len(ACTIVATIONS), len(DEPTHS), *best_CK2.shape[1:])
    return Trained(best.swapaxes(-1, -2), later, found.credit)


def measure(settings: Settings) -> Pieces:
    """Return the recorded sweep, and train the reader's depth if that is wanted: `Depths`."""
    known = read()
    if not settings.train:
        return Depths(known, None)
    work = Work(training_of(settings))
    while not work.finished:
        yield lambda: Depths(known, work.found())
        work.advance()
    return Depths(known, work.found())
