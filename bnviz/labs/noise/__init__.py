"""Batch size and noise: how far the statistics of a batch are from those of all images.

Read ``law.py`` first: it holds the law that the others come back to. ``sample.py`` puts one image
into many batches, ``influence.py`` replaces one sample and measures the others, ``dropout.py``
compares the noise with dropout's, ``gradient.py`` measures the gradient. ``networks.py`` trains the
networks of all views, ``draws.py`` draws the batches.
"""

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.noise import dropout_view, gradient_view, influence_view, law_view, sample_view
from bnviz.labs.noise.presets import PRESETS
from bnviz.labs.noise.settings import Settings
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "PRESETS", "Settings"]

QUESTION = Question(
    text="The mean over a batch of 32 images is a little off the mean over all images. To halve "
    "this noise, how many images does a batch need?",
    answers=(
        Answer(
            "64: twice as many",
            "That would be so if the noise fell as 1/m. But chance errors partly cancel, and only "
            "as fast as 1/√m: 64 images leave 0.71 of the noise, 128 leave half.",
        ),
        Answer(
            "128: four times as many",
            "The noise of a mean falls as 1/√m, and √4 = 2.",
            right=True,
        ),
        Answer(
            "320: ten times as many",
            "The noise falls slowly, but not that slowly: as 1/√m, so that four times as many "
            "halve it. Ten times as many leave 0.32 of it.",
        ),
        Answer(
            "It cannot be halved: the noise belongs to the method",
            "The noise comes from *which* images the batch holds, not from dice inside batch "
            "norm. More images, less noise: four times as many leave half of it.",
        ),
    ),
)

TRANSFER = Question(
    text="Batch norm after a convolution takes its mean over N·H·W values. With 4 images of 8×8 "
    "positions these are m = 256. Is the noise that of 256 independent values, 1/√256 = 0.06 σ?",
    answers=(
        Answer(
            "Yes: the law only asks for m",
            "The law is for values that are drawn independently. Pixels of one image resemble each "
            "other: they were drawn together.",
        ),
        Answer(
            "No, it is larger: pixels of one image resemble each other",
            "The 64 positions of one image were drawn together. The noise lies between that of 256 "
            "values and that of 4, the nearer to 4 the more they resemble each other.",
            right=True,
        ),
        Answer(
            "No, it is smaller: images bring more information than numbers",
            "What counts is how many *independent* values there are, and 256 positions of 4 images "
            "are fewer than 256 independent values.",
        ),
    ),
)

LAB = Lab(
    slug="noise",
    settings=Settings,
    goal="You will be able to say how noisy the statistics of a batch are, and what this does to "
    "its samples.",
    question=QUESTION,
    views=(
        law_view.VIEW,
        sample_view.VIEW,
        influence_view.VIEW,
        dropout_view.VIEW,
        gradient_view.VIEW,
    ),
    reading="""
**What is measured.** 1437 real digits, 8×8 pixels, are the population. Three small networks with
two hidden layers of 64 units have learned them for 100 steps; they began with the same weights and
were trained on the same batches. One has batch norm, one has layer norm in its place, one has neither. The
statistics are those of one unit of the first hidden layer of the first network. Its values do not
depend on the batch, since nothing below it is normalized.
""",
    claims=(
        Claim(
            "Small batches can cost accuracy: ResNet-50 on ImageNet has 23.6% error with 32 images "
            "per GPU and 34.7% with 2. Larger batches cost memory and computing.",
            "reported",
            "Wu & He 2018, table 2 (from notes)",
        ),
        Claim(
            "The noise regularizes, and very large batches lose that. How much it helps is disputed: "
            "most of the gain may come from the larger learning rates that batch norm allows.",
            "reported",
            "Luo et al. 2019; against it Bjorck et al. 2018 (abstracts)",
        ),
    ),
    try_this="Choose *Replace one sample* with a batch of 4, and switch from **train mode** to "
    "**eval mode** and to **layer norm**. Then choose *One image, many batches* and a batch of 2: "
    "which two values can x̂ take, and why?",
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Noise of a mean: Cochran 1977, theorem 2.2; of a variance: Cramér 1946, section 27.4. "
    "Regularization by batch statistics: Ioffe & Szegedy 2015, section 3.4; Luo et al. 2019; "
    "Bjorck et al. 2018. Dropout: Srivastava et al. 2014. Small batches: Wu & He 2018.",
)
