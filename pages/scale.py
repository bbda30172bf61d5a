"""Scale invariance: what the length of the weights still does where batch norm follows."""

from bnviz.labs.scale import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
