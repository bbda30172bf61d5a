"""Every number that the lab shows, and the run that gives them, view by view."""

from bnviz.labs.by_view import ViewExperiment, ViewTrace, Work, whole
from bnviz.labs.execution import Once
from bnviz.labs.scale import flat
from bnviz.labs.scale.balance import Balance, Balancing
from bnviz.labs.scale.flat import Flat
from bnviz.labs.scale.pace import Pace, Racing
from bnviz.labs.scale.settings import Settings
from bnviz.labs.scale.spectral import Dividing, Spectral

WORK: Work[Settings] = {
    "flat": lambda settings: Once(flat.measure, settings),
    "pace": Racing,
    "balance": Balancing,
    "spectral": Dividing,
}
"""View -> the work that it takes."""


class Trace(ViewTrace[Settings]):
    """What the views show; see `ViewTrace`."""

    @property
    def flat(self) -> Flat:
        """Loss and gradient over the scale of the weights."""
        found: Flat = self.found["flat"]
        return found

    @property
    def pace(self) -> Pace:
        """Three starts that differ in scale and rate."""
        found: Pace = self.found["pace"]
        return found

    @property
    def balance(self) -> Balance:
        """The runs with weight decay, and the one without."""
        found: Balance = self.found["balance"]
        return found

    @property
    def spectral(self) -> Spectral:
        """The logits and the runs with spectral normalization."""
        found: Spectral = self.found["spectral"]
        return found


class Experiment(ViewExperiment[Settings, Trace]):
    """The run in pieces, one view after the other; see `ViewExperiment`.

    Examples
    --------
    >>> experiment = Experiment(Settings(), "pace")
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().pace.plain.n_done
    (False, 1)
    """

    work = WORK
    kind = Trace


def run(settings: Settings) -> Trace:
    """Measure everything.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    Trace
        The same bytes for the same settings.
    """
    return whole(Experiment(settings))
