"""All numbers that the lab on batch size and noise shows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.noise import gradient, law, networks
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


class Experiment:
    """A run in pieces, so that other readers get their turn between two of them.

    Parameters
    ----------
    settings : Settings

    Examples
    --------
    >>> experiment = Experiment(Settings(batch_size=4))
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace()
    (False, None)
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._pieces = _pieces(settings)
        self._trace: Trace | None = None

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self._trace is not None

    def advance(self) -> None:
        """Measure the next piece; the last step puts all of them together."""
        if self._pieces:
            self._pieces.pop(0)()
        else:
            self._trace = run(self.settings)

    def trace(self) -> Trace | None:
        """Return what came out; None before."""
        return self._trace


def _pieces(settings: Settings) -> list[Callable[[], Any]]:
    """List what takes time. The results are remembered, and `run` finds them."""
    s, bn, plain = settings, networks.BN, networks.PLAIN
    return [
        lambda: networks.trained(bn, s.seed),
        lambda: networks.trained(plain, s.seed),
        lambda: networks.layer_normed(s.seed),
        lambda: law.measure(s.unit, s.batch_size, replacement=s.replacement, seed=s.seed),
        lambda: influence(s),
        lambda: factor(s),
        lambda: gradient.squares(bn, s.replacement, s.seed),
        lambda: gradient.squares(plain, s.replacement, s.seed),
    ]
