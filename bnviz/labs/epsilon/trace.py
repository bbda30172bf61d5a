"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.epsilon import gain, precision, scales, shift
from bnviz.labs.epsilon.bands import Bands, bands
from bnviz.labs.epsilon.gain import Gain
from bnviz.labs.epsilon.precision import Precision
from bnviz.labs.epsilon.scales import Scales
from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.epsilon.shift import Shift
from bnviz.labs.execution import finish


@dataclass(frozen=True, eq=False)
class Trace:
    """What the four views show.

    Attributes
    ----------
    shift : Shift
    gain : Gain
    precision : Precision
    scales : Scales
    bands : Bands
        The accuracies of ten recorded starts.
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    shift: Shift
    gain: Gain
    precision: Precision
    scales: Scales
    bands: Bands
    steps: NDArray[np.int_]
    n_steps: int = 0


class Experiment:
    """The run in pieces: a network is trained and asked in each of them.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.finished, bool(np.isnan(experiment.trace().shift.accuracy).all())
    (False, True)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._shift, self._scales = 0, 0
        self._gain, self._precision = gain.measure(settings), precision.measure(settings)

    @property
    def finished(self) -> bool:
        """Whether all networks have been asked."""
        return self._shift == len(shift.ARMS) and self._scales == len(scales.ARMS)

    def advance(self) -> None:
        """Train and ask the next network; those that answer the lab's question come first."""
        if self._shift < len(shift.ARMS):
            self._shift += 1
            shift.measure(self.settings, tuple(shift.ARMS)[: self._shift])
        elif self._scales < len(scales.ARMS):
            self._scales += 1
            scales.measure(self.settings, tuple(scales.ARMS)[: self._scales])

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        return Trace(
            shift=shift.measure(self.settings, tuple(shift.ARMS)[: self._shift]),
            gain=self._gain,
            precision=self._precision,
            scales=scales.measure(self.settings, tuple(scales.ARMS)[: self._scales]),
            bands=bands(),
            steps=np.array([0]),
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
    """
    return finish(Experiment(settings))
