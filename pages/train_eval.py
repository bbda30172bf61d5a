"""Train versus eval: which statistics a network is tested with, and what that costs."""

from bnviz.labs.train_eval import LAB
from bnviz.ui import lesson

lesson.teach(LAB)
