"""The normalization family: which norm to take, and what each of them needs.

Four views: accuracy over batch sizes, batches of few classes, renormalization, and pictures with
instance norm and AdaIN. ``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.family import findings
from bnviz.labs.family.lesson import LESSON
from bnviz.labs.family.presets import PRESETS
from bnviz.labs.family.settings import Settings
from bnviz.labs.family.trace import Experiment, Trace, run

__all__ = ["LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
