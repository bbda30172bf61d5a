"""Epsilon, precision and shift: where the normalization of batch norm ends."""

import streamlit as st

from bnviz.figures import epsilon as figures
from bnviz.labs import epsilon as lab
from bnviz.ui import lesson_old as lesson
from bnviz.ui import page

READING = """
**Shift at test time.** Four networks learned the clean digits: five hidden layers of 64 ReLU units,
200 steps. Nothing learns any more; only the test pictures change. *Contrast* multiplies the
distance of each pixel from its average, *brightness* adds the same to all pixels. **BN** uses its
running statistics, as every network does in use. **BN adapted** is the same network with the mean
and the variance of the changed pictures in their place; it sees no labels. Each chart changes one
thing alone, and its dots are your setting; if you set both, the sentence tells what they do
together. Bands are the lowest and the highest of ten recorded starts. Below: what reaches each
layer after normalization, where training had mean 0 and deviation 1 (root mean square over its
units).

**Epsilon.** The dots are measured: a feature of each size goes through the layer. The line is the
formula, and grey lines are other values of ε. The third chart takes the statistics of 32 raw
pictures, in which some pixels never have ink, and normalizes all other pictures with them, as
evaluation does.

**Lost digits.** The same 256 numbers, of deviation 1, farther and farther from zero. *One pass*
takes the mean of the squares minus the square of the mean; *two passes* take the mean first;
*Welford* corrects it with every number. The error is that of the arithmetic alone: the exact
variance is that of the numbers as the type stores them. A line that ends early has overflowed. All
layers of this program use two passes, and work in float32 where float16 comes in.

**Unequal inputs.** Each pixel is multiplied by a scale of its own, in training and at test time.
Lines are the medians of ten recorded starts, bands their lowest and highest; dots are run live. A
network that diverges counts as guessing, 10%.
"""


def credit(trace: lab.Trace, settings: lab.Settings) -> None:
    """Say what is recorded and what is live."""
    del settings
    st.caption(
        f"Bands, and the lines over the spread: {trace.bands.credit}. All else is this run. "
        f"{page.evidence('measured here')}"
    )


lesson.teach("epsilon", lab, figures, reading=READING, aside=credit)
