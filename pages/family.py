"""The normalization family: which norm to take, and what each of them needs."""

from bnviz.labs.family import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
