"""Epsilon, precision and shift: where the normalization of batch norm ends."""

from bnviz.labs.epsilon import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
