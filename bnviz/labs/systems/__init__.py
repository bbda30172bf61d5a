"""Batch norm in real systems: its cost, a class repaired, pure batches, its place."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.systems import (
    affine_view,
    cost_view,
    leak_view,
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
    "Can it learn to tell the two kinds of batches apart in training mode?",
    answers=(
        Answer(
            "No, whatever the network: each batch loses its own mean.",
            "That holds for a linear discriminator with BN on its input, and for dense layers with "
            "BN after every one. A border of zeros does not become brighter, though, and a first "
            "layer without BN passes the shift on: the view *What pure batches leak* shows both.",
        ),
        Answer(
            "It depends on the network: a border of zeros or a layer without BN lets it through.",
            "Without these two it only guesses, here in 200 steps. A convolution with a border of "
            "zeros, or a first layer without BN, as DCGAN has it, is right for more than 85% of "
            "new samples at a shift of 0.5 deviations.",
            right=True,
        ),
        Answer(
            "Yes, whatever the network: the two kinds of batches have different means.",
            "BN subtracts the mean of each batch. Where nothing else differs and BN comes first, "
            "or after every dense layer, both kinds look the same.",
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
        leak_view.VIEW,
        placement_view.VIEW,
        sequences_view.VIEW,
        recurrence_view.VIEW,
        affine_view.VIEW,
    ),
    transfer=TRANSFER,
    sources="Folding: Jacob et al. 2018, section 3.2. The layer: Ioffe & Szegedy 2015, "
    "Algorithms 1 and 2. DCGAN: Radford, Metz & Chintala 2016. Recurrence: Cooijmans et al. 2016. γ and β alone: Frankle, Schwab & "
    "Morcos 2021.",
)
