"""The words of the lab on depth that do not depend on its run."""

from bnviz.core import functional as F
from bnviz.core.theory import squared_gradient_growth
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.signal.stack import backward, forward

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

CLAIMS = (
    Claim(
        "With BN, what enters each activation has spread 1 at every depth and for every scale of "
        "the weights; without it, ReLU multiplies the spread by the scale in every layer.",
        "measured here",
    ),
    Claim(
        "BN does not abolish exploding gradients. In wide ReLU layers the squared gradient grows "
        "by λ(B) per layer, at least π/(π − 1) = 1.467, and no scale of the weights helps.",
        "proved",
        "Yang et al. 2019, theorem 8",
    ),
    Claim("The measured growth is within 2% of that from width 256 on.", "measured here"),
    Claim(
        "Averaging over more samples does not mend this. From batches of 8 to 64 the growth falls "
        "from 1.34 to 1.22 per layer; its limit is 1.21, not 1.",
        "proved",
        "Yang et al. 2019, theorem 8",
    ),
    Claim(
        "Skip connections do: with BN in the blocks the variance of the stream grows as a line, "
        "1 + l, and the gradient as a power of the depth. Without BN it is 2ˡ.",
        "measured here",
        "for the reason see De & Smith 2020",
    ),
    Claim(
        "Where training stops: BN rescues sigmoid. With ReLU and He's weights it is no better than "
        "none: no network of 40 layers trains here, with BN or without. With tanh and Xavier's "
        "weights the network *without* BN ends lower at every depth.",
        "measured here",
    ),
    Claim(
        "Both together go deep: with BN and skip connections 60 ReLU layers train, while the same "
        "network without BN diverges at every learning rate from 20 layers on. With tanh and "
        "sigmoid, skip connections alone are enough.",
        "measured here",
        "compare De & Smith 2020",
    ),
    Claim(
        "Problems “in the early stages of training” are often put down to internal covariate "
        "shift. Those that can be shown before the first step are the ones on this page: signals "
        "that collapse without BN, gradients that explode with it.",
        "contested",
        "Ioffe & Szegedy 2015, section 1; Yang et al. 2019",
    ),
    Claim(
        "Residual networks can be trained without normalization, if the branches start small.",
        "reported",
        "Zhang et al. 2019 (Fixup); De & Smith 2020 (SkipInit); Brock et al. 2021 (NFNets)",
    ),
)

LESSON = Lesson(
    goal="After this page you can say what batch norm does for a deep network before it trains, "
    "and what it does not.",
    question=QUESTION,
    vary="activation",
    views={
        "layers": "Signal and gradient",
        "growth": "Growth per layer",
        "stream": "Skip connections",
        "trains": "Depth that trains",
    },
    frees={
        "layers": ("activation", "init_scale"),
        "growth": ("batch_size", "width"),
        "stream": ("depth", "init_scale"),
        "trains": ("activation", "skips", "depth", "train"),
    },
    claims=CLAIMS,
    code=(forward, backward, F.standardize_backward, squared_gradient_growth),
    try_this="Choose ReLU in the first view: who needs BN now? Then set the init scale to 0.5 and "
    "to 2. Which line moves, and which stays?",
    transfer=TRANSFER,
    sources="Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz 2019, *A Mean Field Theory of "
    "Batch Normalization*. De & Smith 2020, *Batch Normalization Biases Residual Blocks Towards "
    "the Identity Function in Deep Networks*. He, Zhang, Ren & Sun 2015, *Delving Deep into "
    "Rectifiers*. Glorot & Bengio 2010, *Understanding the difficulty of training deep "
    "feedforward neural networks*.",
)
