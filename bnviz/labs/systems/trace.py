"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.systems import cost, pure, repair
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
    steps: NDArray[np.int_]
    n_steps: int = 0


def run(settings: Settings) -> Trace:
    """Measure everything; times are taken once for each layer and kept."""
    return Trace(
        settings,
        cost.measure(settings.channels, settings.seed),
        repair.measure(settings.n_batches, settings.seed),
        pure.measure(settings.seed),
        np.array([0]),
    )
