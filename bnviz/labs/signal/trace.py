"""Every number that the lab shows, and the run that gives them.

Shape legend: T layers, A activations, D depths, K seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.signal import growth, layers, stream
from bnviz.labs.signal.growth import Growth
from bnviz.labs.signal.layers import Layers
from bnviz.labs.signal.settings import ACTIVATIONS, Settings
from bnviz.labs.signal.stack import Array
from bnviz.labs.signal.stream import Stream
from bnviz.labs.signal.sweep import DEPTHS
from bnviz.labs.signal.training import N_STEPS, NORMS, STOPS, Live, Training
from bnviz.labs.sweeps import recorded


@dataclass(frozen=True, eq=False)
class Trained:
    """The recorded sweep over depths.

    Attributes
    ----------
    best : array, shape (2, A, D, 2, K)
        Loss in nats at the best learning rate: without and with skip connections, with BN and
        without it, for each seed; infinity where all learning rates diverged.
    credit : str
        When and how it was recorded.
    """

    best: Array
    credit: str

    def of(self, activation: str, norm: str, *, skips: bool = False) -> Array:
        """Give the losses of one activation, with BN or without, shape (D, K)."""
        place = int(skips), list(ACTIVATIONS).index(activation)
        best: Array = self.best[*place, :, NORMS.index(norm)]
        return best

    def stops(self, activation: str, norm: str, *, skips: bool = False) -> int | None:
        """Give the first recorded depth that does not train; None if all of them do."""
        lost = np.flatnonzero(self.of(activation, norm, skips=skips).mean(-1) > STOPS)
        return DEPTHS[lost[0]] if len(lost) else None


@dataclass(frozen=True, eq=False)
class Trace:
    """What the four views show.

    Attributes
    ----------
    settings : Settings
    steps : array of int, shape (T,)
        The layers, from 1.
    n_steps : int
    layers : dict of str to Layers
        "bn" and "none".
    growth : Growth
    stream : Stream or None
        None until it is measured.
    trained : Trained
    live : Live or None
        None unless the reader trains.
    """

    settings: Settings
    steps: NDArray[np.intp]
    n_steps: int
    layers: dict[str, Layers]
    growth: Growth
    stream: Stream | None
    trained: Trained
    live: Live | None

    @property
    def step_labels(self) -> list[str]:
        """What each layer is called on the stage."""
        return [f"layer {layer}" for layer in self.steps]


class Experiment:
    """The run in pieces: the layers, the stream, the networks of the growth, then the training.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings(depth=4))
    >>> experiment.trace().layers["bn"].spread.shape, experiment.finished
    ((4,), False)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._layers = layers.look(settings)
        self._stream: Stream | None = None
        self._networks: list[Array] = []
        self._training: Iterator[Live | None] | None = None
        self._live: Live | None = None

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        measured = len(self._networks) == growth.N_NETWORKS
        trained = self._live is not None and self._live.n_done == N_STEPS
        return measured and (trained or not self.settings.train)

    def advance(self) -> None:
        """Do the next piece."""
        if self._stream is None:
            self._stream = stream.measure(self.settings)
        elif len(self._networks) < growth.N_NETWORKS:
            self._networks.append(growth.measure(self.settings, len(self._networks)))
        elif self._training is None:
            self._training = Training(self.settings).pieces()
        else:
            self._live = next(self._training) or self._live

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        depth = self.settings.depth
        return Trace(
            settings=self.settings,
            steps=np.arange(1, depth + 1),
            n_steps=depth,
            layers=self._layers,
            growth=growth.gathered(self._networks),
            stream=self._stream,
            trained=trained(),
            live=self._live,
        )


def run(settings: Settings) -> Trace:
    """Measure everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.

    Examples
    --------
    >>> run(Settings(depth=3, width=64)).growth.rate.shape
    (4, 3)
    """
    return finish(Experiment(settings))


@cache
def trained() -> Trained:
    """Read the recorded sweep."""
    found = recorded("signal")["depth"]
    loss = np.where(np.isnan(found.values["loss"]), np.inf, found.values["loss"])
    best_CK2 = loss.min(-1)
    best = best_CK2.reshape(2, len(ACTIVATIONS), len(DEPTHS), *best_CK2.shape[1:])
    return Trained(best.swapaxes(-1, -2), found.credit)
