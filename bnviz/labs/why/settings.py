"""What a reader can set in the lab on why batch norm works."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Range, check

RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
KINDS = {"unit": "for each unit", "sample": "for each unit and sample"}
SIGMOID_RATES = (0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A deep network, and the noise that is added behind its normalization."""

    noise: Annotated[
        float,
        Range(
            "Noise",
            0.0,
            2.0,
            step=0.25,
            help="Each step shifts every unit by a new number up to ± this, and stretches it by "
            "up to 1 plus half of this.",
        ),
    ] = 1.0
    kind: Annotated[
        str,
        Choice(
            "Noise is drawn",
            KINDS,
            more=True,
            help="For each unit: all samples of a step get the same. And sample: each gets its own "
            "besides, as Santurkar et al. 2018 have it; the sizes are chosen here.",
        ),
    ] = "unit"
    lr: Annotated[
        float,
        fields.learning_rate(RATES),
    ] = 0.2
    depth: Annotated[int, Range("Hidden layers", 3, 12, help="Of 32 ReLU units each.")] = 10
    sigmoid_lr: Annotated[
        float,
        Range(
            "Rate of the sigmoids",
            0.1,
            3.0,
            scale="log",
            options=SIGMOID_RATES,
            help="Learning rate of the small sigmoid networks of the view Percentiles of a unit.",
        ),
    ] = 1.0
    batch_size: Annotated[int, fields.batch_size(16, 128, "Images of each step.", more=True)] = 64
    seed: Annotated[int, fields.seed("the weights, the batches and the noise")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
