"""The training of one cell, from several starts: where batch norm is ahead, and where behind.

Shape legend: J the two norms (``PAIR``), T looks, B starts, R = B networks.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bnviz.core.array import Array
from bnviz.labs.rates.grid import PAIR
from bnviz.labs.rates.groups import Group, order_of, spec_of, weights_of
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


def looks(n_steps: int) -> tuple[int, ...]:
    """List the steps at which the losses are taken."""
    return tuple(np.linspace(0, n_steps, N_LOOKS).round().astype(int).tolist())


@lru_cache(maxsize=64)
def group(
    norm: str, lr: float, scale: float, depth: int, activation: str, n_steps: int, seed: int
) -> Group:
    """Give the networks of one cell, as far as they are trained."""
    spec = spec_of(norm, depth=depth, activation=activation)
    seeds = [seed + APART * start for start in range(N_STARTS)]
    starts = [weights_of(spec, (scale,), one) for one in seeds]
    weights = [np.concatenate(layer) for layer in zip(*starts, strict=True)]
    order = np.array([order_of(n_steps, one) for one in seeds])
    return Group(spec, weights, order, (lr,) * N_STARTS, looks(n_steps))


def groups(settings: Settings) -> list[Group]:
    """List the two groups of the cell."""
    s = settings
    return [
        group(norm, s.lr, s.init_scale, s.depth, s.activation, s.n_steps, s.seed) for norm in PAIR
    ]


def measure(settings: Settings, *, asked: bool = True) -> Curves:
    """Put together what is trained so far; nothing where the curves are not asked for."""
    found = groups(settings)
    return Curves(
        np.array(looks(settings.n_steps)),
        np.array([one.loss_TR if asked else np.full_like(one.loss_TR, np.nan) for one in found]),
        tuple(int(one.diverged_R.sum()) if asked else 0 for one in found),
        tuple(one.finished and asked for one in found),
    )
