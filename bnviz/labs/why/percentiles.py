"""The input of one unit over training, without and with batch norm: figure 1 of the first paper.

Shape legend: J norms (``NORMS``), T snapshots, R starts, N images, C units, P percentiles.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.network.passes import forward
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs import digits
from bnviz.labs.arm import Pieces
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.snapshots import NORMS

PERCENTILES = (15, 50, 85)
WIDTH, DEPTH, BATCH_SIZE = 50, 3, 60
SIGMA = 0.1
"""Standard deviation of the first weights."""
N_STEPS, EVERY = 300, 10
STEPS = np.arange(0, N_STEPS + 1, EVERY)
"""Steps after which there is a snapshot, shape (T,)."""
N_STARTS, APART = 3, 100
"""Starts, and the distance of their seeds: beyond the last one that a reader can set."""
N_IMAGES = 240
"""Held-out images, in batches of the training size."""
EARLY = 50
"""Step at which the accuracies are compared."""
LEARNED = 0.5
"""A network that learns classifies at least this share of the images rightly; chance is 0.1."""


@dataclass(frozen=True, eq=False)
class Percentiles:
    """The input of units, before their sigmoid, while the networks learn.

    Attributes
    ----------
    lr : float
    steps : array of int, shape (T,)
    unit : int
        The unit on show: the middle one, by how far its mean drifts without norm.
    percentiles : array, shape (J, T, P)
        Of its input, in the first start.
    drift : array, shape (J, T, R)
        Standard deviation of the mean of a unit over the snapshots so far, mean over the units.
    accuracy : array, shape (J, T, R)
        Share of the images that are classified rightly.
    """

    lr: float
    steps: NDArray[np.int_]
    unit: int
    percentiles: Array
    drift: Array
    accuracy: Array

    @property
    def moved(self) -> Array:
        """Return how far the median of the unit moves: highest minus lowest, shape (J,)."""
        median_JT = self.percentiles[..., 1]
        return median_JT.max(-1) - median_JT.min(-1)

    @property
    def spread(self) -> Array:
        """Return the distance of the outer percentiles of the unit, shape (J, T)."""
        return self.percentiles[..., 2] - self.percentiles[..., 0]

    def right(self, step: int) -> Array:
        """Return the median accuracy of the starts at a snapshot, shape (J,)."""
        return np.median(self.accuracy[:, step // EVERY], -1)

    @property
    def learns(self) -> bool:
        """Return whether the network without norm has learned at the end."""
        return bool(self.right(N_STEPS)[0] >= LEARNED)

    @property
    def whole_drift(self) -> Array:
        """Return the drift over all snapshots, shape (J, R)."""
        return self.drift[:, -1]

    @property
    def drifts(self) -> tuple[float, float]:
        """Return the median of the starts' drift over all steps, without and with norm."""
        none, bn = np.median(self.whole_drift, -1).tolist()
        return none, bn


def networks(norm: str, lr: float, seed: int) -> Replicas:
    """Return the starts with one norm: sigmoid units, small normal weights."""
    split = data.load("digits")
    spec = digits.spec(width=WIDTH, depth=DEPTH, activation="sigmoid", norm=norm, lr=lr)
    seeds = [seed + APART * start for start in range(N_STARTS)]
    rngs = [np.random.default_rng([one, 5]) for one in seeds]
    weights = [
        np.array([rng.normal(0, SIGMA, shape) for rng in rngs]) for shape in pairwise(spec.sizes)
    ]
    order = [batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, one) for one in seeds]
    return Replicas(spec, weights, split.x_train, split.y_train, np.array(order))


def measure(settings: Settings) -> Pieces:
    """Train the networks without and with batch norm, and measure at each snapshot.

    Held-out images are cut into batches and each is normalized with its own statistics, as in
    training. With the running statistics of evaluation the first steps would show how these catch
    up from 0 and 1, which is another matter.
    """
    split = data.load("digits")
    x_ND, labels_N = split.x_test[:N_IMAGES], split.y_test[:N_IMAGES]
    shown, means, right = [], [], []
    for norm in NORMS:
        replicas = networks(norm, settings.sigmoid_lr, settings.seed)
        shown_T, means_T, right_T = [], [], []
        for step in STEPS:
            replicas.advance(int(step) - replicas.n_done)
            done = forward(replicas.spec, replicas.parameters, x_ND, batch_size=BATCH_SIZE)
            input_RNC = done.normalized[-1]
            shown_T.append(input_RNC[0])
            means_T.append(input_RNC.mean(-2))
            right_T.append((done.logits.argmax(-1) == labels_N).mean(-1))
            yield None
        shown.append(np.array(shown_T))
        means.append(means_T)
        right.append(right_T)
    means_JTRC = np.array(means)
    unit = _middle(means_JTRC[0, :, 0])
    percentiles_PJT = np.percentile([one[..., unit] for one in shown], PERCENTILES, axis=-1)
    return Percentiles(
        lr=settings.sigmoid_lr,
        steps=STEPS,
        unit=unit,
        percentiles=np.moveaxis(percentiles_PJT, 0, -1),
        drift=drift_so_far(means_JTRC),
        accuracy=np.array(right),
    )


def _middle(means_TC: Array) -> int:
    """Return the unit whose mean moves more than those of half of the others."""
    return int(np.argsort(means_TC.std(0), kind="stable")[means_TC.shape[-1] // 2])


def drift_so_far(means_JTRC: Array) -> Array:
    """Return the standard deviation over the snapshots so far of each mean, mean over units."""
    so_far = (means_JTRC[:, : t + 1] for t in range(means_JTRC.shape[1]))
    return np.moveaxis(np.array([means.std(1).mean(-1) for means in so_far]), 0, 1)
