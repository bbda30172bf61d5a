"""The statistics as constants: the wrong gradient of one unit, and two trainings with it."""

from dataclasses import dataclass

from bnviz.labs.arm import Pieces, ask
from bnviz.labs.backward.drift import Drift, drift
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.training import Training, train
from bnviz.labs.backward.unit import Unit, unit


@dataclass(frozen=True, eq=False)
class Constants:
    """The one unit, its bias in training, and a network in training."""

    unit: Unit
    drift: Drift
    training: Training


def measure(settings: Settings) -> Pieces:
    """Compare the right gradient with the wrong one, in the unit and in both trainings."""
    training = yield from ask(train, settings.lr, settings.learned, settings.seed)
    return Constants(unit(settings), drift(settings), training)
