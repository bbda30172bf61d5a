"""Spectral normalization before batch norm: the division that batch norm takes back.

Shape legend: N images, K classes, L hidden layers, D inputs, C units, S steps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.labs.scale.flat import NORMS
from bnviz.labs.scale.learner import Learner, Path, hidden, start
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
    estimate : array, shape (S, L)
        What the power iteration, one step in each step of training, takes for the largest singular
        value, as a share of it. NaN where the run has not come to yet.
    """

    plain: Array
    divided: Array
    largest: Array
    path: Path
    spectral_path: Path
    estimate: Array

    @property
    def moved(self) -> Array:
        """The largest change of a logit, shape (2,): with batch norm and without."""
        change: Array = np.abs(self.divided - self.plain).max((1, 2))
        return change

    @property
    def finished(self) -> bool:
        """Whether both runs have come to their end."""
        return all(path.n_done == N_STEPS for path in (self.path, self.spectral_path))

    @property
    def apart(self) -> float:
        """The largest distance of the two losses in a step, in nats."""
        return float(np.abs(self.spectral_path.loss - self.path.loss).max())

    @property
    def worst_estimate(self) -> float:
        """The smallest share of the largest singular value that an estimate came to."""
        return float(self.estimate.min())


class Dividing:
    """The logits, and the two runs.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._logits = logits(settings)
        self.learners = [
            Learner(
                settings,
                N_STEPS,
                scale=settings.scale,
                lr=settings.lr,
                eps=NO_EPS,
                spectral=spectral,
            )
            for spectral in (False, True)
        ]
        self._estimate_SL = np.full((N_STEPS, len(self._logits[2])), np.nan)

    @property
    def finished(self) -> bool:
        """Whether both runs have done all their steps."""
        return all(learner.finished for learner in self.learners)

    def advance(self) -> None:
        """Do a step of each."""
        plain, spectral = self.learners
        step, p = spectral.path.n_done, spectral.parameters
        before = [weight_DC.copy() for weight_DC in hidden(p)]
        plain.advance()
        spectral.advance()
        self._estimate_SL[step] = [
            v_D @ weight_DC @ u_C / np.linalg.norm(weight_DC, 2)
            for weight_DC, (u_C, v_D) in zip(before, p.singular, strict=True)
        ]

    def trace(self) -> Spectral:
        """Give what there is so far."""
        path, spectral_path = (learner.path.copy() for learner in self.learners)
        return Spectral(*self._logits, path, spectral_path, self._estimate_SL.copy())


def logits(settings: Settings) -> tuple[Array, Array, Array]:
    """Divide the hidden weights by their largest singular values, and compare the logits.

    Returns
    -------
    plain, divided, largest : arrays
        As in `Spectral`.
    """
    x_ND = data.load("digits").x_train[:N_IMAGES].astype(np.float64)
    plain, divided = [], []
    largest = np.zeros(0)
    for norm in NORMS:
        spec, parameters = start(settings, settings.scale, norm)
        plain.append(forward(spec, parameters, x_ND).logits)
        largest = np.array([spectrally_divided(w_DC) for w_DC in hidden(parameters)])
        divided.append(forward(spec, parameters, x_ND).logits)
    return np.array(plain), np.array(divided), largest


def spectrally_divided(weight_DC: Array) -> float:
    """Divide weights by their largest singular value, in place, and give that value.

    Notes
    -----
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
