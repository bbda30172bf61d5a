"""The words of the lab that do not depend on its run."""

from bnviz.core.theory import equilibrium_angle, norm_after_step
from bnviz.core.train.optim import SGD
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.scale.learner import gradient_at
from bnviz.labs.scale.spectral import spectrally_divided

QUESTION = Question(
    text="A ReLU network with BN after each linear layer. You multiply all its hidden weights by "
    "10. What happens to the loss, and to the gradient with respect to these weights?",
    answers=(
        Answer(
            "The loss stays; the gradient stays.",
            "The loss does stay: BN divides the factor out. But a step of the same size now "
            "matters ten times less beside the weights, so the slope must be ten times smaller.",
        ),
        Answer(
            "The loss stays; the gradient becomes 10 times smaller.",
            "The function does not change, so neither does the loss. And since f(10·W) = f(W) for "
            "all W, the slope at 10·W is a tenth of the slope at W.",
            right=True,
        ),
        Answer(
            "The loss grows; the gradient becomes 10 times larger.",
            "So it is without norm, where signal and gradient grow with every layer. With BN each "
            "layer divides by a standard deviation that has grown with the weights.",
        ),
        Answer(
            "The loss stays; the gradient becomes 10 times larger.",
            "What comes back from BN is divided by the standard deviation, which is now ten times "
            "larger. Small weights have the large gradients, not large ones.",
        ),
    ),
)

TRANSFER = Question(
    text="You train a network with BN and plain SGD without weight decay for a very long time, at "
    "one learning rate. What happens to the pace at which its hidden weights turn?",
    answers=(
        Answer(
            "It stays: the learning rate does not change.",
            "The learning rate does not, but what counts is the rate over the squared length of "
            "the weights. Each step is at a right angle to them, so they only get longer.",
        ),
        Answer(
            "It falls by itself: the weights can only grow.",
            "Each step adds its square to the squared length. The effective rate η/‖W‖² falls, as "
            "if somebody had set a schedule. Weight decay is what stops it.",
            right=True,
        ),
        Answer(
            "It rises until the training diverges.",
            "The other way round: longer weights have smaller gradients, which brakes. That is why "
            "BN forgives learning rates that are too high at first.",
        ),
    ),
)

CLAIMS = (
    Claim(
        "BN(a·W x) = BN(W x) for every a > 0, as long as ε is small beside the variance: the loss "
        "does not depend on the scale of the hidden weights.",
        "proved",
        "Ioffe & Szegedy 2015, section 3.3; the end at small a is measured here",
    ),
    Claim(
        "The gradient at a·W is 1/a of that at W, and orthogonal to W.",
        "proved",
        "follows from the line above by the chain rule; van Laarhoven 2017",
    ),
    Claim(
        "So every step of plain SGD makes the weights longer: ‖W‖² grows by η²‖g‖². The effective "
        "rate η/‖W‖² falls by itself.",
        "proved",
        "Salimans & Kingma 2016, section 2.1, for weight normalization; van Laarhoven 2017",
    ),
    Claim(
        "Weights a times as large take the same path with a² times the learning rate: the same "
        "loss in every step. At the same rate weights ten times as large learn more slowly.",
        "measured here",
    ),
    Claim(
        "The scale of the initial weights matters with BN too: not for the function at the start, "
        "but for the pace.",
        "measured here",
    ),
    Claim(
        "On weights before BN, weight decay does not limit what the network can represent. It sets "
        "how fast the weights turn: at balance by an angle with cosine 1 − ηλ, about √(2ηλ).",
        "proved",
        "for a length that no longer drifts; van Laarhoven 2017, Wan et al. 2021",
    ),
    Claim(
        "At a learning rate of 1 and a weight decay of 0.02 the measured angle is within 5% of "
        "it, on digits and with noisy labels. With a decay of 0.005 the noisy run is not there in "
        "300 steps, and at a rate of 0.1 neither run is.",
        "measured here",
    ),
    Claim(
        "The balance needs no noise here: after 2000 steps at a rate of 0.5 and a decay of 0.005 "
        "the digits alone are within 5% of it too.",
        "measured here",
    ),
    Claim(
        "More weight decay can make the training loss worse here: it keeps the effective rate "
        "high.",
        "measured here",
    ),
    Claim(
        "Spectral normalization before BN changes nothing in the forward pass: it divides by one "
        "number, and BN divides that number out. Where BN does not follow, it bounds the layer.",
        "proved",
        "the first line with a = 1/σ_max; Miyato et al. 2018 use it in networks without BN",
    ),
    Claim(
        "Nor does it change training before BN, as ε goes to 0: the gradient passes through the "
        "same division, and the loss is the same in every step, however rough the estimate is.",
        "measured here",
    ),
    Claim(
        "“L2 regularization works on BN networks as on others: it keeps the functions simple.”",
        "contested",
        "van Laarhoven 2017 and Zhang et al. 2019: its effect goes through the effective rate. "
        "It still acts as usual on the last layer, and on γ where that decays",
    ),
)

LESSON = Lesson(
    goal="Say what the length of the weights before BN changes, and what it cannot change.",
    question=QUESTION,
    vary="scale",
    views={
        "flat": "Loss and gradient",
        "pace": "Pace of training",
        "balance": "Weight decay",
        "spectral": "Spectral normalization",
    },
    frees={"balance": ("weight_decay",)},
    claims=CLAIMS,
    code=(gradient_at, SGD, norm_after_step, equilibrium_angle, spectrally_divided),
    tries={
        "pace": "Set a = 100. How far does the run come at the same rate, and how far with a² "
        "times the rate?",
        "spectral": "Set a = 1. What are the largest singular values now, and how far do the "
        "logits move with BN and without?",
        "balance": "Set the weight decay to 0 and watch the length of the weights.",
    },
    try_this="Set a = 0.001. Where does the flat line end, and what has ε to do with it?",
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, section 3.3. T. van Laarhoven 2017, *L2 Regularization versus "
    "Batch and Weight Normalization*, arXiv 1706.05350. Wan et al. 2021, *Spherical Motion "
    "Dynamics*. Miyato et al. 2018, *Spectral Normalization for GANs*.",
)
