"""The words of the lab."""

from bnviz.core import functional as F
from bnviz.core.functional.batch import record
from bnviz.labs.lesson import Answer, Claim, Lesson, Question

LESSON = Lesson(
    goal="After this page you can compute batch normalization by hand, and know what it forgets.",
    question=Question(
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
    ),
    vary="values",
    views={
        "steps": "Step by step",
        "shapes": "Shape of a large batch",
        "identity": "Recover the identity",
        "pairs": "Batches of two",
    },
    frees={
        "shapes": ("size", "mean", "std", "gamma", "beta", "divide"),
        "identity": ("values", "identity"),
        "pairs": ("eps", "std"),
    },
    claims=(
        Claim(
            "Mean 0 and variance σ²/(σ² + ε) hold exactly, for this batch and before γ and β.",
            "proved",
            "Ioffe & Szegedy 2015, Algorithm 1",
        ),
        Claim(
            "No x̂ is larger than √(m − 1) in a batch of m. The output γ x̂ + β has no bound.",
            "proved",
        ),
        Claim("A batch of two gives −1 and 1, except where ε counts.", "proved"),
        Claim("Divided by the variance, the spread is 1/σ instead of 1.", "measured here"),
        Claim(
            "γ = √(σ² + ε) and β = μ give this batch back. Another batch has another μ and σ, so "
            "the layer is the identity for one batch, not for every input.",
            "measured here",
        ),
        Claim(
            "BN moves and stretches each feature; the shape of its distribution stays. It does not "
            "make data Gaussian.",
            "proved",
        ),
    ),
    code=(F.standardize, record),
    try_this="Type eleven zeros and one large value (or follow the preset). How large can x̂ "
    "become? Then make the large value ten times larger: what changes?",
    transfer=Question(
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
    ),
    sources="Ioffe & Szegedy 2015, *Batch Normalization: Accelerating Deep Network Training by "
    "Reducing Internal Covariate Shift*, Algorithm 1 and section 3.2. The bound √(m − 1): "
    "Samuelson 1968, *How Deviant Can You Be?*",
)
