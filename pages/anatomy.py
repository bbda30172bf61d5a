"""Anatomy of a BN layer: one feature of one batch, step by step."""

from bnviz.figures import anatomy as figures
from bnviz.labs import anatomy as lab
from bnviz.ui import lesson_old as lesson

READING = """
**Step by step.** The buttons above the charts go through the computation: the mean μ, the variance
σ², the standardized values x̂, the output y, and last what the layer remembers. The grey band is
μ ± σ. A hollow dot is x̂, a full one y.

**One feature.** A layer with 64 units does this 64 times, once for each unit, over the samples of
the batch. In a convolution the values of a channel are those of all samples *and* all pixels; the
*Axes explorer* shows which numbers belong together.

**Batches of two.** Two hundred pairs are drawn, from nearly the same to far apart, as many in each
power of ten. The grey line is the formula; the dotted upright stands at √ε.

**What is remembered.** The running statistics start at 0 and 1 and move a share of the way, the
momentum, towards this batch. They do not touch y in training. The variance that is remembered is
divided by m − 1, the one that normalizes by m; PyTorch does the same.
"""

lesson.teach("anatomy", lab, figures, reading=READING)
