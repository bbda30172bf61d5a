"""Learning rate and initialization: which settings train, with batch norm and without."""

from bnviz.labs.rates import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
