"""All numbers that the lab of the backward pass shows."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.backward.bias import Bias, bias
from bnviz.labs.backward.digits import Digits, digits
from bnviz.labs.backward.drift import Drift, drift
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.slopes import Slopes, slopes
from bnviz.labs.backward.unit import Unit, unit


def _still() -> NDArray[np.int64]:
    return np.zeros(1, np.int64)


@dataclass(frozen=True, eq=False)
class Trace:
    """One unit and its gradients, finite differences, two trainings, and the bias.

    Attributes
    ----------
    settings : Settings
    unit : Unit
    slopes : Slopes
    drift : Drift
    digits : Digits
    bias : Bias
    steps : array of int, shape (1,)
        Nothing moves here.
    n_steps : int
    """

    settings: Settings
    unit: Unit
    slopes: Slopes
    drift: Drift
    digits: Digits
    bias: Bias
    steps: NDArray[np.int64] = field(default_factory=_still)
    n_steps: int = 0


def run(settings: Settings) -> Trace:
    """Compute everything that the lab shows.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        Same settings, same bytes.

    Examples
    --------
    >>> trace = run(Settings(batch_size=4))
    >>> trace.unit.dx_N.shape, trace.n_steps
    ((4,), 0)
    """
    return Trace(
        settings=settings,
        unit=unit(settings),
        slopes=slopes(settings),
        drift=drift(settings),
        digits=digits(settings.lr, settings.learned, settings.seed),
        bias=bias(settings),
    )
