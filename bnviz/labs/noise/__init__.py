"""Batch size and noise: how far the statistics of a batch are from those of all images.

Read ``law.py`` first: it holds the law that the others come back to. ``follow.py`` puts one image
into many batches, ``influence.py`` replaces one sample and looks at the others, ``factor.py`` lays
the noise beside dropout's, ``gradient.py`` asks what it means for the gradient. ``networks.py``
are the networks that all of it is measured in, ``draws.py`` how a batch is drawn.
"""

from bnviz.labs.noise import findings
from bnviz.labs.noise.lesson import LESSON
from bnviz.labs.noise.presets import PRESETS
from bnviz.labs.noise.settings import Settings
from bnviz.labs.noise.trace import Experiment, Trace, run

__all__ = ["LESSON", "PRESETS", "Experiment", "Settings", "Trace", "findings", "run"]
