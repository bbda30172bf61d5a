"""The run: one training, looked at with three kinds of statistics, and the chosen bug.

Shape legend: L hidden layers, C units of each, W ways to get the statistics, K libraries.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.stats.running import start_share
from bnviz.labs.execution import finish
from bnviz.labs.train_eval.bugs import Outcome, fickle, outcomes
from bnviz.labs.train_eval.convention import LIBRARIES, Convention
from bnviz.labs.train_eval.precise import precise
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.trace import STARTS, Libraries, StartUp, Trace, Unit
from bnviz.labs.train_eval.training import DEPTH, N_STEPS, WIDTH, Training, score

LOOKS = np.array([0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 250, N_STEPS])
"""Steps at which the network is looked at; closer at the start, where the statistics move."""
SHAPE = (2, DEPTH, WIDTH)


class Look(NamedTuple):
    """One snapshot; its fields are those of the trace without the axis T."""

    scores: Array
    true: Array
    scatter: Array
    share: Array
    loss: Array


class Experiment:
    """A run that can be watched while it goes on.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings())
    >>> experiment.advance()
    >>> experiment.trace().steps
    array([0])
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._convention = Convention(settings.momentum, settings.start, settings.variance)
        self._training = Training(
            settings.batch_size,
            settings.seed,
            frozen_after=settings.frozen_after,
            convention=self._convention,
        )
        self._libraries = {name: c.statistics(SHAPE) for name, c in LIBRARIES.items()}
        self._start_up = start_up(self._training, self._convention)
        self._running = [self._training.kept.value[:, -1, 0]]
        self._looks: list[Look] = []
        self._outcomes: list[Outcome] = []
        self._fickle = np.nan
        self._work = self._pieces()
        self.finished = False
        self.advance()

    def advance(self) -> None:
        """Do a small piece of the work."""
        self.finished = next(self._work, "over") == "over"

    def _pieces(self) -> Iterator[None]:
        training = self._training
        for look_at in LOOKS:
            while training.n_done < look_at:
                self._step()
                yield
            self._looks.append(self._look())
            yield
        if self.settings.frozen_after is not None:
            training = Training(
                self.settings.batch_size, self.settings.seed, convention=self._convention
            )
            while training.n_done < N_STEPS:
                training.step()
                yield
        for outcome in outcomes(self.settings.bug, training):
            self._outcomes += [] if outcome is None else [outcome]
            yield
        self._fickle = fickle(training)

    def _step(self) -> None:
        training = self._training
        training.step()
        self._running.append(training.kept.value[:, -1, 0])
        for running in self._libraries.values():
            running.update(training.batch_stats[-1], training.trainer.n)

    def _look(self) -> Look:
        training, n = self._training, self.settings.batch_size
        measured = precise(training)
        ways = [
            score(training, None, batch_size=n),
            score(training, training.kept.value),
            score(training, measured.total),
        ]
        kept = [running.value for running in self._libraries.values()] + [measured.paper]
        return Look(
            np.array(ways),
            measured.total[:, -1, 0],
            measured.scatter[:, -1, 0],
            np.array([np.median(stats[1] / measured.total[1], -1) for stats in kept]),
            np.array([score(training, stats)[0] for stats in kept]),
        )

    def trace(self) -> Trace:
        """Return what has been seen so far."""
        looks = [np.stack(parts) for parts in zip(*self._looks, strict=True)]
        scores, true, spread, share, loss = looks
        n = self.settings.batch_size
        batch = np.array([stats[:, -1, 0] for stats in self._training.batch_stats]).reshape(-1, 2).T
        return Trace(
            settings=self.settings,
            steps=LOOKS[: len(self._looks)],
            n_steps=N_STEPS,
            loss=scores[..., 0],
            accuracy=scores[..., 1],
            unit=Unit(
                batch * np.array([[1.0], [n / (n - 1)]]),
                np.array(self._running).T,
                true.T,
                spread.T,
            ),
            start_up=self._start_up,
            libraries=Libraries((*LIBRARIES, "paper"), share, loss),
            outcomes=tuple(self._outcomes),
            fickle=self._fickle,
            finished=self.finished,
        )


def run(settings: Settings) -> Trace:
    """Do the whole run.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.

    Examples
    --------
    >>> trace = run(Settings())
    >>> trace.finished, trace.loss.shape[1], [outcome.kind for outcome in trace.outcomes]
    (True, 3, ['bug', 'repair'])
    """
    return finish(Experiment(settings))


def start_up(training: Training, convention: Convention) -> StartUp:
    """Keep the variance of the first layer over all batches, its weights as they are.

    Parameters
    ----------
    training : Training
        Before its first step.
    convention : Convention
        Of the momentum and of the variance; all three starts are tried.

    Returns
    -------
    StartUp
    """
    trainer = training.trainer
    z_MC = data.load("digits").x_train @ trainer.parameters.weights[0]
    true = z_MC.var(0, ddof=1).sum()
    keepers = [
        Convention(convention.momentum, start, convention.variance).statistics((2, 1, WIDTH))
        for start in STARTS
    ]
    measured = np.empty((len(STARTS), N_STEPS))
    for step, examples in enumerate(trainer.order):
        batch_NC = z_MC[examples]
        stats = np.array([batch_NC.mean(0), batch_NC.var(0)])[:, None]
        for place, keeper in enumerate(keepers):
            keeper.update(stats, trainer.n)
            measured[place, step] = keeper.value[1].sum() / true
    full = 1.0 if convention.variance == "unbiased" else (trainer.n - 1) / trainer.n
    left = np.array([_left(convention.momentum, t) for t in range(1, N_STEPS + 1)])
    closed = full * (1 - left) + left * np.array([[0.0], [WIDTH / true], [0.0]])
    closed[STARTS.index("corrected")] = full
    return StartUp(measured, closed)


def _left(momentum: float | None, n_updates: int) -> float:
    """Return the weight that the start still has; the cumulative average drops it at once."""
    return 0.0 if momentum is None else start_share(momentum, n_updates)
