"""What a reader can set in the lab on regularization."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Range, check

BATCHES = (4, 8, 16, 32, 64)
RATES = (0.01, 0.02, 0.05, 0.1)
SHARES = (0.1, 0.2, 0.3, 0.4)
DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
NORMS = ("none", "bn", "ln")
POSITIONS = {"every": "before every BN but the first", "head": "before the last layer"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A small network on digits with wrong labels, and one with dropout."""

    batch_size: Annotated[int, fields.batch_size(4, 64, "Images of each step.")] = 4
    wrong: Annotated[
        float,
        Range(
            "Wrong labels",
            0.1,
            0.4,
            options=SHARES,
            help="Share of the 384 training labels that are replaced by another class.",
        ),
    ] = 0.3
    n_steps: Annotated[
        int,
        Range(
            "Steps",
            1000,
            16000,
            scale="log2",
            options=(1000, 2000, 4000, 8000, 16000),
            help="Of the networks with wrong labels.",
        ),
    ] = 4000
    dropout: Annotated[
        float,
        Range(
            "Dropout p",
            0.0,
            0.7,
            options=DROPOUTS,
            help="Share of the units that each step leaves out. For the view Dropout before BN.",
        ),
    ] = 0.5
    position: Annotated[
        str, Choice("Dropout", POSITIONS, help="Where it stands. For the view Dropout before BN.")
    ] = "every"
    lr: Annotated[
        float,
        fields.learning_rate(RATES, "Of plain SGD, with wrong labels.", more=True),
    ] = 0.05
    width: Annotated[
        int,
        Range(
            "Width",
            16,
            128,
            scale="log2",
            more=True,
            help="Units of each of the two hidden layers, with wrong labels.",
        ),
    ] = 32
    seed: Annotated[int, fields.seed("weights, batches, wrong labels and dropout")] = 0

    def __post_init__(self) -> None:
        check(self)
