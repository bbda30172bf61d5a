"""Every number that the lab shows, and the run that gives them, view by view."""

from collections.abc import Mapping

from bnviz.labs.by_view import ViewExperiment, ViewTrace, Work, whole
from bnviz.labs.execution import Once
from bnviz.labs.why import agreement, band, correlation, percentiles, surface
from bnviz.labs.why.agreement import Agreement
from bnviz.labs.why.arms import Arms
from bnviz.labs.why.band import Band
from bnviz.labs.why.correlation import Correlation
from bnviz.labs.why.learner import Path
from bnviz.labs.why.percentiles import Percentiles
from bnviz.labs.why.pieces import Pieces
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.surface import Surface

WORK: Work[Settings] = {
    "noise": Arms,
    "percentiles": lambda s: Pieces(percentiles.measure, s.sigmoid_lr, s.seed),
    "band": lambda s: Pieces(band.measure, s.lr, s.depth, s.batch_size, s.seed),
    "agreement": lambda s: Pieces(agreement.measure, s.lr, s.depth, s.batch_size, s.seed),
    "correlation": lambda s: Once(correlation.measure, s),
    "surface": lambda s: Pieces(surface.measure, s.lr, s.depth, s.batch_size, s.seed),
}
"""View -> the work that it takes."""


class Trace(ViewTrace[Settings]):
    """What the views show; see `ViewTrace`."""

    @property
    def paths(self) -> Mapping[str, Path]:
        """The four runs without and with norm and noise, by name: same start, same batches."""
        paths: Mapping[str, Path] = self.found["noise"]
        return paths

    @property
    def none(self) -> Path:
        """The run without norm."""
        return self.paths["none"]

    @property
    def bn(self) -> Path:
        """The run with batch norm."""
        return self.paths["bn"]

    @property
    def noisy_bn(self) -> Path:
        """The run with noise behind batch norm."""
        return self.paths["noisy_bn"]

    @property
    def noisy_none(self) -> Path:
        """The run with noise and no norm."""
        return self.paths["noisy_none"]

    @property
    def finished(self) -> bool:
        """Whether all four runs are over."""
        return all(path.finished for path in self.paths.values())

    @property
    def percentiles(self) -> Percentiles:
        """The input of the units of sigmoid networks over training."""
        found: Percentiles = self.found["percentiles"]
        return found

    @property
    def band(self) -> Band:
        """The loss along the gradient."""
        found: Band = self.found["band"]
        return found

    @property
    def agreement(self) -> Agreement:
        """Gradients before and after the earlier layers moved."""
        found: Agreement = self.found["agreement"]
        return found

    @property
    def correlation(self) -> Correlation:
        """The correlation matrices."""
        found: Correlation = self.found["correlation"]
        return found

    @property
    def surface(self) -> Surface:
        """The loss about the trained networks."""
        found: Surface = self.found["surface"]
        return found


class Experiment(ViewExperiment[Settings, Trace]):
    """The run in pieces, one view after the other; see `ViewExperiment`.

    Examples
    --------
    >>> experiment = Experiment(Settings(seed=96), "noise")
    >>> experiment.advance()
    >>> experiment.finished, experiment.trace().bn.n_done
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
