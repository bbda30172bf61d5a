"""Scale invariance and the effective learning rate: what the length of the weights still does."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.scale import balance_view, flat_view, pace_view, spectral_view
from bnviz.labs.scale.presets import PRESETS
from bnviz.labs.scale.settings import Settings

__all__ = ["LAB", "Settings"]

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

LAB = Lab(
    slug="scale",
    settings=Settings,
    goal="Say what the length of the weights before BN changes, and what it cannot change.",
    question=QUESTION,
    views=(flat_view.VIEW, pace_view.VIEW, balance_view.VIEW, spectral_view.VIEW),
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Ioffe & Szegedy 2015, section 3.3. T. van Laarhoven 2017, *L2 Regularization versus "
    "Batch and Weight Normalization*, arXiv 1706.05350. Wan et al. 2021, *Spherical Motion "
    "Dynamics*. Miyato et al. 2018, *Spectral Normalization for GANs*.",
)
