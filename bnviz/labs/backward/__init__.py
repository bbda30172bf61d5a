"""The backward pass of batch norm: what becomes of a gradient on its way down.

``unit.py`` sends one batch through one unit and its gradient back; read it first. ``check.py``
checks that with finite differences, ``drift.py`` and ``training.py`` train with a wrong backward
pass beside the right one, ``bias.py`` looks at the bias in front of a batch norm.
"""

from bnviz.labs.backward import bias_view, check_view, constants_view, parts_view
from bnviz.labs.backward.presets import PRESETS
from bnviz.labs.backward.settings import Settings
from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "PRESETS", "Settings"]

QUESTION = Question(
    text="A unit normalizes a batch of 8 samples in train mode. The loss asks all of them for the "
    "same: the gradient at the output is dy = 1 for every sample. What gradient dx reaches the "
    "layer below?",
    answers=(
        Answer(
            "1 / σ for every sample",
            "That would hold if the mean and the variance were constants. They are not: when all "
            "samples move together, the mean moves with them and is subtracted again. So dx is 0.",
        ),
        Answer(
            "0 for every sample",
            "When all samples move together, their mean moves by as much and is subtracted. The "
            "output cannot follow, so the slope is 0: exactly on paper, about 10⁻¹⁶ in float64.",
            right=True,
        ),
        Answer(
            "1 for every sample, as it came",
            "That is a layer that only adds a number. Batch norm subtracts the mean of the batch, "
            "and a move that all samples make together disappears in it. So dx is 0.",
        ),
        Answer(
            "A gradient of a fixed size",
            "The name suggests it, but only values are normalized, on the way forward. On the way "
            "back two directions are taken out, and this dy lies in one of them. So dx is 0.",
        ),
    ),
)

TRANSFER = Question(
    text="A batch of **2** samples, and a random dy. How much of the gradient gets through?",
    answers=(
        Answer(
            "All of it",
            "Two directions are taken out of every batch, whatever its size. With 2 samples there "
            "are only two directions, so nearly nothing is left.",
        ),
        Answer(
            "About half of it",
            "Half would be left if only the mean were taken out. The part along x̂ goes, too, and "
            "with 2 samples these are all the directions there are.",
        ),
        Answer(
            "Nearly nothing",
            "Two samples have two directions: both up, or one up and one down. The first is the "
            "mean, the second is x̂. Only a trace of the second is left, because of ε.",
            right=True,
        ),
    ),
)

LAB = Lab(
    slug="backward",
    settings=Settings,
    goal="After this you can say which part of a gradient batch norm lets through, and spot a "
    "backward pass that forgets the statistics.",
    question=QUESTION,
    views=(parts_view.VIEW, check_view.VIEW, constants_view.VIEW, bias_view.VIEW),
    reading="""
**One unit, one batch.** x is drawn from a normal distribution with mean 2 and standard deviation 3;
these two are also the running statistics of eval mode. dy is the gradient of the loss at the
output, dx the gradient at the input, and dx̂ = γ dy.

**Colour.** Blue is the right gradient: what passes. Green is what batch norm takes out of dx̂: the
same mean from every sample (plain), and a multiple of its x̂ (hatched). Pink is the wrong gradient,
which treats the statistics as constants. Grey is what comes from above.

**Rounding.** What is smaller than 10⁻¹² is rounding, and written 0.
""",
    claims=(
        Claim(
            "Weights times a give the same output, the same gradient at the layer below, and a "
            "gradient of the weights divided by a.",
            "proved",
            "Ioffe & Szegedy 2015, section 3.3; for ε = 0 and a > 0",
        ),
    ),
    try_this="Choose **equal to x** as the gradient from above. How much arrives? Then set ε, "
    "under **More controls**, to 1.",
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, *Batch Normalization: Accelerating Deep Network Training by "
    "Reducing Internal Covariate Shift*, sections 2 and 3. Digits: E. Alpaydin and C. Kaynak, "
    "*Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, CC BY 4.0.",
)
