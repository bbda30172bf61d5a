"""Signal through depth: what reaches the last layer, and what comes back, before any training.

``stack.py`` sends a batch forward and its gradient back; ``training.py`` trains. Each view has a
file that measures and one with its words and charts.
"""

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.signal import growth_view, layers_view, stream_view, trains_view
from bnviz.labs.signal.presets import PRESETS
from bnviz.labs.signal.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="A 3 and an 8 go through 20 sigmoid layers with Xavier's random weights, before any "
    "training and without batch norm. How far apart are they still at layer 20, compared with "
    "their size there?",
    answers=(
        Answer(
            "Nearly as far as at the start: random weights mix, they do not forget",
            "The weights alone would keep the distance. But the slope of the sigmoid is 1/4 at "
            "most, so every layer shrinks the *difference* of two inputs to a quarter: 20 of them "
            "leave 10⁻¹³.",
        ),
        Answer(
            "About a tenth of it",
            "One layer leaves about a quarter of the difference, and layers multiply: 20 of them "
            "leave 10⁻¹³.",
        ),
        Answer(
            "Less than a millionth: too little for float32 to tell them apart",
            "Every layer shrinks the difference to about a quarter, while 0.5, the middle of the "
            "sigmoid, stays. Batch norm stretches the differences again in each layer.",
            right=True,
        ),
    ),
)

TRANSFER = Question(
    text="Now with batch norm in every layer, and ReLU. All signals have spread 1 at every depth. "
    "Is the gradient in layer 1 of 20 as large as in layer 20?",
    answers=(
        Answer(
            "Yes: BN removes vanishing and exploding gradients",
            "BN fixes the scale of the *signal*. Its own gradient explodes: it grows by 1.21 to "
            "1.34 per ReLU layer on its way down. See *Growth per layer*.",
        ),
        Answer(
            "No, it is smaller: gradients vanish on their way down",
            "They do with a sigmoid and no BN. With BN and ReLU they grow, by 1.21 to 1.34 per "
            "layer.",
        ),
        Answer(
            "No, it is some tens of times larger",
            "With batches of 32 it grows by 1.23 per layer, whatever the scale of the weights.",
            right=True,
        ),
        Answer(
            "That depends on the scale of the initial weights",
            "Without BN it does. With BN the scale cancels: at 0.1, 1 and 10 times He's weights "
            "the gradient grows alike, by 1.23 per layer.",
        ),
    ),
)

LAB = Lab(
    slug="signal",
    settings=Settings,
    goal="After this page you can say what batch norm does for a deep network before it trains, "
    "and what it does not.",
    question=QUESTION,
    views=(layers_view.VIEW, growth_view.VIEW, stream_view.VIEW, trains_view.VIEW),
    claims=(
        Claim(
            "Problems “in the early stages of training” are often put down to internal covariate "
            "shift. Those that can be shown before the first step are the ones on this page: signals "
            "that collapse without BN, gradients that explode with it.",
            "contested",
            "Ioffe & Szegedy 2015, section 1; Yang et al. 2019",
        ),
    ),
    try_this="Choose ReLU in the first view: who needs BN now? Then set the init scale to 0.5 and "
    "to 2. Which line moves, and which stays?",
    transfer=TRANSFER,
    presets=PRESETS,
    sources="Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz 2019, *A Mean Field Theory of "
    "Batch Normalization*. De & Smith 2020, *Batch Normalization Biases Residual Blocks Towards "
    "the Identity Function in Deep Networks*. He, Zhang, Ren & Sun 2015, *Delving Deep into "
    "Rectifiers*. Glorot & Bengio 2010, *Understanding the difficulty of training deep "
    "feedforward neural networks*.",
)
