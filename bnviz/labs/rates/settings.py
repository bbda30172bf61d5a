"""What a reader of the lab on learning rate and initialization can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs.offered import offered
from bnviz.settings import Choice, Range, check, check_offered

RATES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Learning rates: the columns of every map."""
SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Factors on the initial weights, 1 is He's (ReLU) or Xavier's: the rows of every map."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set."""

    depth: Annotated[
        int,
        Range("Hidden layers", 2, 10, help="Of 32 units each; the cells differ in nothing else."),
    ] = 5
    n_steps: Annotated[
        int,
        Range("Training steps", 40, 150, step=10, help="Plain SGD, 64 digits a step."),
    ] = 80
    lr: Annotated[
        float,
        offered(
            "Rate of the curves",
            RATES,
            "Learning rate of the cell whose training the view Where BN is slower shows.",
            scale="log",
        ),
    ] = 0.03
    init_scale: Annotated[
        float,
        offered(
            "Scale of the curves",
            SCALES,
            "Initial scale of that cell. 1 is He's scale for ReLU, Xavier's for the others.",
            scale="log",
        ),
    ] = 1.0
    activation: Annotated[
        str,
        Choice("Activation", {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"}, more=True),
    ] = "relu"
    seed: Annotated[
        int,
        Range("Seed", 0, 99, help="Draws the weights, the batches and the sixty random settings."),
    ] = 0

    def __post_init__(self) -> None:
        """Check every field; of those with options only these are cells of the maps."""
        check(self)
        check_offered(self)
