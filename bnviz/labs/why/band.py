"""How the loss and its gradient change along one training step: figure 4 of Santurkar et al. 2018.

Shape legend: J norms (``NORMS``), T snapshots, E step sizes (``FACTORS``), N batch, D inputs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.core.network.parameters import Parameters
from bnviz.core.network.passes import loss_and_gradient
from bnviz.core.network.spec import Spec
from bnviz.labs.arm import Pieces
from bnviz.labs.copies import copies, parts
from bnviz.labs.why.points import lengths, losses_and_gradients
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.snapshots import NORMS, STEPS, snapshots

FACTORS = (0.5, 1.0, 2.0, 3.0, 4.0)
"""Step sizes, in learning rates, between the ends that the paper takes."""


@dataclass(frozen=True, eq=False)
class Band:
    """Losses along the negative gradient; NaN from where a run has diverged.

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
        """Return which runs diverged before the last snapshot, shape (J,)."""
        return np.asarray(np.isnan(self.losses).any((1, 2)))

    @property
    def low(self) -> Array:
        """Return the lower edge of the band, shape (J, T)."""
        return self.losses.min(-1)

    @property
    def high(self) -> Array:
        """Return the upper edge, shape (J, T)."""
        return self.losses.max(-1)

    def width(self, when: slice) -> Array:
        """Return the median width of the band over some snapshots, shape (J,); NaN if diverged."""
        return np.median((self.high - self.low)[:, when], -1)

    def rises(self, when: slice) -> Array:
        """Return the share of snapshots whose loss rises at some step size, shape (J,)."""
        return (self.high > self.start)[:, when].mean(-1)

    def beta(self, when: slice) -> Array:
        """Return the median smoothness over some snapshots, shape (J,); NaN if diverged."""
        return np.median(self.smoothness[:, when], -1)


def along(
    spec: Spec, parameters: Parameters, x_ND: Array, labels_N: NDArray[np.integer], sizes_E: Array
) -> tuple[float, Array, float]:
    """Measure the loss and the gradient on the way down the gradient g of a batch.

    Returns the loss at the point x, in nats, the losses at x - t g for the sizes t, shape (E,), and
    the largest |g(x - t g) - g(x)| / |t g| over all parameters, which are never modified.

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
    """Train both networks, and measure along the gradient of the coming step at each snapshot."""
    start, smoothness = np.full((2, len(NORMS), len(STEPS)), np.nan)
    losses = np.full((*start.shape, len(FACTORS)), np.nan)
    sizes_E = settings.lr * np.array(FACTORS)
    for at, snapshot in snapshots(settings):
        with np.errstate(all="ignore"):  # a run may diverge
            start[at], losses[at], smoothness[at] = along(*snapshot, sizes_E)
        yield None
    return Band(settings.lr, start, losses, smoothness)
