"""Sequences: padding, statistics that fluctuate, and gradients through time."""

from bnviz.labs.sequences import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
