"""Where batch norm may stand: before or after the activation, and in front of batches of one kind."""

from bnviz.labs.lab import Lab
from bnviz.labs.placement import leak_view, placement_view, pure_view
from bnviz.labs.placement.settings import Settings
from bnviz.labs.question import Answer, Question

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="Five hidden layers learn the digits for 100 steps, with sigmoid or with ReLU, at a "
    "learning rate of 0.03, 0.1 or 0.3. BN stands before the activation, or after it. Which order "
    "gets more digits right?",
    answers=(
        Answer(
            "Before it, where the first paper puts it.",
            "At a rate of 0.03 both kinds of networks are ahead with BN *after* the activation, "
            "with sigmoid by more than 10 points. At 0.3 with ReLU there is little between them.",
        ),
        Answer(
            "After it, at each of these rates and with both activations.",
            "At a rate of 0.03 it is ahead, with sigmoid by more than 10 points. But at 0.3 with "
            "ReLU neither order is ahead by 4 points.",
        ),
        Answer(
            "That depends on the activation and the rate.",
            "At 0.03 BN after the activation is ahead, with sigmoid by more than 10 points. At 0.3 "
            "with ReLU neither is ahead by 4.",
            right=True,
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
    slug="placement",
    settings=Settings,
    goal="Say when the place of batch norm matters, and what it hides if a batch is of one kind.",
    question=QUESTION,
    views=(placement_view.VIEW, pure_view.VIEW, leak_view.VIEW),
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, section 3.2. DCGAN: Radford, Metz & Chintala 2016. Gulrajani et "
    "al. 2017.",
)
