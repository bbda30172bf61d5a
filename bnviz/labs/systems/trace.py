"""Every number that the lab shows, and the run that gives them, view by view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import Experiment as Work
from bnviz.labs.execution import Once, finish
from bnviz.labs.systems import affine, cost, padding, placement, pure, recurrence, repair, tokens
from bnviz.labs.systems.affine import Learned
from bnviz.labs.systems.bands import Bands, bands
from bnviz.labs.systems.cost import Cost
from bnviz.labs.systems.padding import Padding
from bnviz.labs.systems.placement import Placements
from bnviz.labs.systems.pure import Pure
from bnviz.labs.systems.recurrence import Recurrences
from bnviz.labs.systems.repair import Repair
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.tokens import Tokens

WORK: Mapping[str, Callable[[Settings], Work[Any]]] = {
    "cost": lambda s: Once(lambda s: cost.measure(s.channels, s.seed), s),
    "repair": lambda s: Once(lambda s: repair.measure(s.n_batches, s.seed), s),
    "pure": lambda s: Once(lambda s: pure.measure(s.seed), s),
    "placement": lambda s: Placements(s.seed),
    "sequences": lambda s: Once(lambda s: (tokens.measure(s.seed), padding.measure(s.seed)), s),
    "recurrence": lambda s: Recurrences(s.gamma_start, s.seed),
    "affine": lambda s: affine.begun(s.width, s.seed),
}
"""View -> the work that it takes."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What the views show; nothing is played, so there is one step, 0.

    Attributes
    ----------
    settings : Settings
    found : mapping of str to anything
        View -> what was measured for it, of the views that were asked for.
    """

    settings: Settings
    found: Mapping[str, Any]
    steps: NDArray[np.int_]
    n_steps: int = 0

    @property
    def cost(self) -> Cost:
        """What a layer costs."""
        found: Cost = self.found["cost"]
        return found

    @property
    def repair(self) -> Repair:
        """How far the published class is off."""
        found: Repair = self.found["repair"]
        return found

    @property
    def pure(self) -> Pure:
        """How well a discriminator does."""
        found: Pure = self.found["pure"]
        return found

    @property
    def placement(self) -> placement.Array:
        """Accuracies of networks with BN before and after the activation."""
        found: placement.Array = self.found["placement"]
        return found

    @property
    def tokens(self) -> Tokens:
        """How batch variances of sequences vary."""
        found: Tokens = self.found["sequences"][0]
        return found

    @property
    def padding(self) -> Padding:
        """What padding does to valid tokens."""
        found: Padding = self.found["sequences"][1]
        return found

    @property
    def recurrence(self) -> recurrence.Array:
        """Gradients of hidden states, shape (A, K, S, T); NaN for runs to come."""
        found: recurrence.Array = self.found["recurrence"]
        return found

    @property
    def learned(self) -> Learned:
        """What gamma, beta and the other parts learned at the reader's width."""
        found: Learned = self.found["affine"]
        return found

    @property
    def bands(self) -> Bands:
        """The recorded networks of all widths."""
        return bands()


class Experiment:
    """The run in pieces, one view after the other.

    Parameters
    ----------
    settings : Settings
    view : str, optional
        The only view whose work is to be done; the default is all of them.

    Examples
    --------
    >>> experiment = Experiment(Settings(), "repair")
    >>> experiment.advance()
    >>> experiment.finished, list(experiment.trace().found)
    (True, ['repair'])
    """

    def __init__(self, settings: Settings, view: str | None = None) -> None:
        self.settings = settings
        self._works = {name: WORK[name](settings) for name in ([view] if view else WORK)}

    @property
    def finished(self) -> bool:
        """Whether all the work is done."""
        return all(work.finished for work in self._works.values())

    def advance(self) -> None:
        """Do a piece of the first work that is not done."""
        for work in self._works.values():
            if not work.finished:
                work.advance()
                return

    def trace(self) -> Trace | None:
        """Give what has been measured so far; None while a view cannot be shown yet."""
        found = {view: work.trace() for view, work in self._works.items()}
        if any(part is None for part in found.values()):
            return None
        return Trace(self.settings, found, np.array([0]))


def run(settings: Settings, view: str | None = None) -> Trace:
    """Measure everything, or what a view shows; times are taken once for each layer and kept."""
    trace = finish(Experiment(settings, view))
    assert trace is not None  # all the work is done
    return trace
