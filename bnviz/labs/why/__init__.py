"""Why does it work? Noise behind batch norm, drift, smoothness, correlations: what each shows.

Nothing is drawn here.
"""

from bnviz.labs.why import findings
from bnviz.labs.why.lesson import LESSON
from bnviz.labs.why.settings import Settings
from bnviz.labs.why.trace import Experiment, Trace, run

BY_VIEW = True
"""The page runs what the view on show needs, and no more."""

__all__ = ["BY_VIEW", "LESSON", "Experiment", "Settings", "Trace", "findings", "run"]
