"""Scale invariance and the effective learning rate: what the length of the weights still does.

Four views: loss and gradient over the scale of the weights, the pace of training, the balance of
weight decay and gradient steps, and spectral normalization before batch norm. Nothing is drawn
here.
"""

from bnviz.labs.scale import findings
from bnviz.labs.scale.lesson import LESSON
from bnviz.labs.scale.presets import PRESETS
from bnviz.labs.scale.settings import Settings
from bnviz.labs.scale.trace import Experiment, Trace, run

BY_VIEW = True
"""The page runs what the view on show needs, and no more."""

__all__ = ["BY_VIEW", "LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
