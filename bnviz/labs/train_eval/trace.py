"""Every number that this lab shows.

Shape legend: T snapshots, S steps so far, W ways to get the statistics, K libraries,
L hidden layers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.train_eval.bugs import Outcome
from bnviz.labs.train_eval.settings import Settings

BATCH, RUNNING, PRECISE = range(3)
WAYS = ("batch", "running", "precise")
"""Places and names on the axis W: what the test images are normalized with."""
STARTS = ("zero", "one", "corrected")


@dataclass(frozen=True, eq=False)
class Unit:
    """Mean and variance of the first unit of the last hidden layer, each of shape (2, ...).

    Attributes
    ----------
    batch : array, shape (2, S)
        Of the batch of each step; the variance is the unbiased one.
    running : array, shape (2, S + 1)
        As the settings keep them; the first is the start.
    true : array, shape (2, T)
        Of many training images at the weights of the snapshot.
    scatter : array, shape (2, T)
        Standard deviation with which batches of the same size scatter about it, measured.
    """

    batch: Array
    running: Array
    true: Array
    scatter: Array


@dataclass(frozen=True, eq=False)
class StartUp:
    """The running variance of the first layer while its weights stand still.

    All of it as a share of the true variance, summed over the units.

    Attributes
    ----------
    measured, closed : arrays, shape (3, S)
        After batch 1, 2, ...: for each of ``STARTS`` what was measured, and the closed form.
    """

    measured: Array
    closed: Array


@dataclass(frozen=True, eq=False)
class Libraries:
    """What the conventions of libraries make of the same batches.

    Attributes
    ----------
    names : tuple of str
        K of them; the last is the paper, which stops the weights and measures.
    share : array, shape (T, K, L)
        Running variance over true variance, median over the units of each hidden layer.
    loss : array, shape (T, K)
        On held-out images, in nats.
    """

    names: tuple[str, ...]
    share: Array
    loss: Array


@dataclass(frozen=True, eq=False)
class Trace:
    """Everything that a page shows of a run, or of its first part.

    Attributes
    ----------
    settings : Settings
    steps : array of int, shape (T,)
        Steps done at each snapshot; the first is 0.
    n_steps : int
        Steps that the whole run has.
    loss, accuracy : arrays, shape (T, W)
        On held-out images.
    unit : Unit
    start_up : StartUp
    libraries : Libraries
    outcomes : tuple of Outcome
        Of the chosen bug and its repairs; measured last.
    fickle : float
        Share of held-out images whose answer changes in train mode with the images beside them;
        NaN while it is not known yet.
    finished : bool
    """

    settings: Settings
    steps: NDArray[np.integer]
    n_steps: int
    loss: Array
    accuracy: Array
    unit: Unit
    start_up: StartUp
    libraries: Libraries
    outcomes: tuple[Outcome, ...]
    fickle: float
    finished: bool

    def updates(self, step: int) -> int:
        """Return how many batches the running statistics have taken in at a step."""
        frozen = self.settings.frozen_after
        return step if frozen is None else min(step, frozen)
