"""Batch norm in real systems: its cost, a class repaired, batches, sequences, γ and β."""

from bnviz.labs.systems import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
