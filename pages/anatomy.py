"""Anatomy of a BN layer: one feature of one batch, step by step."""

from bnviz.labs.anatomy import LAB
from bnviz.ui import drag, lesson

lesson.teach(LAB, hands={"steps": drag.draw})
