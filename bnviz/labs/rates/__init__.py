"""Learning rate and initialization: which settings train, with and without batch norm."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.rates import corner_view, draws_view, gradients_view, grid_view, parts_view
from bnviz.labs.rates.presets import PRESETS
from bnviz.labs.rates.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="Six scales of the initial weights (0.1 to 5 times the usual one, of He et al.) and seven "
    "learning rates (0.01 to 10): 42 networks of five hidden layers, 80 steps each. In how many "
    "does the loss fall below 0.5, where guessing costs 2.3?",
    answers=(
        Answer(
            "About 20 without norm, 40 with BN, 30 with the centring of BN alone.",
            "Outside a narrow corner this plain network learns nothing: the signal fades or "
            "explodes through five layers. And BN does not save every cell: at a learning rate "
            "of 10 it trains in no row.",
        ),
        Answer(
            "About 3 without norm, more than 20 with BN, 20 with the centring of BN alone.",
            "The first two are right. Centring alone does not help much: a signal that is ten "
            "times too small stays ten times too small. It is the division that takes the scale "
            "out.",
        ),
        Answer(
            "About 3 without norm, more than 20 with BN, 5 with the centring of BN alone.",
            "Dividing takes the scale of the weights out of the signal, and that opens a large part of "
            "the map. Centring alone adds a few cells; with the division it opens the high learning "
            "rates.",
            right=True,
        ),
        Answer(
            "About 10 without norm, 12 with BN, 11 with the centring of BN alone.",
            "At a usual scale and a usual rate BN makes little difference on this task; it can "
            "even be slower. The difference is in how many *other* cells work.",
        ),
    ),
)

TRANSFER = Question(
    text="A network with BN trains well at learning rate 0.1. You start it again with all hidden "
    "weights five times as large. Nothing else changes. What happens?",
    answers=(
        Answer(
            "The same, step by step: BN is invariant to the scale of the weights.",
            "The *function* at the start is the same. But its gradient is 5 times smaller, and the "
            "weights are 5 times larger: each step turns them 25 times less. It learns slowly.",
        ),
        Answer(
            "It starts as the same function, and learns much more slowly.",
            "The gradient is 5 times smaller and the weights 5 times larger, so the pace, learning "
            "rate by squared norm, is 25 times lower. A 25 times higher rate gives it back: the "
            "band of working cells runs across the map.",
            right=True,
        ),
        Answer(
            "It diverges, as without norm.",
            "Without norm it does. BN divides the factor 5 out in every layer, and what comes "
            "back to the weights is 5 times smaller, not larger.",
        ),
    ),
)

LAB = Lab(
    slug="rates",
    settings=Settings,
    goal="Say which learning rates and initial weights BN opens, which it does not, and why.",
    question=QUESTION,
    views=(
        grid_view.VIEW,
        parts_view.VIEW,
        draws_view.VIEW,
        corner_view.VIEW,
        gradients_view.VIEW,
    ),
    reading="""
**Maps.** Each cell is a network: the learning rate of its column, initial hidden weights times the
scale of its row. The number is its last training loss; light is low. A **frame** marks a loss
below 0.5, a **cross** numbers that overflowed.

All cells have the same start but for that scale, and see the same batches. The loss is that of 256
digits in batches of 64, each with its own statistics. All maps have the same colours. The logits,
which no norm follows, keep their usual scale.
""",
    try_this="Set 2 hidden layers, then 10. Which map shrinks faster, and from which side? Then "
    "take the sigmoid, under **More controls**: how many cells train without norm?",
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Learning rates: Ioffe & Szegedy 2015, sections 3.3 and 4.2; Bjorck et al. 2018, "
    "*Understanding Batch Normalization*. Initial scales: He et al. 2015, equation 10; Glorot & "
    "Bengio 2010, equation 12. The pace η/‖W‖²: van Laarhoven 2017.",
)
