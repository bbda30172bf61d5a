"""The words of the lab that do not depend on its run."""

from bnviz.core.folding import fold_into_preceding
from bnviz.core.nn import RNN
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.systems.affine import Learning, learning
from bnviz.labs.systems.block import passed
from bnviz.labs.systems.padding import normalized as padded_tokens
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
        "cost": "Conv + BN",
        "repair": "Repair",
        "pure": "Pure batches",
        "placement": "Placement",
        "sequences": "Sequences",
        "recurrence": "Recurrence",
        "affine": "γ and β",
    },
    frees={
        "repair": ("n_batches",),
        "pure": ("shift",),
        "placement": ("seed",),
        "sequences": ("spread", "padding"),
        "recurrence": ("strength", "gamma_start"),
        "affine": ("width",),
    },
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
            "Zero padding of half of all positions moves the valid tokens to a mean of 0.58 and a "
            "deviation of 1.15. Statistics of valid tokens only keep them at 0 and 1, and so does "
            "layer norm.",
            "measured here",
        ),
        Claim(
            "The variance of a batch of 8 sequences varies by 0.16 times its mean where all tokens "
            "have one scale, and by more than its mean where each sequence has its own, at a "
            "spread of 1. Heavy tails of single tokens do much of that alone.",
            "measured here",
        ),
        Claim(
            "In a recurrence BN carries gradients with initial γ of 0.1 and makes them explode "
            "with 1 if the input is weak. If it is as strong as the past they vanish with both, "
            "with 0.1 more. The authors recommend 0.1; here it is an open question.",
            "contested",
            source="Cooijmans et al. 2016, and measured here",
        ),
        Claim(
            "With random weights γ and β alone read 70% of the digits at width 50 and 94% at 400. "
            "The output layer alone reads more at each width, with more than twice the numbers.",
            "measured here",
        ),
        Claim(
            "γ tells how important a feature is: nothing makes the γs equal, and a third of them "
            "near 0 was reported for large networks. At most 1 in 8 of those that learn alone is "
            "within 0.1 of 0 here.",
            "contested",
            source="Frankle, Schwab & Morcos 2021, and measured here",
        ),
        Claim(
            "In generative adversarial networks, BN in the discriminator helped early ones and was "
            "left out of later ones.",
            "contested",
            source="Radford et al. 2016; Gulrajani et al. 2017",
        ),
    ),
    notes={
        "sequences": (
            Claim(
                "Transformers use layer norm, later RMS norm. Batch statistics of text fluctuate "
                "strongly, which costs BN its accuracy there.",
                "reported",
                source="Shen et al. 2020, abstract",
            ),
            Claim(
                "Gains of BN in translation or text classification: no support was found.",
                "contested",
                source="Shen et al. 2020, abstract",
            ),
        ),
        "recurrence": (
            Claim(
                "Where BN worked in recurrent networks it has statistics for each time step, and "
                "normalizes the terms of the input and of the past apart, not the cell.",
                "reported",
                source="Cooijmans et al. 2016",
            ),
        ),
        "affine": (
            Claim(
                "In deep residual networks γ and β alone reach high accuracy on random features; "
                "about a third of the features are switched off.",
                "reported",
                source="Frankle, Schwab & Morcos 2021, abstract",
            ),
        ),
    },
    code=(
        fold_into_preceding,
        passed,
        *REPAIRS.values(),
        rows,
        normalized,
        placed,
        padded_tokens,
        RNN,
        learning,
        Learning,
    ),
    code_of={
        "cost": (fold_into_preceding, passed),
        "repair": (*REPAIRS.values(), rows),
        "pure": (normalized,),
        "placement": (placed,),
        "sequences": (padded_tokens,),
        "recurrence": (RNN,),
        "affine": (learning, Learning),
    },
    try_this="Take 4 channels instead of 64. What does BN cost now, and what does folding save?",
    tries={
        "repair": "Let the class see 50 batches instead of 3. Which of the faults wears off?",
        "pure": "Move the shift from 0 to 2. Which line stays where it is?",
        "placement": "Take another seed, and another. Which order wins everywhere?",
        "sequences": "Set the padding to 75%, then to 0. Which of the three ways notices it? "
        "And at which spread do tokens and sequences differ most?",
        "recurrence": "Set the strength to 0.1, then to 2. Which initial γ would you take?",
        "affine": "Set the width to 100: do γ and β gain more than the output layer?",
    },
    transfer=TRANSFER,
    sources="Folding: Jacob et al. 2018, section 3.2. The layer: Ioffe & Szegedy 2015, "
    "Algorithms 1 and 2. Recurrence: Cooijmans et al. 2016. γ and β alone: Frankle, Schwab & "
    "Morcos 2021.",
)
