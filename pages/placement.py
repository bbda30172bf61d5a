"""Where batch norm may stand: before or after the activation, and what a pure batch hides."""

from bnviz.labs.placement import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
