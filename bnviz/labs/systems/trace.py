"""Every number that the lab shows, and the run that gives them, view by view."""

from bnviz.labs.by_view import ViewExperiment, ViewTrace, Work, whole
from bnviz.labs.execution import Once
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

WORK: Work[Settings] = {
    "cost": lambda s: Once(lambda s: cost.measure(s.channels, s.seed), s),
    "repair": lambda s: Once(lambda s: repair.measure(s.n_batches, s.seed), s),
    "pure": lambda s: Once(lambda s: pure.measure(s.seed), s),
    "placement": lambda s: Placements(s.seed),
    "sequences": lambda s: Once(lambda s: (tokens.measure(s.seed), padding.measure(s.seed)), s),
    "recurrence": lambda s: Recurrences(s.gamma_start, s.seed),
    "affine": lambda s: affine.begun(s.width, s.seed),
}
"""View -> the work that it takes."""


class Trace(ViewTrace[Settings]):
    """What the views show; see `ViewTrace`."""

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


class Experiment(ViewExperiment[Settings, Trace]):
    """The run in pieces, one view after the other; see `ViewExperiment`.

    Examples
    --------
    >>> experiment = Experiment(Settings(), "repair")
    >>> experiment.advance()
    >>> experiment.finished, list(experiment.trace().found)
    (True, ['repair'])
    """

    work = WORK
    kind = Trace


def run(settings: Settings, view: str | None = None) -> Trace:
    """Measure everything, or what a view shows; times are taken once for each layer and kept."""
    return whole(Experiment(settings, view))
