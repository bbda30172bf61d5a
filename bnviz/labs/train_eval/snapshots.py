"""One training, looked at with three kinds of statistics and with those of four conventions.

Shape legend: T snapshots, S steps so far, W ways to get the statistics, K conventions,
L hidden layers, C units of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.arm import Pieces
from bnviz.labs.sweeps import Recorded, recorded
from bnviz.labs.train_eval.convention import LIBRARIES, Convention, Kept, weights
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.start_up import StartUp, start_up
from bnviz.labs.train_eval.training import DEPTH, N_STEPS, WIDTH, Network, Training, score

NEEDS = ("batch_size", "momentum", "start", "variance", "frozen_after", "seed")
"""What a training and its statistics depend on."""
WAYS = ("batch", "running", "precise")
"""On the axis W: what the test images are normalized with."""
LOOKS = np.array([0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, N_STEPS])
"""Steps at which the network is looked at; closer at the start, where the statistics move."""


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
class Run:
    """What was seen of a training so far.

    Attributes
    ----------
    steps : array of int, shape (T,)
        Steps done at each snapshot; the first is 0.
    updates : array of int, shape (T,)
        Batches that the running statistics have taken in: no more once they are frozen.
    loss, accuracy : arrays, shape (T, W)
        On held-out images.
    unit : Unit
    weights : array, shape (T, N_STEPS + 1)
        Of the start and of each batch in the running statistics.
    start_up : StartUp
    library_share : array, shape (T, K, L)
        Running variance over true variance as the conventions of ``LIBRARIES`` keep it and last as
        the paper measures it with the weights stopped; median over the units of each hidden layer.
    library_loss : array, shape (T, K)
        The loss with each of them.
    recorded : Recorded
        The loss over batch sizes and seeds, with the default settings.
    later : Recorded
        The loss at the smallest batch size after many more steps.
    """

    steps: NDArray[np.integer]
    updates: NDArray[np.integer]
    loss: Array
    accuracy: Array
    unit: Unit
    weights: Array
    start_up: StartUp
    library_share: Array
    library_loss: Array
    recorded: Recorded
    later: Recorded

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return bool(self.steps[-1] == N_STEPS)


def measure(settings: Settings) -> Pieces:
    """Train, and look at the network at ``LOOKS``: a `Run`."""
    s = settings
    convention = Convention(s.momentum, s.start, s.variance)
    training = Training(s.batch_size, s.seed, frozen_after=s.frozen_after, convention=convention)
    libraries = {name: Kept(c, (2, DEPTH, WIDTH)) for name, c in LIBRARIES.items()}
    started = start_up(training, convention)
    running, seen = [training.kept.value[:, -1, 0]], list[tuple[Any, ...]]()
    for step in LOOKS:
        while training.n_done < step:
            training.step()
            running.append(training.kept.value[:, -1, 0])
            for library in libraries.values():
                library.update(training.batch_stats[-1], s.batch_size)
        n_updates = int(step) if s.frozen_after is None else min(int(step), s.frozen_after)
        seen.append(_snapshot(training, libraries, convention, n_updates))
        so_far = partial(_run, training, started, running, seen)
        yield so_far
    return so_far()


def _snapshot(
    training: Training, libraries: Mapping[str, Kept], convention: Convention, n_updates: int
) -> tuple[Any, ...]:
    """Return what is seen at one step, as `_run` takes it."""
    network = training.network
    measured = precise(network)
    kept = [running.value for running in libraries.values()] + [measured.paper]
    return (
        n_updates,
        weights(convention, n_updates, N_STEPS),
        scores(network, training.kept.value, measured.total),
        measured.total[:, -1, 0],
        measured.scatter[:, -1, 0],
        np.array([np.median(stats[1] / measured.total[1], -1) for stats in kept]),
        np.array([score(network, stats)[0] for stats in kept]),
    )


def scores(network: Network, running_2LC: Array, precise_2LC: Array) -> Array:
    """Return loss (nats) and accuracy in each of ``WAYS``, shape (W, 2)."""
    own = score(network, None, batch_size=network.batch_size)
    return np.array([own, score(network, running_2LC), score(network, precise_2LC)])


def _run(
    training: Training, started: StartUp, running: Sequence[Array], seen: Sequence[tuple[Any, ...]]
) -> Run:
    updates, made_of, scored, true, scatter, share, loss = map(np.array, zip(*seen, strict=True))
    n = training.trainer.n
    batch = np.array([stats[:, -1, 0] for stats in training.batch_stats]).reshape(-1, 2).T
    return Run(
        steps=LOOKS[: len(seen)],
        updates=updates,
        loss=scored[..., 0],
        accuracy=scored[..., 1],
        unit=Unit(batch * np.array([[1.0], [n / (n - 1)]]), np.array(running).T, true.T, scatter.T),
        weights=made_of,
        start_up=started,
        library_share=share,
        library_loss=loss,
        recorded=recorded("train_eval")["batch_size"],
        later=recorded("train_eval")["later"],
    )
