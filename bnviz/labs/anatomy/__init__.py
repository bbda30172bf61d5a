"""Anatomy of a BN layer: one feature of one batch, step by step, with every number.

``layer.py`` does the arithmetic, ``trace.py`` what comes out of a run, ``findings.py`` the words
that depend on it, ``lesson.py`` those that do not.
"""

from bnviz.labs.anatomy import findings
from bnviz.labs.anatomy.layer import Layer, layer
from bnviz.labs.anatomy.lesson import LESSON
from bnviz.labs.anatomy.presets import PRESETS
from bnviz.labs.anatomy.settings import Settings
from bnviz.labs.anatomy.trace import Trace, run

__all__ = ["LESSON", "PRESETS", "Layer", "Settings", "Trace", "findings", "layer", "run"]
