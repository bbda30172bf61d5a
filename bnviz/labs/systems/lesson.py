"""The words of the lab that do not depend on its run."""

from bnviz.core.folding import fold_into_preceding
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.systems.block import passed
from bnviz.labs.systems.placement import measure as placed
from bnviz.labs.systems.published import REPAIRS, rows
from bnviz.labs.systems.pure import normalized

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

LESSON = Lesson(
    goal="Say what batch norm costs in use, and repair a faulty implementation.",
    question=QUESTION,
    vary="channels",
    views={
        "cost": "Conv + BN + ReLU",
        "repair": "Repair a class",
        "pure": "Batches of one kind",
        "placement": "Before or after",
    },
    frees={"repair": ("n_batches",), "pure": ("shift",), "placement": ("seed",)},
    claims=(
        Claim(
            "In evaluation BN after a convolution folds into its weights and its bias: the same "
            "function, but for rounding.",
            "proved",
        ),
        Claim(
            "A variance that starts at 0, a biased variance and the other convention of momentum "
            "each change the outputs of evaluation.",
            "measured here",
        ),
        Claim(
            "With these repaired, a backward pass added and images allowed, outputs, gradients and "
            "running statistics are those of the layer, but for rounding.",
            "measured here",
        ),
        Claim(
            "The bias of a convolution before BN is dead: BN subtracts it, and its gradient is 0. "
            "In float32 what is left of it is rounding.",
            "proved",
        ),
        Claim(
            "With BN and batches of one kind a linear discriminator guesses, however large the "
            "shift of the mean. With mixed batches it does as well as without BN.",
            "measured here",
        ),
        Claim(
            "BN before or after the activation: both train. With sigmoid at a learning rate of "
            "0.03 it is ahead after it; with ReLU at 0.3 neither is ahead by 4 points.",
            "measured here",
        ),
        Claim(
            "In generative adversarial networks, BN in the discriminator helped early ones and was "
            "left out of later ones.",
            "contested",
            source="Radford et al. 2016; Gulrajani et al. 2017",
        ),
    ),
    code=(fold_into_preceding, passed, *REPAIRS.values(), rows, normalized, placed),
    code_of={
        "cost": (fold_into_preceding, passed),
        "repair": (*REPAIRS.values(), rows),
        "pure": (normalized,),
        "placement": (placed,),
    },
    try_this="Take 4 channels instead of 64. What does BN cost now, and what does folding save?",
    tries={
        "repair": "Let the class see 50 batches instead of 3. Which of the faults wears off?",
        "pure": "Move the shift from 0 to 2. Which line stays where it is?",
        "placement": "Take another seed, and another. Which order wins everywhere?",
    },
    transfer=TRANSFER,
    sources="Folding: Jacob et al. 2018, section 3.2. The layer: Ioffe & Szegedy 2015, "
    "Algorithms 1 and 2.",
)
