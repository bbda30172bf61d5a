"""Train versus eval: one network, and the statistics that it is tested with.

It trains in batches, and is then looked at with the statistics of a batch, the running ones and the
precise ones. ``run`` gives every number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.train_eval import findings
from bnviz.labs.train_eval.experiment import Experiment, run
from bnviz.labs.train_eval.lesson import LESSON
from bnviz.labs.train_eval.presets import PRESETS
from bnviz.labs.train_eval.settings import Settings
from bnviz.labs.train_eval.trace import Trace

__all__ = ["LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
