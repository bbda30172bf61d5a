"""Folding and cost: what batch norm costs in use, a published class repaired, γ and β alone."""

from bnviz.labs.systems import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
