"""The words of the lab that do not depend on its run."""

from bnviz.core.data import flip_labels
from bnviz.core.stats.precise import precise_stats
from bnviz.core.theory import dropout_variance_shift
from bnviz.core.train.dropout import dropout_masks
from bnviz.labs.lesson import Answer, Claim, Lesson, Question
from bnviz.labs.regularization.memory import Learner

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
            "meet. The view Dropout before BN shows ratios near 1.",
            right=True,
        ),
        Answer(
            "Nowhere: BN and dropout exclude each other.",
            "They do not. What hurts is dropout in front of BN at a high rate; at p = 0.1 it "
            "hardly shows here, and behind the last BN layer not at all.",
        ),
    ),
)

CLAIMS = (
    Claim(
        "At batch size 4 the network with BN gives back fewer than a quarter of the wrong labels "
        "after 4000 steps. Without norm, or with LN, it gives back all.",
        "measured here",
    ),
    Claim(
        "The effect is gone at batch size 16: with BN at least 95% are learned by heart there, "
        "and at 32 and 64.",
        "measured here",
    ),
    Claim(
        "At batch size 4 it pays on unseen digits: more than 10 points over no norm at the end, "
        "and more than the best moment of the network without norm.",
        "measured here",
    ),
    Claim(
        "It is a delay, not a wall: four times the steps, or four times the width, and far more "
        "wrong labels are learned with BN at batch size 4.",
        "measured here",
    ),
    Claim(
        "Dropout right before BN makes the running variance larger than what evaluation meets. "
        "For independent ReLU units the ratio is 0.41 at p = 0.5.",
        "proved",
        "Li et al. 2019, “variance shift”; the closed form with the mean is derived in this app",
    ),
    Claim(
        "In the trained network the second BN layer is off by somewhat less than that, and in "
        "evaluation the shifts of the layers add up: each meets a smaller share than the one "
        "below.",
        "measured here",
    ),
    Claim(
        "Statistics re-estimated with dropout off lower the loss at every p from 0.1 on, and at "
        "p = 0.6 they bring back more than ten points of accuracy. They do not bring back all.",
        "measured here",
    ),
    Claim(
        "On right labels BN shows no benefit beyond the spread of starts: at every batch size its "
        "band overlaps with that of no norm. At sizes 8 to 32 its median is about a point ahead, "
        "which is within 1.5 standard errors of an accuracy on 360 images.",
        "measured here",
    ),
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
)

LESSON = Lesson(
    goal="Say when the noise of BN regularizes, when it does not, and where dropout may stand.",
    question=QUESTION,
    vary="batch_size",
    views={
        "memory": "Wrong labels",
        "dropout": "Dropout before BN",
        "clean": "Right labels",
    },
    frees={"dropout": ("dropout", "position")},
    claims=CLAIMS,
    code=(Learner, flip_labels, dropout_variance_shift, dropout_masks, precise_stats),
    tries={
        "dropout": "Set p = 0.7: what do re-estimated statistics bring back, and what not? Then "
        "move dropout before the last layer.",
        "clean": "Set batch size 16, then 64. In how many of the five starts is BN ahead?",
    },
    try_this="Set batch size 8: is it more like 4 or like 16? Then unlock all, go back to 4 and "
    "give the network 16000 steps.",
    transfer=TRANSFER,
    sources="Li et al. 2019, *Understanding the Disharmony between Dropout and Batch Normalization "
    "by Variance Shift*. Luo et al. 2019, *Towards Understanding Regularization in Batch "
    "Normalization*. Bjorck et al. 2018, *Understanding Batch Normalization*. Zhang et al. 2017, "
    "*Understanding Deep Learning Requires Rethinking Generalization*, for random labels.",
)
