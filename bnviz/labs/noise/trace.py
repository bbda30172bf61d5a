"""All numbers that the lab on batch size and noise shows."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.noise import gradient, law
from bnviz.labs.noise.factor import Factor, factor
from bnviz.labs.noise.follow import Followed, follow
from bnviz.labs.noise.gradient import Gradient
from bnviz.labs.noise.influence import Influence, influence
from bnviz.labs.noise.law import Law
from bnviz.labs.noise.settings import Settings


@dataclass(frozen=True, eq=False)
class Trace:
    """What was measured, view by view; see the modules of that name.

    Attributes
    ----------
    settings : Settings
    law : Law
    followed : Followed
    influence : Influence
    factor : Factor
    gradient : Gradient
    steps : array of int, shape (1,)
        Nothing moves in this lab.
    n_steps : int
    """

    settings: Settings
    law: Law
    followed: Followed
    influence: Influence
    factor: Factor
    gradient: Gradient
    steps: NDArray[np.intp] = field(default_factory=lambda: np.array([0]))
    n_steps: int = 0


def run(settings: Settings) -> Trace:
    """Measure everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        Same settings, same bytes. The parts are remembered, each with the settings that it depends
        on, so that a moved control measures anew only what it changes.

    Examples
    --------
    >>> trace = run(Settings(batch_size=4))
    >>> trace.influence.n, trace.law.n
    (4, 1437)
    """
    s = settings
    return Trace(
        settings=s,
        law=law.measure(s.unit, s.batch_size, replacement=s.replacement, seed=s.seed),
        followed=follow(s),
        influence=influence(s),
        factor=factor(s),
        gradient=gradient.measure(s.replacement, s.seed),
    )
