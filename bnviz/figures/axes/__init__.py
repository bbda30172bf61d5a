"""The two pictures of the axes explorer: the tensor slice by slice, and as one block per method.

One rule holds in both: cells of one colour share a mean and a variance, and no two sets have the
same colour. The set of the chosen cell is solid, all others are pale. The colours are not those of
the methods in other figures (blue for "with BN"): here a colour is a set.
"""

from bnviz.figures.axes.blocks import blocks
from bnviz.figures.axes.sets import ON_SOLID, SETS
from bnviz.figures.axes.slices import slices

__all__ = ["ON_SOLID", "SETS", "blocks", "slices"]
