"""Sequences: padding, statistics that fluctuate, and gradients through time."""

from bnviz.labs.lab import Lab
from bnviz.labs.question import Answer, Question
from bnviz.labs.sequences import recurrence_view, sequences_view
from bnviz.labs.sequences.settings import Settings

__all__ = ["LAB", "Settings"]

QUESTION = Question(
    text="Half of all positions of a batch of sentences are padding, zeros. The valid tokens have "
    "mean 1 and deviation 1. BN takes its statistics over all positions. Where are the valid tokens "
    "after it?",
    answers=(
        Answer(
            "At mean 0 and deviation 1, as always after BN.",
            "All positions together are. The zeros pull the mean that is subtracted down to 0.5, so "
            "the valid tokens stay above 0: at mean 0.58 and deviation 1.15.",
        ),
        Answer(
            "Above 0.",
            "The zeros count as data and pull the mean that is subtracted down to 0.5. The valid "
            "tokens are left at mean 0.58 and deviation 1.15.",
            right=True,
        ),
        Answer(
            "Below 0.",
            "The zeros lower the mean that is subtracted, from 1 to 0.5. So less is subtracted, and "
            "the valid tokens are left above 0: at mean 0.58 and deviation 1.15.",
        ),
    ),
)

TRANSFER = Question(
    text="The same sentences go through layer norm, which takes the mean and the variance of each "
    "token over its features. Does the padding move the valid tokens?",
    answers=(
        Answer(
            "Yes, as with BN: the zeros are there.",
            "They are, but no valid token has them in its statistics. Each token stands for itself.",
        ),
        Answer(
            "No: each token has statistics of its own.",
            "The zeros have theirs, and nothing of one token reaches another. BN has this, too, if "
            "it takes its statistics over the valid tokens only.",
            right=True,
        ),
        Answer(
            "Only if more than half of the positions are padding.",
            "The share does not matter: the statistics of a token are taken over its own features, "
            "however many zeros stand beside it.",
        ),
    ),
)

LAB = Lab(
    slug="sequences",
    settings=Settings,
    goal="Say what padding does to batch statistics, and what BN does to gradients through time.",
    question=QUESTION,
    views=(sequences_view.VIEW, recurrence_view.VIEW),
    transfer=TRANSFER,
    sources="Shen et al. 2020, *PowerNorm*. Recurrence: Cooijmans et al. 2016.",
)
