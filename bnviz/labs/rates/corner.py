"""The training of one cell, from several starts: where batch norm is ahead, and where behind.

Shape legend: J the two norms (``PAIR``), T looks, B starts, R = B networks.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.arm import Arm, Pieces, together
from bnviz.labs.rates import gradients, grid
from bnviz.labs.rates.gradients import Gradients
from bnviz.labs.rates.grid import PAIR, Grid
from bnviz.labs.rates.groups import Losses, order_of, spec_of, train, weights_of
from bnviz.labs.rates.settings import Settings

N_STARTS, N_LOOKS = 6, 11
APART = 100
"""Distance of the seeds of two starts: beyond the last seed that a reader can set."""


@dataclass(frozen=True, eq=False)
class Curves:
    """How the networks of one cell learn.

    Attributes
    ----------
    steps : array of int, shape (T,)
    loss : array, shape (J, T, B)
        In nats; NaN from a divergence on, and where it is not trained yet.
    n_diverged : tuple of int
        Starts that diverged, with each norm.
    known : tuple of bool
        Whether all steps are done, with each norm.
    """

    steps: NDArray[np.intp]
    loss: Array
    n_diverged: tuple[int, ...]
    known: tuple[bool, ...]

    @property
    def final(self) -> tuple[float, float]:
        """Median loss of the starts at the end, none and BN.

        Infinite if most diverge, NaN while they train.
        """
        if not all(self.known):
            return np.nan, np.nan
        ends = np.sort(np.where(np.isnan(self.loss[:, -1]), np.inf, self.loss[:, -1]), -1)
        none, bn = ends[:, (N_STARTS - 1) // 2 : N_STARTS // 2 + 1].mean(-1).tolist()
        return none, bn


@dataclass(frozen=True, eq=False)
class Corner:
    """The cell's training, the maps that it is a part of, and the weights at the start."""

    curves: Curves
    grid: Grid
    gradients: Gradients


def looks(n_steps: int) -> tuple[int, ...]:
    """Return the steps at which the losses are taken."""
    return tuple(np.linspace(0, n_steps, N_LOOKS).round().astype(int).tolist())


def cell(
    norm: str, lr: float, scale: float, depth: int, activation: str, n_steps: int, seed: int
) -> Pieces:
    """Train the networks of one cell: `Losses`."""
    spec = spec_of(norm, depth=depth, activation=activation)
    seeds = [seed + APART * start for start in range(N_STARTS)]
    starts = [weights_of(spec, (scale,), one) for one in seeds]
    weights = [np.concatenate(layer) for layer in zip(*starts, strict=True)]
    order = np.array([order_of(n_steps, one) for one in seeds])
    return train(spec, weights, order, (lr,) * N_STARTS, looks(n_steps))


def measure(settings: Settings) -> Pieces:
    """Train the cell and the maps side by side: a `Corner`."""
    s = settings
    start = Settings(depth=s.depth, activation=s.activation, seed=s.seed)
    needs = s.lr, s.init_scale, s.depth, s.activation, s.n_steps, s.seed

    def corner(grid: Grid, gradients: Gradients, **cells: Losses) -> Corner:
        found = [cells[norm] for norm in PAIR]
        curves = Curves(
            np.array(looks(s.n_steps)),
            np.array([one.loss_TR for one in found]),
            tuple(int(one.diverged_R.sum()) for one in found),
            tuple(one.finished for one in found),
        )
        return Corner(curves, grid, gradients)

    arms = {
        **{norm: Arm(cell, (norm, *needs)) for norm in PAIR},
        "grid": Arm(grid.measure, (replace(start, n_steps=s.n_steps),)),
        "gradients": Arm(gradients.measure, (start,)),
    }
    return (yield from together(arms, corner))
