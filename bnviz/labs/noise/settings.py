"""What a reader of the lab on batch size and noise can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Range, Switch, check

WIDTH = 64
"""Units of each hidden layer of the networks."""
SHOWN = 32
"""Most samples of a batch that are shown one by one."""
PAIR = 2
"""A batch of this size leaves only the sign of a value."""
TRAIN, EVAL, LN = "train", "eval", "ln"
MODES = {TRAIN: "BN, train mode", EVAL: "BN, eval mode", LN: "layer norm"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a reader can set; the batch size is what the lab is about."""

    batch_size: Annotated[
        int,
        fields.batch_size(
            2, 256, "Images per batch. The mean and the variance are taken over them."
        ),
    ] = 32
    replacement: Annotated[
        bool,
        Switch(
            "With replacement",
            help="On: each image of a batch is drawn from all 1437, so it may come twice. "
            "Off: an epoch is shuffled and cut into batches, as in training.",
        ),
    ] = True
    sample: Annotated[
        int,
        Range(
            "Sample",
            1,
            SHOWN,
            help="The image that is followed, and replaced; counted from 1. Where the batch is "
            "smaller, its last image is the one that is replaced.",
        ),
    ] = 1
    norm: Annotated[
        str,
        Choice(
            "Normalization",
            MODES,
            help="Which network, and in which mode, the influence is measured in.",
        ),
    ] = TRAIN
    dropout: Annotated[
        float,
        Range(
            "Dropout p",
            0.1,
            0.9,
            step=0.1,
            help="Probability that dropout sets a value to 0, as in PyTorch.",
        ),
    ] = 0.2
    unit: Annotated[
        int,
        Range(
            "Unit",
            0,
            WIDTH - 1,
            more=True,
            help="Which unit of the first hidden layer the statistics are of.",
        ),
    ] = 0
    seed: Annotated[int, fields.seed("the initial weights, the training and the batches")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
