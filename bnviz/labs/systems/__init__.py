"""Batch norm in real systems: its cost, a class repaired, pure batches, its place.

``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.systems import findings
from bnviz.labs.systems.lesson import LESSON
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.trace import Experiment, Trace, run

BY_VIEW = True
"""The page runs what the view on show needs, and no more."""

__all__ = ["BY_VIEW", "LESSON", "Experiment", "Settings", "Trace", "findings", "run"]
