"""The playground: one network trained twice, with and without batch normalization.

Both start from the same weights and read the same batches in the same order. ``run`` gives every
number that the page shows. Nothing is drawn here.
"""

from bnviz.labs.playground.experiment import Experiment, measure, run, start_hash
from bnviz.labs.playground.presets import PRESETS
from bnviz.labs.playground.settings import Settings
from bnviz.labs.playground.trace import EVALUATION, TRAINING, WITH, WITHOUT, NetworkTrace, Trace

__all__ = [
    "EVALUATION",
    "PRESETS",
    "TRAINING",
    "WITH",
    "WITHOUT",
    "Experiment",
    "NetworkTrace",
    "Settings",
    "Trace",
    "measure",
    "run",
    "start_hash",
]
