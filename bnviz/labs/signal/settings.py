"""What a reader can set in the lab on depth."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.labs.offered import offered
from bnviz.settings import Choice, Range, Switch, check, check_offered

ACTIVATIONS = {"sigmoid": "sigmoid", "tanh": "tanh", "relu": "ReLU"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A network before its first training step."""

    activation: Annotated[
        str,
        Choice(
            "Activation",
            ACTIVATIONS,
            help="ReLU starts with He's weights, the other two with Xavier's.",
        ),
    ] = "sigmoid"
    depth: Annotated[int, Range("Layers", 2, 60, help="Hidden layers, or blocks with skips.")] = 20
    init_scale: Annotated[
        float,
        offered(
            "Init scale",
            (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0),
            "Multiplies all initial weights.",
            scale="log",
        ),
    ] = 1.0
    skips: Annotated[
        bool,
        Switch(
            "Skip connections",
            help="Each block adds to what came in: BN, activation and weights, then the sum.",
        ),
    ] = False
    batch_size: Annotated[int, fields.batch_size(8, 64, "Examples that are sent through.")] = 32
    width: Annotated[
        int, Range("Width", 64, 512, scale="log2", help="Units of each hidden layer.")
    ] = 256
    train: Annotated[
        bool,
        Switch(
            "Train it now",
            help="Trains this depth and activation, with and without BN, at five learning rates.",
        ),
    ] = False
    seed: Annotated[int, fields.seed("the weights and the examples")] = 0

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        check_offered(self, "batch_size")
