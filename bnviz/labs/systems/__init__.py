"""Batch norm in real systems: its cost, a class repaired, pure batches, its place."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.systems import (
    affine_view,
    cost_view,
    placement_view,
    pure_view,
    recurrence_view,
    repair_view,
    sequences_view,
)
from bnviz.labs.systems.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="A trained network has a convolution and then BN. Does it have to cost more in use than "
    "the convolution alone?",
    answers=(
        Answer(
            "Yes: the running mean and variance must be used for every input.",
            "They are constants in evaluation, so BN is a fixed factor and a fixed shift for each "
            "channel. The weights and the bias of the convolution can take both over.",
        ),
        Answer(
            "No: it can be folded into the convolution.",
            "In evaluation BN is a fixed factor and a fixed shift for each channel. The weights "
            "and the bias of the convolution take both over, and one layer is left.",
            right=True,
        ),
        Answer(
            "No, but the answers of the network become less exact.",
            "Nothing is approximated: the folded layer computes the same function, and only "
            "rounding differs.",
        ),
    ),
)

TRANSFER = Question(
    text="A discriminator with BN gets a batch of real images only, then a batch of generated ones "
    "only. The generated ones are brighter, all by the same amount, and differ in nothing else. "
    "Can it see that in training mode?",
    answers=(
        Answer(
            "Yes: BN keeps what differs between batches.",
            "It keeps what differs *within* a batch. The mean of each batch is subtracted, and "
            "the common shift goes with it.",
        ),
        Answer(
            "No: each batch loses its own mean.",
            "A shift that the whole batch shares is part of its mean, and is subtracted. In a "
            "mixed batch it would remain.",
            right=True,
        ),
    ),
)

LAB = Lab(
    slug="systems",
    settings=Settings,
    goal="Say what batch norm costs in use, and repair a faulty implementation.",
    question=QUESTION,
    views=(
        cost_view.VIEW,
        repair_view.VIEW,
        pure_view.VIEW,
        placement_view.VIEW,
        sequences_view.VIEW,
        recurrence_view.VIEW,
        affine_view.VIEW,
    ),
    transfer=TRANSFER,
    sources="Folding: Jacob et al. 2018, section 3.2. The layer: Ioffe & Szegedy 2015, "
    "Algorithms 1 and 2. Recurrence: Cooijmans et al. 2016. γ and β alone: Frankle, Schwab & "
    "Morcos 2021.",
)
