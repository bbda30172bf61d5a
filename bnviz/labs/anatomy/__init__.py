"""Anatomy of a BN layer: one feature of one batch, step by step, with every number.

``layer.py`` does the arithmetic; read it first. The views send the reader's batch, a large one,
another one and many pairs through it.
"""

from bnviz.labs.anatomy import identity_view, pairs_view, shapes_view, steps_view
from bnviz.labs.anatomy.presets import PRESETS
from bnviz.labs.anatomy.settings import Settings
from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "PRESETS", "Settings"]

QUESTION = Question(
    text="A batch of two samples: one feature is 3 in the first and 300 in the second. Batch "
    "normalization with γ = 1 and β = 0 follows. What comes out?",
    answers=(
        Answer(
            "0.01 and 1: the largest becomes 1.",
            "Dividing by the largest value is another method. BN first takes out the mean, "
            "151.5, and then divides by the standard deviation, 148.5: out come −1 and 1.",
        ),
        Answer(
            "−1 and 1.",
            "Two samples lie equally far from their mean, and that distance is their standard "
            "deviation. So every batch of two gives −1 and 1: it forgets all but which is "
            "larger.",
            right=True,
        ),
        Answer(
            "−0.007 and 0.007.",
            "That is the distance from the mean divided by the variance, as some texts write. "
            "BN divides by the square root of the variance: −1 and 1.",
        ),
        Answer(
            "It depends on the other samples of the data set.",
            "In training only the samples of the batch count; the running statistics are "
            "recorded for later. Out come −1 and 1.",
        ),
    ),
)

TRANSFER = Question(
    text="Someone adds 1000 to the feature in every sample of the batch. What happens to the "
    "output of the layer?",
    answers=(
        Answer(
            "It moves up by 1000.",
            "μ moves up by 1000 too, and x − μ stays as it was. A bias before BN does nothing.",
        ),
        Answer(
            "Nothing, as long as rounding is left aside.",
            "μ takes it out again. That is why a layer before BN needs no bias.",
            right=True,
        ),
        Answer(
            "It shrinks, since σ² grows.",
            "The variance is about distances from the mean, and these stay as they were. "
            "Nothing happens to the output.",
        ),
    ),
)

LAB = Lab(
    slug="anatomy",
    settings=Settings,
    goal="After this page you can compute batch normalization by hand, and know what it forgets.",
    question=QUESTION,
    views=(steps_view.VIEW, shapes_view.VIEW, identity_view.VIEW, pairs_view.VIEW),
    reading="""
**One feature.** A layer with 64 units does this 64 times, once for each unit, over the samples of
the batch. In a convolution the values of a channel are those of all samples *and* all pixels; the
*Axes explorer* shows which numbers belong together.

**The code.** All of batch norm for one batch, forward and backward with its derivation, is in
`bnviz/core/bn.py`: some 40 lines of code that these views run, and an example by hand.
""",
    claims=(Claim("A batch of two gives −1 and 1, except where ε counts.", "proved"),),
    try_this="Type eleven zeros and one large value (or follow the preset). How large can x̂ "
    "become? Then make the large value ten times larger: what changes?",
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, *Batch Normalization: Accelerating Deep Network Training by "
    "Reducing Internal Covariate Shift*, Algorithm 1 and section 3.2. The bound √(m − 1): "
    "Samuelson 1968, *How Deviant Can You Be?*",
)
