"""Why does it work? Noise behind batch norm, drift, smoothness, correlations: what each shows."""

from bnviz.labs.why import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
