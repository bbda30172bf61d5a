"""Batch norm in real systems: what it costs in use, and a published class repaired.

``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.systems import findings
from bnviz.labs.systems.lesson import LESSON
from bnviz.labs.systems.settings import Settings
from bnviz.labs.systems.trace import Trace, run

__all__ = ["LESSON", "Settings", "Trace", "findings", "run"]
