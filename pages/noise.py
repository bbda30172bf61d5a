"""Batch size and noise: how far a batch is from all images, and what this does to its samples."""

from bnviz.labs.noise import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
