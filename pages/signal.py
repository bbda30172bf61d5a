"""Signal through depth: what reaches the last layer, and what comes back."""

from bnviz.labs.signal import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
