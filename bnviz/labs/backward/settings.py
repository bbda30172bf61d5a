"""What a reader can set in the lab of the backward pass."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Range, Switch, check

CONSTANT, PROPORTIONAL, RANDOM, ONE = "constant", "x", "random", "one"
TRAIN, EVAL = "train", "eval"
LARGEST = 64


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One unit, its batch, and the gradient that comes from above."""

    upstream: Annotated[
        str,
        Choice(
            "Gradient from above, dy",
            {
                CONSTANT: "1 for all",
                PROPORTIONAL: "equal to x",
                RANDOM: "random",
                ONE: "one sample only",
            },
            help="What the loss asks of the output of each sample.",
        ),
    ] = CONSTANT
    batch_size: Annotated[
        int, fields.batch_size(2, LARGEST, "Samples in the batch.", label="Batch size m")
    ] = 8
    mode: Annotated[
        str,
        Choice(
            "Mode",
            {TRAIN: "train", EVAL: "eval"},
            help="Train mode normalizes with the statistics of this batch; eval mode with running "
            "statistics, which no sample of the batch can move.",
        ),
    ] = TRAIN
    constants: Annotated[
        bool,
        Switch(
            "Statistics as constants",
            help="The mistake: the backward pass forgets that mean and variance come from the "
            "batch. In eval mode it is no mistake.",
        ),
    ] = False
    lr: Annotated[
        float,
        fields.learning_rate(
            (0.1, 1.0, 10.0), "Of the training on digits, in the view Statistics as constants."
        ),
    ] = 1.0
    sample: Annotated[
        int,
        Range(
            "Sample",
            1,
            LARGEST,
            help="Whose numbers stand in the formula, and which one dy is for if it is for one "
            "sample only. In a smaller batch its last sample is taken.",
        ),
    ] = 1
    gamma: Annotated[
        float,
        Range("Scale γ", 0.0, 3.0, step=0.25, more=True, help="Multiplies the normalized value."),
    ] = 1.0
    learned: Annotated[
        bool,
        Switch(
            "Learn γ and β",
            more=True,
            help="In the training on digits. Off: γ stays 1 and β stays 0.",
        ),
    ] = False
    eps: Annotated[
        float,
        Range(
            "Epsilon ε",
            1e-8,
            1.0,
            scale="log",
            more=True,
            help="Added to the variance. It lets a little of the gradient along x̂ through.",
        ),
    ] = 1e-5
    seed: Annotated[int, fields.seed("x, the random dy and the networks")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)

    @property
    def chosen(self) -> int:
        """Return the place of the chosen sample in the batch, from 0."""
        return min(self.sample, self.batch_size) - 1

    @property
    def training(self) -> bool:
        """Return whether the statistics are those of the batch."""
        return self.mode == TRAIN
