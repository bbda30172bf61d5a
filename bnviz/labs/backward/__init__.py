"""The backward pass of batch norm: what becomes of a gradient on its way down.

``unit.py`` sends one batch through one unit and its gradient back; read it first. ``slopes.py``
checks that with finite differences, ``drift.py`` and ``digits.py`` train with a wrong backward pass
beside the right one, ``bias.py`` looks at the bias in front of a batch norm. ``lesson.py`` and
``findings.py`` are the words.
"""

from bnviz.labs.backward import findings
from bnviz.labs.backward.lesson import LESSON
from bnviz.labs.backward.presets import PRESETS
from bnviz.labs.backward.settings import Settings
from bnviz.labs.backward.slopes import Check, check
from bnviz.labs.backward.trace import Trace, run

__all__ = ["LESSON", "PRESETS", "Check", "Settings", "Trace", "check", "findings", "run"]
