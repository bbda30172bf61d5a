"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.systems import cost, placement, pure, repair
from bnviz.labs.systems.cost import Cost
from bnviz.labs.systems.pure import Pure
from bnviz.labs.systems.repair import Repair
from bnviz.labs.systems.settings import Settings


@dataclass(frozen=True, eq=False)
class Trace:
    """What the views show; nothing is played, so there is one step, 0."""

    settings: Settings
    cost: Cost
    repair: Repair
    pure: Pure
    placement: NDArray[np.float64]
    steps: NDArray[np.int_]
    n_steps: int = 0


class Experiment:
    """The run in pieces: all but the placements at once, then a group of networks in each.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._n_groups = 0
        self._cost = cost.measure(settings.channels, settings.seed)
        self._repair = repair.measure(settings.n_batches, settings.seed)
        self._pure = pure.measure(settings.seed)

    @property
    def finished(self) -> bool:
        """Whether all networks are trained."""
        return self._n_groups == len(placement.GROUPS)

    def advance(self) -> None:
        """Train the next group."""
        self._n_groups += 1
        placement.measure(self.settings.seed, self._n_groups)

    def trace(self) -> Trace:
        """Give what has been measured so far."""
        found = placement.measure(self.settings.seed, self._n_groups)
        return Trace(
            self.settings, self._cost, self._repair, self._pure, found, steps=np.array([0])
        )


def run(settings: Settings) -> Trace:
    """Measure everything; times are taken once for each layer and kept."""
    return finish(Experiment(settings))
