"""Learning rate and initialization: which settings train, with and without batch norm.

Five views: maps without and with BN, maps of its parts, sixty random settings, the corner
where BN is slower, and the gradients at the start. Nothing is drawn here.
"""

from bnviz.labs.rates import findings
from bnviz.labs.rates.lesson import LESSON
from bnviz.labs.rates.presets import PRESETS
from bnviz.labs.rates.settings import Settings
from bnviz.labs.rates.trace import Experiment, Trace, run

BY_VIEW = True
"""The page runs what the view on show needs, and no more."""

__all__ = ["BY_VIEW", "LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
