"""Loss and gradient of one batch over the scale of the hidden weights, before any step.

Shape legend: A scales (``SCALES``), N batch.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.passes import forward, loss_and_gradient
from bnviz.labs.scale.learner import hidden, start
from bnviz.labs.scale.settings import SCALES, Settings

Array = NDArray[np.floating]

NORMS = ("bn", "none")
N_IMAGES = 128
WITHIN = 0.01
"""Losses are called level up to this share."""


@dataclass(frozen=True, eq=False)
class Flat:
    """What the scale of the weights changes.

    Attributes
    ----------
    loss, gradient_norm : arrays, shape (2, A)
        With batch norm and without; the gradient with respect to the hidden weights.
    cosine : float
        Between the weights at the scale of the settings and their gradient, with batch norm.
    loss_at, gradient_norm_at : arrays, shape (2,)
        At the scale of the settings.
    eps_scale : float
        The scale at which the median variance of the units of the first layer is as large as
        epsilon.
    """

    loss: Array
    gradient_norm: Array
    cosine: float
    loss_at: Array
    gradient_norm_at: Array
    eps_scale: float

    @property
    def level(self) -> float:
        """The loss with batch norm at the largest scale, where epsilon is smallest beside it."""
        return float(self.loss[0, -1])

    @property
    def flat_from(self) -> float:
        """The smallest scale from which on no loss with batch norm is 1% off the level."""
        off = np.flatnonzero(np.abs(self.loss[0] / self.level - 1) >= WITHIN)
        return SCALES[off[-1] + 1] if off.size else SCALES[0]


def measure(settings: Settings) -> Flat:
    """Send one batch through the network at every scale, and back."""
    split = data.load("digits")
    x_ND, labels_N = split.x_train[:N_IMAGES].astype(np.float64), split.y_train[:N_IMAGES]
    loss, gradient_norm = (np.zeros((len(NORMS), len(SCALES))) for _ in range(2))
    cosine, seed = 0.0, settings.seed
    for n, norm in enumerate(NORMS):
        for a, scale in enumerate(SCALES):
            spec, parameters = start(scale, norm, eps=settings.eps, seed=seed)
            loss[n, a], gradient = loss_and_gradient(spec, parameters, x_ND, labels_N)
            w, g = (np.concatenate([v.ravel() for v in hidden(p)]) for p in (parameters, gradient))
            gradient_norm[n, a] = np.linalg.norm(g)
            if norm == "bn" and scale == settings.scale:
                cosine = float(w @ g / (np.linalg.norm(w) * gradient_norm[n, a]))
    at = SCALES.index(settings.scale)
    spec, parameters = start(1.0, eps=settings.eps, seed=seed)
    variance = float(np.median(forward(spec, parameters, x_ND).statistics[0].var))
    return Flat(
        loss, gradient_norm, cosine, loss[:, at], gradient_norm[:, at],
        float(np.sqrt(settings.eps / variance)),
    )  # fmt: skip
