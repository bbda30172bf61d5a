"""The maps of the parts of batch norm, beside those without norm and with all of it."""

from bnviz.labs.arm import Pieces
from bnviz.labs.rates.grid import PAIR, PARTS, maps
from bnviz.labs.rates.settings import Settings


def measure(settings: Settings) -> Pieces:
    """Train the maps of all norms; the two that another view shows come first.

    Returns
    -------
    Grid
    """
    return maps(settings, PAIR, PARTS)
