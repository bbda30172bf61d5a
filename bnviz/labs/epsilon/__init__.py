"""Epsilon, precision and shift: where the normalization of batch norm ends.

Four views: a shift at test time, the gain that eps allows, digits that get lost, and inputs of
unequal scale. ``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.epsilon import findings
from bnviz.labs.epsilon.lesson import LESSON
from bnviz.labs.epsilon.presets import PRESETS
from bnviz.labs.epsilon.settings import Settings
from bnviz.labs.epsilon.trace import Experiment, Trace, run

__all__ = ["LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
