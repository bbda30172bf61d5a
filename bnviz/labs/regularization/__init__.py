"""Regularization: whether batch norm keeps a network from learning wrong labels by heart.

Three views: wrong labels, dropout before batch norm, and clean labels. Nothing is drawn here.
"""

from bnviz.labs.regularization import findings
from bnviz.labs.regularization.lesson import LESSON
from bnviz.labs.regularization.presets import PRESETS
from bnviz.labs.regularization.settings import Settings
from bnviz.labs.regularization.trace import Experiment, Trace, run

BY_VIEW = True
"""The page runs what the view on show needs, and no more."""

__all__ = ["BY_VIEW", "LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
