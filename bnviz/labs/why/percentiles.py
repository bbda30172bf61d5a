"""What one unit is sent over training, without and with batch norm: figure 1 of the first paper.

Shape legend: J norms (``NORMS``), T looks, R starts, N images, C units, P percentiles.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bnviz.core import data
from bnviz.core.network.passes import forward
from bnviz.core.network.spec import Spec
from bnviz.core.train.batches import batch_order
from bnviz.core.train.replicas import Replicas
from bnviz.labs.arm import Pieces
from bnviz.labs.why.learner import WINDOW
from bnviz.labs.why.settings import Settings

Array = NDArray[np.floating]

NORMS = ("none", "bn")
PERCENTILES = (15, 50, 85)
WIDTH, DEPTH, BATCH_SIZE = 50, 3, 60
SIGMA = 0.1
"""Standard deviation of the first weights."""
N_STEPS, EVERY = 300, 10
N_STARTS, APART = 3, 100
"""Starts, and the distance of their seeds: beyond the last one that a reader can set."""
N_ASKED = 240
"""Held-out images, in batches of the training size."""
EARLY = 50
"""Step at which the accuracies are compared."""
LEARNED = 0.5
"""Share of images that a network must read to be called one that learns; chance is 0.1."""


@dataclass(frozen=True, eq=False)
class Percentiles:
    """How the input of units, before their sigmoid, moves while the networks learn.

    Attributes
    ----------
    lr : float
    steps : array of int, shape (T,)
    unit : int
        The unit on show: the middle one, by how far its mean drifts without norm.
    percentiles : array, shape (J, T, P)
        Of its input, in the first start.
    drift : array, shape (J, T, R)
        Standard deviation of the mean of a unit over the last steps, mean over the units.
    whole_drift : array, shape (J, R)
        The same over all steps.
    accuracy : array, shape (J, T, R)
        Share of the images that are read.
    """

    lr: float
    steps: NDArray[np.int_]
    unit: int
    percentiles: Array
    drift: Array
    whole_drift: Array
    accuracy: Array

    @property
    def moved(self) -> Array:
        """How far the median of the unit on show moves: highest minus lowest, shape (J,)."""
        median_JT = self.percentiles[..., 1]
        moved_J: Array = median_JT.max(-1) - median_JT.min(-1)
        return moved_J

    @property
    def spread(self) -> Array:
        """Distance of the outer percentiles of the unit on show, shape (J, T)."""
        spread_JT: Array = self.percentiles[..., 2] - self.percentiles[..., 0]
        return spread_JT

    def read(self, step: int) -> Array:
        """Give the median accuracy of the starts at a look, shape (J,)."""
        read_J: Array = np.median(self.accuracy[:, step // EVERY], -1)
        return read_J

    @property
    def learns(self) -> bool:
        """Whether the network without norm has learned to read at the end."""
        return bool(self.read(N_STEPS)[0] >= LEARNED)

    @property
    def drifts(self) -> tuple[float, float]:
        """The median over the starts of the drift over all steps, without and with norm."""
        none, bn = np.median(self.whole_drift, -1).tolist()
        return none, bn


def looks() -> NDArray[np.int_]:
    """List the steps after which the networks are looked at."""
    return np.arange(0, N_STEPS + 1, EVERY)


def networks(norm: str, lr: float, seed: int) -> Replicas:
    """Set up the starts with one norm: sigmoid units, small normal weights."""
    split = data.load("digits")
    spec = Spec(
        n_inputs=64, width=WIDTH, depth=DEPTH, n_classes=10, activation="sigmoid", norm=norm, lr=lr
    )
    seeds = [seed + APART * start for start in range(N_STARTS)]
    rngs = [np.random.default_rng([one, 5]) for one in seeds]
    weights = [
        np.array([rng.normal(0, SIGMA, shape) for rng in rngs]) for shape in pairwise(spec.sizes)
    ]
    order = [batch_order(len(split.x_train), BATCH_SIZE, N_STEPS, one) for one in seeds]
    return Replicas(spec, weights, split.x_train, split.y_train, np.array(order))


def measure(settings: Settings) -> Pieces:
    """Train the networks without and with batch norm, and look at them every few steps.

    Notes
    -----
    Held-out images are cut into batches and each is normalized with its own statistics, as in
    training. With the running statistics of evaluation the first steps would show how these catch
    up from 0 and 1, which is another matter.
    """
    split = data.load("digits")
    x_ND, labels_N = split.x_test[:N_ASKED], split.y_test[:N_ASKED]
    steps = looks()
    shown, means, right = [], [], []
    for norm in NORMS:
        replicas = networks(norm, settings.sigmoid_lr, settings.seed)
        shown_T, means_T, right_T = [], [], []
        for step in steps:
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
        steps=steps,
        unit=unit,
        percentiles=np.moveaxis(percentiles_PJT, 0, -1),
        drift=drift_so_far(means_JTRC),
        whole_drift=means_JTRC.std(1).mean(-1),
        accuracy=np.array(right),
    )


def _middle(means_TC: Array) -> int:
    """Give the unit whose mean moves more than those of half of the others."""
    return int(np.argsort(means_TC.std(0), kind="stable")[means_TC.shape[-1] // 2])


def drift_so_far(means_JTRC: Array) -> Array:
    """Give the standard deviation over the last looks of each mean, mean over units.

    Examples
    --------
    >>> drift_so_far(np.array([0.0, 2.0]).reshape(1, 2, 1, 1)).ravel()
    array([0., 1.])
    """
    n_looks = WINDOW // EVERY + 1
    windows = (means_JTRC[:, max(0, t + 1 - n_looks) : t + 1] for t in range(means_JTRC.shape[1]))
    return np.moveaxis(np.array([window.std(1).mean(-1) for window in windows]), 0, 1)
