"""The running variance while the weights stand still, from three starts.

Shape legend: M images, C units, N batch, S steps.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import data
from bnviz.core.array import Array
from bnviz.core.stats.running import start_share
from bnviz.labs.train_eval.convention import Convention, Kept
from bnviz.labs.train_eval.training import N_STEPS, WIDTH, Training

STARTS = ("zero", "one", "corrected")


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


def start_up(training: Training, convention: Convention) -> StartUp:
    """Measure the kept variance of the first layer over all batches, with its weights as they are.

    The training is before its first step; of the convention, all three starts are tried.
    """
    trainer = training.trainer
    z_MC = data.load("digits").x_train @ trainer.parameters.weights[0]
    true = z_MC.var(0, ddof=1).sum()
    keepers = [
        Kept(Convention(convention.momentum, start, convention.variance), (2, 1, WIDTH))
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
    # The cumulative average drops the start at once, as momentum 1 does.
    momentum = 1.0 if convention.momentum is None else convention.momentum
    left = np.array([start_share(momentum, t) for t in range(1, N_STEPS + 1)])
    closed = full * (1 - left) + left * np.array([[0.0], [WIDTH / true], [0.0]])
    closed[STARTS.index("corrected")] = full
    return StartUp(measured, closed)
