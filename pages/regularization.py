"""Regularization: whether the noise of batch norm keeps a network from learning by heart."""

from bnviz.labs.regularization import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
