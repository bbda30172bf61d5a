"""Signal through depth: what reaches the last layer, and what comes back, before any training.

``stack.py`` sends a batch forward and its gradient back. ``layers.py``, ``growth.py`` and
``stream.py`` are one view each; ``training.py`` and ``sweep.py`` are the fourth. ``trace.py`` puts
them together, ``findings.py`` has the words that depend on a run, ``lesson.py`` those that do not.
"""

from bnviz.labs.signal import findings
from bnviz.labs.signal.lesson import LESSON
from bnviz.labs.signal.presets import PRESETS
from bnviz.labs.signal.settings import Settings
from bnviz.labs.signal.trace import Experiment, Trace, run

__all__ = ["LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
