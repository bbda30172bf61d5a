"""Folding and cost: what batch norm costs in use, a published class repaired, γ and β alone."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.systems import affine_view, cost_view, repair_view
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
    text="The same convolution and BN while the network trains. Can BN be folded into the "
    "convolution there, too?",
    answers=(
        Answer(
            "Yes: the formula of BN is the same.",
            "The formula is, but its mean and variance are those of the batch. With another batch "
            "the factor and the shift are others, and fixed weights cannot follow.",
        ),
        Answer(
            "No: its factor and its shift change with every batch.",
            "In training mean and variance come from the batch, so the layer is no fixed map of one "
            "input. Only in evaluation are they constants.",
            right=True,
        ),
        Answer(
            "Yes, if the batches are large.",
            "Large batches have steadier statistics, but no constant ones: the factor still changes "
            "from batch to batch, and as the weights learn.",
        ),
    ),
)

LAB = Lab(
    slug="systems",
    settings=Settings,
    goal="Say what batch norm costs in use, and repair a faulty implementation.",
    question=QUESTION,
    views=(cost_view.VIEW, repair_view.VIEW, affine_view.VIEW),
    transfer=TRANSFER,
    see=("placement", "sequences"),
    sources="Folding: Jacob et al. 2018, section 3.2. The layer: Ioffe & Szegedy 2015, "
    "Algorithms 1 and 2. γ and β alone: Frankle, Schwab & Morcos 2021.",
)
