"""Every number that the lab shows, and the run that gives them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.execution import finish
from bnviz.labs.family import picture, renorm, sorted_batches
from bnviz.labs.family.picture import Picture
from bnviz.labs.family.renorm import Layer
from bnviz.labs.family.settings import CLASSES, NORMS, SIZES, Settings
from bnviz.labs.family.sorted_batches import ARMS
from bnviz.labs.family.sweep import HELPED_SIZES, LIMITS, SEEDS, one
from bnviz.labs.sweeps import recorded


@dataclass(frozen=True, eq=False)
class Record:
    """What was recorded; shares of held-out digits, S starts last.

    Attributes
    ----------
    sizes : array, shape (norms, batch sizes, S)
    classes : array, shape (classes, arms, S)
    renorm : array, shape (batch sizes, limits, 2, S)
        BN, and renormalization.
    credit : str
    """

    sizes: Array
    classes: Array
    renorm: Array
    credit: str


@dataclass(frozen=True, eq=False)
class Trace:
    """What the four views show; a network that is not trained yet has NaN.

    Attributes
    ----------
    settings : Settings
    record : Record
    live : float
        What the reader's network reads.
    arms : array, shape (A,)
        What the arms read at the reader's number of classes in a batch.
    pair : array, shape (2,)
        What BN and renormalization read at the reader's batch size.
    layer : Layer
    picture : Picture
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    record: Record
    live: float
    arms: Array
    pair: Array
    layer: Layer
    picture: Picture
    steps: NDArray[np.int_]
    n_steps: int = 0


def read() -> Record:
    """Give the recorded sweeps in the shapes that the views need."""
    found, n = recorded("family"), len(SEEDS)
    values = {name: sweep.values["accuracy"] for name, sweep in found.items()}
    return Record(
        sizes=values["sizes"].reshape(len(NORMS), len(SIZES), n),
        classes=values["classes"].reshape(len(CLASSES), n, len(ARMS)).swapaxes(1, 2),
        renorm=values["renorm"].reshape(len(HELPED_SIZES), len(LIMITS), n, 2).swapaxes(2, 3),
        credit=found["sizes"].credit,
    )


class Experiment:
    """The run in pieces: a network or two are trained in each of them.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.finished, bool(np.isnan(experiment.trace().live))
    (False, True)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._live, self._done = np.nan, 0
        self._arms, self._pair = np.full(len(ARMS), np.nan), np.full(2, np.nan)
        self._layer, self._picture = renorm.layer(settings), picture.measure(settings)
        self._work: list[Callable[[], None]] = [
            self._one,
            *(lambda a=a, arm=arm: self._arm(a, arm) for a, arm in enumerate(ARMS)),
            self._both,
        ]

    def _one(self) -> None:
        self._live = one(self.settings)["accuracy"]

    def _arm(self, place: int, arm: str) -> None:
        self._arms[place] = sorted_batches.right(arm, self.settings)

    def _both(self) -> None:
        self._pair[:] = renorm.live(self.settings)

    @property
    def finished(self) -> bool:
        """Whether all networks are trained."""
        return self._done == len(self._work)

    def advance(self) -> None:
        """Train the next network; the one that the first view shows comes first."""
        if not self.finished:
            self._work[self._done]()
            self._done += 1

    def trace(self) -> Trace:
        """Give what is trained so far."""
        return Trace(
            settings=self.settings,
            record=read(),
            live=self._live,
            arms=self._arms.copy(),
            pair=self._pair.copy(),
            layer=self._layer,
            picture=self._picture,
            steps=np.array([0]),
        )


def run(settings: Settings) -> Trace:
    """Train and measure everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.
    """
    return finish(Experiment(settings))
