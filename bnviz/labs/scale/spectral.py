"""Spectral normalization before batch norm: the division that batch norm takes back.

Shape legend: N images, K classes, L hidden layers, D inputs, C units.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.labs.arm import Pieces, together
from bnviz.labs.scale.flat import NORMS
from bnviz.labs.scale.learner import Path, arm, hidden, start
from bnviz.labs.scale.settings import Settings

Array = NDArray[np.floating]

N_IMAGES = 64
N_STEPS = 100
NO_EPS = 1e-16
"""Epsilon of the two runs: as good as 0, so that nothing but the division could part them."""


@dataclass(frozen=True, eq=False)
class Spectral:
    """The logits of a network, and of the same one with every hidden W over its largest value.

    Attributes
    ----------
    plain, divided : arrays, shape (2, N, K)
        Logits with batch norm and without it.
    largest : array, shape (L,)
        The largest singular value of the weights of each hidden layer: what they are divided by.
    path, spectral_path : Path
        Training with batch norm, without spectral normalization and with it.
    """

    plain: Array
    divided: Array
    largest: Array
    path: Path
    spectral_path: Path

    @property
    def moved(self) -> Array:
        """The largest change of a logit, shape (2,): with batch norm and without."""
        return np.abs(self.divided - self.plain).max((1, 2))

    @property
    def finished(self) -> bool:
        """Whether both runs have come to their end."""
        return self.path.finished and self.spectral_path.finished

    @property
    def apart(self) -> float:
        """The largest distance of the two losses in a step, in nats."""
        return float(np.abs(self.spectral_path.loss - self.path.loss).max())

    @property
    def worst_estimate(self) -> float:
        """The smallest share of the largest singular value that an estimate came to."""
        return float(self.spectral_path.estimate.min())


def measure(settings: Settings) -> Pieces:
    """Compare the logits, and train both networks side by side: a Spectral."""
    parts = {"scale": settings.scale, "lr": settings.lr, "eps": NO_EPS}
    runs = {
        "path": arm(settings, N_STEPS, **parts),
        "spectral_path": arm(settings, N_STEPS, **parts, spectral=True),
    }
    return (yield from together(runs, partial(Spectral, *logits(settings))))


def logits(settings: Settings) -> tuple[Array, Array, Array]:
    """Return logits as they are and with divided weights, and by what they were divided."""
    x_ND = data.load("digits").x_train[:N_IMAGES].astype(np.float64)
    plain, divided = [], []
    largest = np.zeros(0)
    for norm in NORMS:
        spec, parameters = start(settings.scale, norm, eps=settings.eps, seed=settings.seed)
        plain.append(forward(spec, parameters, x_ND).logits)
        largest = np.array([spectrally_divided(w_DC) for w_DC in hidden(parameters)])
        divided.append(forward(spec, parameters, x_ND).logits)
    return np.array(plain), np.array(divided), largest


def spectrally_divided(weight_DC: Array) -> float:
    """Divide weights by their largest singular value, in place, and return that value.

    For the logits the value is exact; the runs find it by power iteration, one step at a time.

    Examples
    --------
    >>> weight = np.diag([4.0, 2.0])
    >>> spectrally_divided(weight), weight.tolist()
    (4.0, [[1.0, 0.0], [0.0, 0.5]])
    """
    largest = float(np.linalg.norm(weight_DC, 2))
    weight_DC /= largest
    return largest
