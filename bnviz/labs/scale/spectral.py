"""Spectral normalization before batch norm: the division that batch norm takes back.

Shape legend: N images, K classes, L hidden layers, D inputs, C units.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.passes import forward
from bnviz.labs.scale.flat import NORMS
from bnviz.labs.scale.learner import hidden, start
from bnviz.labs.scale.settings import Settings

Array = NDArray[np.floating]

N_IMAGES = 64


@dataclass(frozen=True, eq=False)
class Spectral:
    """The logits of a network, and of the same one with every hidden W over its largest value.

    Attributes
    ----------
    plain, divided : arrays, shape (2, N, K)
        Logits with batch norm and without it.
    largest : array, shape (L,)
        The largest singular value of the weights of each hidden layer: what they are divided by.
    """

    plain: Array
    divided: Array
    largest: Array

    @property
    def moved(self) -> Array:
        """The largest change of a logit, shape (2,): with batch norm and without."""
        change: Array = np.abs(self.divided - self.plain).max((1, 2))
        return change


def measure(settings: Settings) -> Spectral:
    """Divide the hidden weights by their largest singular values, and compare the logits."""
    x_ND = data.load("digits").x_train[:N_IMAGES].astype(np.float64)
    plain, divided = [], []
    largest = np.zeros(0)
    for norm in NORMS:
        spec, parameters = start(settings, settings.scale, norm)
        plain.append(forward(spec, parameters, x_ND).logits)
        largest = np.array([spectrally_divided(w_DC) for w_DC in hidden(parameters)])
        divided.append(forward(spec, parameters, x_ND).logits)
    return Spectral(np.array(plain), np.array(divided), largest)


def spectrally_divided(weight_DC: Array) -> float:
    """Divide weights by their largest singular value, in place, and give that value.

    Notes
    -----
    Training finds the value by power iteration, one step at a time; here it is exact.

    Examples
    --------
    >>> weight = np.diag([4.0, 2.0])
    >>> spectrally_divided(weight), weight.tolist()
    (4.0, [[1.0, 0.0], [0.0, 0.5]])
    """
    largest = float(np.linalg.norm(weight_DC, 2))
    weight_DC /= largest
    return largest
