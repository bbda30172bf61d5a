"""How the loss and its gradient change along one training step: figure 4 of Santurkar et al. 2018.

Shape legend: J norms (``NORMS``), T looks, E step sizes (``FACTORS``), N batch, D inputs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.network.parameters import Parameters
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import Pieces
from bnviz.labs.why.looks import LOOKS, NORMS, looks
from bnviz.labs.why.points import (
    copies,
    lengths,
    loss_and_gradient,
    losses_and_gradients,
    parts,
)
from bnviz.labs.why.settings import Settings

Array = NDArray[np.floating]

FACTORS = (0.5, 1.0, 2.0, 3.0, 4.0)
"""Step sizes, in learning rates, between the ends that the paper takes."""


@dataclass(frozen=True, eq=False)
class Band:
    """What lies along the negative gradient; NaN from where a run has diverged.

    Attributes
    ----------
    lr : float
    start : array, shape (J, T)
        Loss at the point itself, of the batch whose gradient it is; nats.
    losses : array, shape (J, T, E)
        At the step sizes, of the same batch.
    smoothness : array, shape (J, T)
        Largest ratio of the change of the gradient to the way gone, over the step sizes.
    """

    lr: float
    start: Array
    losses: Array
    smoothness: Array

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs were lost before the last look, shape (J,)."""
        diverged_J: NDArray[np.bool_] = np.asarray(np.isnan(self.losses).any((1, 2)))
        return diverged_J

    @property
    def low(self) -> Array:
        """Lower edge of the band, shape (J, T)."""
        low_JT: Array = self.losses.min(-1)
        return low_JT

    @property
    def high(self) -> Array:
        """Upper edge, shape (J, T)."""
        high_JT: Array = self.losses.max(-1)
        return high_JT

    def width(self, when: slice) -> Array:
        """Give the median width of the band over some looks, shape (J,); NaN if one diverged."""
        width_J: Array = np.median((self.high - self.low)[:, when], -1)
        return width_J

    def rises(self, when: slice) -> Array:
        """Give the share of looks whose loss rises at some step size, shape (J,)."""
        share_J: Array = (self.high > self.start)[:, when].mean(-1)
        return share_J

    def beta(self, when: slice) -> Array:
        """Give the median effective smoothness over some looks, shape (J,); NaN if one diverged."""
        beta_J: Array = np.median(self.smoothness[:, when], -1)
        return beta_J


def along(
    spec: Spec,
    parameters: Parameters,
    x_ND: Array,
    labels_N: NDArray[np.integer],
    sizes_E: Array,
) -> tuple[float, Array, float]:
    """Walk down the gradient of a batch, and look at the loss and at the gradient on the way.

    Parameters
    ----------
    spec : Spec
    parameters : Parameters
        The point x. Never modified.
    x_ND, labels_N : arrays
        The batch.
    sizes_E : array, shape (E,)
        How far to go, as multiples t of the gradient g.

    Returns
    -------
    start : float
        Loss at the point, nats.
    losses_E : array, shape (E,)
        At x - t g.
    smoothness : float
        Largest |g(x - t g) - g(x)| / |t g|, over all parameters.

    Notes
    -----
    With batch norm the statistics are those of the batch at each point, as in training. Source:
    Santurkar, Tsipras, Ilyas & Madry 2018, figure 4.
    """
    start, gradient = loss_and_gradient(spec, parameters, x_ND, labels_N)
    points = copies(spec, parameters, len(sizes_E))
    sizes_E = sizes_E.astype(points.flat.dtype)
    for place, change in zip(parts(points), parts(gradient), strict=True):
        place -= np.multiply.outer(sizes_E, change)
    losses_E, there = losses_and_gradients(spec, points, x_ND, labels_N)
    pairs = zip(parts(there), parts(gradient), strict=True)
    changes_E = lengths([after - before for after, before in pairs])
    length = lengths([part[None] for part in parts(gradient)])
    return start, losses_E, float((changes_E / (sizes_E * length)).max())


def measure(settings: Settings) -> Pieces:
    """Train both networks, and look along the gradient of the coming step every few steps.

    It pauses after each look.
    """
    start, smoothness = np.full((2, len(NORMS), len(LOOKS)), np.nan)
    losses = np.full((*start.shape, len(FACTORS)), np.nan)
    sizes_E = settings.lr * np.array(FACTORS)
    for j, norm in enumerate(NORMS):
        for t, look in enumerate(looks(norm, settings)):
            with np.errstate(all="ignore"):  # a run may diverge
                start[j, t], losses[j, t], smoothness[j, t] = along(*look, sizes_E)
            yield None
    return Band(settings.lr, start, losses, smoothness)
