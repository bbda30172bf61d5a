"""Every number that the lab shows, and the run that gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnviz.labs.execution import finish
from bnviz.labs.rates import curves, draws, gradients, grid
from bnviz.labs.rates.curves import Curves
from bnviz.labs.rates.draws import Draws
from bnviz.labs.rates.gradients import Gradients
from bnviz.labs.rates.grid import PAIR, Grid
from bnviz.labs.rates.groups import NORMS
from bnviz.labs.rates.settings import Settings


@dataclass(frozen=True, eq=False)
class Trace:
    """What the views show.

    Attributes
    ----------
    settings : Settings
    grid : Grid
    curves : Curves
    gradients : Gradients
    draws : Draws
    steps : array of int, shape (1,)
        Nothing here is played: 0.
    n_steps : int
        0.
    """

    settings: Settings
    grid: Grid
    curves: Curves
    gradients: Gradients
    draws: Draws
    steps: NDArray[np.int_]
    n_steps: int = 0


NEEDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "grid": (PAIR, ()),
    "parts": (tuple(NORMS), ()),
    "draws": ((), ("draws",)),
    "corner": (PAIR, ("curves",)),
    "gradients": ((), ()),
}
"""View -> the norms whose maps it shows, and what else is trained for it."""


class Experiment:
    """The run in pieces: some networks train for some steps in each of them.

    Parameters
    ----------
    settings : Settings
    view : str, optional
        The only view whose networks are trained; the default is all of them.

    Notes
    -----
    The two maps that answer the question come first. Rows that were trained before, for another
    view, or for settings that differ only in other views, are remembered.

    Examples
    --------
    >>> experiment = Experiment(Settings(depth=2, n_steps=40, seed=97), "grid")
    >>> experiment.finished, experiment.trace().grid.n_trained["bn"]
    (False, 0)
    """

    def __init__(self, settings: Settings, view: str | None = None) -> None:
        self.settings = s = settings
        self._norms, self._more = NEEDS[view] if view else (tuple(NORMS), ("curves", "draws"))
        self._groups = [
            *grid.rows(s, tuple(norm for norm in self._norms if norm in PAIR)),
            *(curves.groups(s) if "curves" in self._more else ()),
            *grid.rows(s, tuple(norm for norm in self._norms if norm not in PAIR)),
            *(draws.groups(s.activation, s.seed) if "draws" in self._more else ()),
        ]

    @property
    def finished(self) -> bool:
        """Whether all networks are trained."""
        return all(group.finished for group in self._groups)

    def advance(self) -> None:
        """Train the next networks for some steps."""
        for group in self._groups:
            if not group.finished:
                group.advance()
                return

    def trace(self) -> Trace:
        """Give what is trained so far."""
        s = self.settings
        return Trace(
            settings=s,
            grid=grid.measure(s, self._norms),
            curves=curves.measure(s, asked="curves" in self._more),
            gradients=gradients.measure(s.depth, s.activation, s.seed),
            draws=draws.measure(s.activation, s.seed, asked="draws" in self._more),
            steps=np.array([0]),
        )


def run(settings: Settings) -> Trace:
    """Train everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.
    """
    return finish(Experiment(settings))
