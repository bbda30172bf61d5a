"""Regularization: whether batch norm keeps a network from learning wrong labels by heart."""

from bnviz.labs.claim import Claim
from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.regularization import clean_view, dropout_view, memory_view
from bnviz.labs.regularization.presets import PRESETS
from bnviz.labs.regularization.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="30% of 384 training labels are wrong. A small network trains for 4000 steps; without "
    "norm it ends up giving back every wrong label. And with BN: will it learn them by heart?",
    answers=(
        Answer(
            "Neither at batch size 4 nor at 64: BN regularizes.",
            "BN does so by the noise of its batch statistics, and that noise falls with the root "
            "of the batch size. At 64 too little is left: the network learns all wrong labels.",
        ),
        Answer(
            "At batch size 64, but not at 4.",
            "In a batch of 4 the mean and variance of every unit are so noisy that a single odd "
            "label is hard to hold on to. At 64 they are nearly constant, and all is learned.",
            right=True,
        ),
        Answer(
            "At 4, but not at 64: small batches overfit.",
            "Small batches make noisier steps and, with BN, noisier values too. Both work against "
            "learning single images by heart. Without norm size 4 learns all of them, as 64 does.",
        ),
        Answer(
            "At both: the network is large enough.",
            "It is large enough: without norm it learns all of them at both sizes. But with BN at "
            "size 4 what an image gives depends on three others drawn at random.",
        ),
    ),
)

TRANSFER = Question(
    text="A network has BN in every hidden layer. You want dropout as well, p = 0.5. Where does it "
    "do no harm to the statistics of BN?",
    answers=(
        Answer(
            "Before every BN layer: BN normalizes the change away.",
            "In training it does. But evaluation uses the running variance, which was learned with "
            "dropout on; with dropout off every layer meets a smaller one.",
        ),
        Answer(
            "After the last BN layer, just before the logits.",
            "No BN layer reads what was dropped out, so none learns a variance that it will not "
            "meet. In the view Dropout before BN, choose *before the last layer*: at p = 0.5 every "
            "layer meets 0.9 to 1 of the variance that it learned. With dropout before every BN "
            "but the first the last layer meets 0.2 to 0.4 of it.",
            right=True,
        ),
        Answer(
            "Nowhere: BN and dropout exclude each other.",
            "They do not. What hurts is dropout in front of BN at a high rate; at p = 0.1 it "
            "hardly shows here, and behind the last BN layer not at all.",
        ),
    ),
)

LAB = Lab(
    slug="regularization",
    settings=Settings,
    goal="Say when the noise of BN regularizes, when it does not, and where dropout may stand.",
    question=QUESTION,
    views=(memory_view.VIEW, dropout_view.VIEW, clean_view.VIEW),
    claims=(
        Claim(
            "“BN makes dropout and weight decay unnecessary.”",
            "contested",
            "Ioffe & Szegedy 2015 removed dropout from Inception; Li et al. 2019 and later work "
            "combine them with care. How much of the gain is noise and how much the higher learning "
            "rate is disputed: Luo et al. 2019, Bjorck et al. 2018",
        ),
        Claim(
            "In large image models BN improves accuracy on held-out images.",
            "reported",
            "Ioffe & Szegedy 2015, section 4.2. A small network on digits neither shows nor refutes it",
        ),
    ),
    presets=PRESETS,
    transfer=TRANSFER,
    sources="Li et al. 2019, *Understanding the Disharmony between Dropout and Batch Normalization "
    "by Variance Shift*. Luo et al. 2019, *Towards Understanding Regularization in Batch "
    "Normalization*. Bjorck et al. 2018, *Understanding Batch Normalization*. Zhang et al. 2017, "
    "*Understanding Deep Learning Requires Rethinking Generalization*, for random labels.",
)
