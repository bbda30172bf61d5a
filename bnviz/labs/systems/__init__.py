"""Batch norm in real systems: its cost, a class repaired, pure batches, its place.

``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.systems import findings
from bnviz.labs.systems.lesson import LESSON
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.trace import Experiment, Trace, run

__all__ = ["LESSON", "Experiment", "Settings", "Trace", "findings", "run"]
