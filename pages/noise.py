"""Batch size and noise: how far the statistics of a batch are from those of all images."""

from bnviz.labs.noise import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
