"""Training with a gradient that treats the statistics as constants: the paper's own example.

A unit adds a learned bias, ``z = x + b``, and normalizes z (Ioffe & Szegedy 2015, section 2). No b
can change the output. The right gradient knows that, the other one does not.
"""

from dataclasses import dataclass

import numpy as np

from bnviz.core import bn
from bnviz.core.array import Array
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.unit import draw, from_above, with_constants

N_STEPS = 100
LR = 0.1
RIGHT, CONSTANTS = 0, 1
"""Places of the two runs in every array."""


@dataclass(frozen=True, eq=False)
class Drift:
    """One bias, trained twice from 0: with the right gradient, and with constants.

    Attributes
    ----------
    bias_T2, loss_T2 : arrays, shape (T, 2)
        Before each step and after the last. The loss is ``mean(dy * y)``.
    """

    bias_T2: Array
    loss_T2: Array

    @property
    def change_of_loss(self) -> float:
        """Return how much the loss has changed at most, in both runs."""
        return float(np.ptp(self.loss_T2, axis=0).max())


def drift(settings: Settings) -> Drift:
    """Train the bias on the reader's batch, in train mode.

    With constants each step moves b by ``-LR * gamma * mean(dy) / sqrt(var + eps)``, and neither
    the output nor the next step depends on b: it goes on for ever. *Proved*, by that sentence.
    """
    x_N, gamma_2, beta_2 = draw(settings), np.full(2, settings.gamma), np.zeros(2)
    dy_N2 = np.repeat(from_above(settings)[:, None], 2, axis=1) / settings.batch_size
    bias_2, seen = np.zeros(2), []
    for step in range(N_STEPS + 1):
        y_N2, done = bn.forward(x_N[:, None] + bias_2, gamma_2, beta_2, settings.eps)
        seen.append((bias_2, (dy_N2 * y_N2).sum(0)))
        if step < N_STEPS:
            dz_N2, _, _ = bn.backward(dy_N2, done)
            wrong_N2, _, _ = with_constants(dy_N2, done)
            dz_N2[:, CONSTANTS] = wrong_N2[:, CONSTANTS]
            bias_2 = bias_2 - LR * dz_N2.sum(0)
    bias_T2, loss_T2 = (np.array(column) for column in zip(*seen, strict=True))
    return Drift(bias_T2, loss_T2)
