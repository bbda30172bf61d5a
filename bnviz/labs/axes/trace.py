"""All numbers that the axes explorer shows."""

from collections.abc import Mapping
from dataclasses import dataclass

from bnviz.core import functional as F
from bnviz.core.array import Array
from bnviz.labs.axes.properties import Identity, Properties, identities, properties
from bnviz.labs.axes.settings import METHODS, Settings
from bnviz.labs.axes.sharing import Sharing, allowed, sharing
from bnviz.labs.axes.tensor import draw
from bnviz.labs.source import source


@dataclass(frozen=True, eq=False)
class Trace:
    """The tensor, who shares with whom under each method, and the chosen cell's arithmetic.

    Attributes
    ----------
    settings : Settings
    x : array
        The tensor, in its layout.
    sharings : mapping of str to Sharing or None
        For each method; None where the method refuses the tensor.
    chosen : Sharing
        That of the chosen method, which never refuses.
    members : array, shape (n,)
        All values of the chosen cell's set, in reading order.
    mean, var : float
        Over the members; of RMS 0 and the mean square, for no mean is taken out there.
    value, x_hat : float
        Of the chosen cell, before and after.
    properties : tuple of Properties
        For each method, found by running it.
    identities : tuple of Identity
    source : str
        The lines of the core that do it.
    """

    settings: Settings
    x: Array
    sharings: Mapping[str, Sharing | None]
    chosen: Sharing
    members: Array
    mean: float
    var: float
    value: float
    x_hat: float
    properties: tuple[Properties, ...]
    identities: tuple[Identity, ...]
    source: str

    @property
    def set_of_cell(self) -> int:
        """Number of the chosen cell's set."""
        return int(self.chosen.sets[self.settings.cell])


def run(settings: Settings) -> Trace:
    """Normalize the tensor with every method, and look at one cell."""
    x = draw(settings)
    chosen = sharing(settings.method, x, settings)
    members = x[chosen.sets == chosen.sets[settings.cell]]
    rms = settings.method == "rms"
    return Trace(
        settings=settings,
        x=x,
        sharings={method: allowed(method, x, settings) for method in METHODS},
        chosen=chosen,
        members=members,
        mean=0.0 if rms else float(members.mean()),
        var=float((members**2).mean() if rms else members.var()),
        value=float(x[settings.cell]),
        x_hat=float(chosen.y[settings.cell]),
        properties=tuple(properties(method, settings) for method in METHODS),
        identities=identities(settings),
        source=source(F.rms_norm if rms else F.standardize),
    )
