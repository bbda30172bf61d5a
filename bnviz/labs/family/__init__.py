"""The normalization family: which norm to take, and what each of them needs."""

from bnviz.labs.claim import Claim
from bnviz.labs.family import classes_view, picture_view, renorm_view, sizes_view
from bnviz.labs.family.presets import PRESETS
from bnviz.labs.family.settings import Settings
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="A small network learns the digits with **two** digits in each batch. Rank batch norm "
    "(BN), layer norm (LN), group norm (GN) and batch renormalization by the share of unseen "
    "digits that they recognize.",
    answers=(
        Answer(
            "BN first, then renormalization, GN, LN: BN is the strongest norm.",
            "There is no best norm. Of two numbers BN makes −1 and +1, whatever they are: what "
            "was between them is lost, and the running statistics describe another function.",
        ),
        Answer(
            "LN and GN ahead, renormalization behind them, BN far behind.",
            "LN and GN look at one digit at a time, and never see how large the batch is. "
            "Renormalization pulls BN towards its running statistics, which helps, but not all "
            "the way.",
            right=True,
        ),
        Answer(
            "Renormalization first, then LN and GN, BN last: renormalization repairs BN.",
            "It helps, but its limits and its gradient still hang on two digits. A norm that "
            "does not look at the batch has nothing to repair.",
        ),
        Answer(
            "All about the same: 400 steps even out what single batches do wrong.",
            "That is so from 16 digits in a batch on. With two, the error of the statistics is "
            "not one that averages out: BN learns a function that evaluation does not have.",
        ),
    ),
)

TRANSFER = Question(
    text="A camera delivers its pictures with three times the contrast, and brighter. The network "
    "begins with **instance norm**. What reaches the next layer?",
    answers=(
        Answer(
            "Almost the same as before: instance norm takes contrast and brightness out.",
            "IN(3x + 2) = IN(x), but for ε. That is what is called style here, and instance norm "
            "removes it. AdaIN then writes that of another picture in its place.",
            right=True,
        ),
        Answer(
            "The brighter picture: instance norm keeps the style of each picture.",
            "It does the opposite. The mean and the deviation of each colour *are* this part of "
            "the style, and instance norm sets them to 0 and 1.",
        ),
        Answer(
            "Something else, as the running statistics are those of the old camera.",
            "That would be BN in evaluation. Instance norm takes its statistics from the picture "
            "itself, in training and in use.",
        ),
    ),
)

LAB = Lab(
    slug="family",
    settings=Settings,
    goal="Choose a norm by what a batch holds, and say what each norm takes away.",
    question=QUESTION,
    views=(sizes_view.VIEW, classes_view.VIEW, renorm_view.VIEW, picture_view.VIEW),
    claims=(
        Claim(
            "At batch size 2 and rate 0.03 BN recognizes fewer than half of the digits after 400 steps; layer "
            "norm, group norm and no norm recognize more than 80%. Renormalization lies between. After 4000 "
            "steps BN is still below 65%, and layer norm above 95%.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "From 16 digits in a batch on, no norm, BN, renormalization and layer norm lie within "
            "5 points of each other at rate 0.03. This task does not *need* a norm.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "These networks have no spatial axes: group norm averages fewer numbers than layer norm "
            "and has no advantage over it. In convolutional networks it is another matter.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "On ImageNet with 2 pictures a GPU, group norm has 24.1% error and BN 34.7%; with 32, "
            "24.1% and 23.6%.",
            "reported",
            "Wu & He 2018, table 2 (from notes)",
        ),
        Claim(
            "Ghost BN with chunks of 4 behaves like BN with batches of 4: it gains nothing here.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "Ghost BN improves generalization with large batches.",
            "reported",
            "Hoffer et al. 2017 (from notes); Summers & Dinneen 2020 (abstract) for small and medium "
            "ones; here it does not show",
        ),
        Claim(
            "With one class in a batch (16 digits, three layers of 64, 400 steps) BN guesses in "
            "evaluation, and with the statistics of such batches too: the class is in the mean that it "
            "subtracts. Layer norm does not mind, nor does a network without norm.",
            "measured here",
            held="10 of 10",
        ),
        Claim(
            "Where no limit holds, renormalization gives in training exactly what evaluation gives; "
            "with r_max = 1 and d_max = 0 it is BN.",
            "proved",
            "Ioffe 2017, section 3",
        ),
        Claim(
            "Renormalization helps at batch size 2: with momentum 0.1 by more than 10 points. At 4 the "
            "difference is a few points at most, and at 32 BN is ahead by three at most.",
            "measured here",
            held="10 of 10",
        ),
        Claim("IN(a·x + b) = IN(x) for a > 0, as ε goes to 0.", "proved", "Ulyanov et al. 2016"),
        Claim(
            "Instance norm does not preserve the style of its input: it removes the mean and the "
            "deviation of each channel, which carry much of it.",
            "reported",
            "Huang & Belongie 2017 (from memory); the opposite is often said",
        ),
    ),
    transfer=TRANSFER,
    presets=PRESETS,
    see=("axes",),
    sources="Layer norm: Ba et al. 2016. Group norm: Wu & He 2018. Renormalization: Ioffe 2017, "
    "Algorithm 1. Ghost BN: Hoffer et al. 2017. Instance norm: Ulyanov et al. 2016. AdaIN: Huang & "
    "Belongie 2017, equation 8.",
)
