"""Sequences: batch variances that fluctuate, and what padding does to the valid tokens."""

from dataclasses import dataclass

from bnviz.labs.arm import Pieces
from bnviz.labs.sequences.padding import Padding, padding
from bnviz.labs.sequences.settings import Settings
from bnviz.labs.sequences.tokens import Tokens, tokens


@dataclass(frozen=True, eq=False)
class Sequences:
    """How batch variances fluctuate at every spread, and where tokens are at every padding."""

    tokens: Tokens
    padding: Padding


def measure(settings: Settings) -> Pieces:
    """Measure how batches of sequences vary, and what padding does to others: a Sequences."""
    varied = yield from tokens(settings.seed)
    return Sequences(varied, padding(settings.seed))
