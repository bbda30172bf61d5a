"""What a reader of the playground can set."""

from dataclasses import dataclass
from typing import Annotated

from bnviz.labs import fields
from bnviz.settings import Choice, Range, check, decades


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the reader can set; the first six controls are always in sight."""

    batch_size: Annotated[
        int,
        fields.batch_size(
            2, 256, "Examples per step. Batch normalization takes its mean and variance over them."
        ),
    ] = 32
    momentum: Annotated[
        float | None,
        Range(
            "Momentum",
            0.001,
            1.0,
            scale="log",
            options=decades(0.001, 1.0, (1, 3)),
            none="cumulative average",
            beside=fields.keras,
            help="Weight of the newest batch in the running statistics, as in PyTorch: "
            "running = (1 - momentum) * running + momentum * batch. "
            "It changes evaluation mode only.",
        ),
    ] = 0.1
    eps: Annotated[float, fields.epsilon()] = 1e-5
    lr: Annotated[
        float, fields.learning_rate(decades(1e-3, 10.0, (1, 2, 5)), "Size of a step.")
    ] = 0.5
    depth: Annotated[int, Range("Depth", 1, 20, help="Number of hidden layers.")] = 6
    activation: Annotated[
        str,
        Choice(
            "Activation",
            {"relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid"},
            help="The nonlinearity of the hidden layers.",
        ),
    ] = "sigmoid"
    width: Annotated[
        int, Range("Width", 8, 256, scale="log2", more=True, help="Units of each hidden layer.")
    ] = 64
    init_scale: Annotated[
        float,
        Range(
            "Init scale",
            0.1,
            10.0,
            scale="log",
            options=decades(0.1, 10.0, (1, 2, 5)),
            more=True,
            help="Multiplies the initial weights: He for ReLU, Xavier otherwise.",
        ),
    ] = 1.0
    optimizer: Annotated[
        str,
        Choice(
            "Optimizer",
            {"sgd": "SGD", "momentum": "SGD + momentum 0.9", "adam": "Adam"},
            more=True,
            help="How a gradient becomes a step.",
        ),
    ] = "sgd"
    placement: Annotated[
        str,
        Choice(
            "BN placement",
            {"before": "before activation", "after": "after activation"},
            more=True,
            help="Where batch normalization stands in a hidden layer.",
        ),
    ] = "before"
    dataset: Annotated[
        str,
        Choice(
            "Data set",
            {name: name for name in ("digits", "spirals", "circles", "moons", "xor")},
            more=True,
            help="Real handwritten digits (8x8 pixels), or points in the plane.",
        ),
    ] = "digits"
    n_steps: Annotated[
        int,
        Range(
            "Steps",
            100,
            2000,
            options=(100, 200, 500, 1000, 2000),
            more=True,
            help="Training steps of each network.",
        ),
    ] = 500
    seed: Annotated[int, fields.seed("the initial weights and the batches")] = 0

    def __post_init__(self) -> None:
        check(self)
