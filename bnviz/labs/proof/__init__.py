"""How do we know? The numbers of this project beside those of PyTorch, for one layer at a time.

``draw`` makes the inputs and ``run`` does the comparing. What PyTorch answers is handed in as plain
arrays, so nothing here needs PyTorch; only ``record``, which is run by hand, asks it itself.
"""

from bnviz.labs.proof.checks import Check, checks
from bnviz.labs.proof.comparison import Effect, Row, effect, run
from bnviz.labs.proof.differences import Differences, differences
from bnviz.labs.proof.problem import Problem, draw
from bnviz.labs.proof.settings import BATCH_NORMS, LAYERS, Request, Settings, fit

__all__ = [
    "BATCH_NORMS",
    "LAYERS",
    "Check",
    "Differences",
    "Effect",
    "Problem",
    "Request",
    "Row",
    "Settings",
    "checks",
    "differences",
    "draw",
    "effect",
    "fit",
    "run",
]
